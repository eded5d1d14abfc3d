using DailyDigest.Returns;

namespace DailyDigest.Web.Tests.Returns;

/// <summary>Postmark's webhooks: the secret, and a body of each record type.</summary>
public sealed class PostmarkHookTests
{
    [Theory]
    [InlineData("HardBounce", "smtp;550 5.1.1 The email account does not exist", ReturnKind.Bounced, "no-such-user")]
    [InlineData("HardBounce", "smtp;550 5.7.1 blocked by reputation", ReturnKind.Bounced, "policy")]
    [InlineData("HardBounce", "", ReturnKind.Bounced, "no-such-user")]
    [InlineData("BadEmailAddress", "", ReturnKind.Bounced, "no-such-user")]
    [InlineData("SoftBounce", "smtp;552 5.2.2 mailbox full", ReturnKind.Bounced, "mailbox-full")]
    [InlineData("SoftBounce", "smtp;550 5.1.1 user unknown", ReturnKind.Bounced, "temporary")]
    [InlineData("DnsError", "", ReturnKind.Bounced, "temporary")]
    [InlineData("SpamNotification", "", ReturnKind.Bounced, "content-refused")]
    [InlineData("VirusNotification", "", ReturnKind.Bounced, "content-refused")]
    [InlineData("Blocked", "", ReturnKind.Bounced, "policy")]
    [InlineData("DMARCPolicy", "", ReturnKind.Bounced, "policy")]
    [InlineData("SMTPApiError", "", ReturnKind.Bounced, "relay-trouble")]
    [InlineData("ManuallyDeactivated", "smtp;550 5.1.1 user unknown", ReturnKind.Bounced, "temporary")]
    [InlineData("Unconfirmed", "", ReturnKind.Bounced, "other")]
    [InlineData("Unknown", "", ReturnKind.Bounced, "other")]
    [InlineData("Transient", "", ReturnKind.Delayed, null)]
    [InlineData("AutoResponder", "", ReturnKind.AutoReply, null)]
    [InlineData("AddressChange", "", ReturnKind.AutoReply, null)]
    [InlineData("ChallengeVerification", "", ReturnKind.Challenge, null)]
    [InlineData("Unsubscribe", "", ReturnKind.Unsubscribe, null)]
    [InlineData("SpamComplaint", "", ReturnKind.Complained, null)]
    public async Task Each_type_of_bounce_has_its_kind_and_reason(string type, string details, ReturnKind kind, string? reason)
    {
        var site = new Adapters();
        var one = await site.EventAsync(Caller.Postmark(Bounce(type, details)));
        Assert.Equal((kind, reason), (one.Kind, one.Verdict?.Reason));
        Assert.Equal(details.Split(';')[^1], one.Reply ?? "");
        Assert.Equal([new ReturnCandidate(ReturnProof.MessageId, "20260302.aa@digest.example.com", "reader@example.com")], one.Candidates);
        Assert.Equal(new DateTimeOffset(2026, 3, 2, 9, 0, 2, TimeSpan.Zero), one.At);
        Assert.True(one.IsVouched);
    }

    [Fact]
    public async Task Each_type_of_record_has_its_kind()
    {
        var site = new Adapters();
        (string Record, ReturnKind? Kind)[] records =
        [
            ("""{"RecordType":"Delivery","MessageID":"0-1","Recipient":"reader@example.com","DeliveredAt":"2026-03-02T09:00:02Z"}""",
                ReturnKind.Delivered),
            ("""{"RecordType":"SpamComplaint","ID":42,"Email":"reader@example.com","BouncedAt":"2026-03-02T09:00:02Z"}""",
                ReturnKind.Complained),
            (Change("true", "\"SpamComplaint\"", "Recipient"), ReturnKind.Complained),
            (Change("true", "\"ManualSuppression\"", "Recipient"), ReturnKind.Unsubscribe),
            (Change("true", "\"ManualSuppression\"", "Customer"), null),
            (Change("true", "\"HardBounce\"", "Recipient"), null),
            (Change("false", "null", "Customer"), null),
            (Bounce("Subscribe"), null),
            ("""{"RecordType":"Open","Recipient":"reader@example.com"}""", null),
            ("""{"RecordType":"Click","Recipient":"reader@example.com"}""", null),
        ];
        foreach (var (record, kind) in records)
        {
            var read = await site.EventsAsync(Caller.Postmark(record));
            Assert.Equal((record, kind, 0), (record, read.Items.SingleOrDefault()?.Kind, read.Unread));
        }

        Assert.Equal(1, (await site.EventsAsync(Caller.Postmark("""{"RecordType":"New"}"""))).Unread);
    }

    [Fact]
    public async Task The_secret_is_needed_in_the_login_the_query_or_a_header()
    {
        await using var site = await Caller.StartAsync();
        var sent = Caller.Postmark(Bounce("HardBounce"));
        Assert.Equal(200, (await site.SendAsync(sent)).Status);
        Assert.Equal(200, (await site.SendAsync(sent with { Headers = [], Query = $"?secret={Caller.PostmarkSecret}" })).Status);
        Assert.Equal(200, (await site.SendAsync(sent with { Headers = [("X-Hook-Secret", Caller.PostmarkSecret)] })).Status);
        var bearer = $"Bearer {Caller.PostmarkSecret}";
        foreach (var wrong in (string[])["Basic !", "Basic " + Convert.ToBase64String("a b"u8), "Basic", bearer])
        {
            Assert.Equal(401, (await site.SendAsync(sent with { Headers = [("Authorization", wrong)] })).Status);
        }

        Assert.Equal(401, (await site.SendAsync(sent with { Headers = [] })).Status);
        Assert.Equal(401, (await site.SendAsync(sent with { Headers = [], Query = $"?secret={Caller.AzureSecret}" })).Status);
        Assert.Equal(400, (await site.SendAsync(sent.With("[]"))).Status);
    }

    internal static string Bounce(
        string type, string details = "", string messageId = "<20260302.aa@digest.example.com>") => $$"""
        {"RecordType":"Bounce","ID":42,"Type":"{{type}}","TypeCode":1,"MessageID":"883953f4-6105-42a2-a16a-77a8eac79483",
         "Description":"A description","Details":"{{details}}","Email":"reader@example.com","From":"digest@example.com",
         "BouncedAt":"2026-03-02T09:00:02Z","Inactive":true,"CanActivate":true,"Subject":"News","Metadata":{"a":"b"},
         "Content":"Return-Path: <>\r\nReceived: from mx\r\n\r\nMessage-ID: {{messageId}}\r\nSubject: News\r\n"}
        """;

    private static string Change(string suppress, string reason, string origin) => $$"""
        {"RecordType":"SubscriptionChange","MessageID":"0-2","Recipient":"reader@example.com","Origin":"{{origin}}",
         "ChangedAt":"2026-03-02T09:00:02Z","SuppressSending":{{suppress}},"SuppressionReason":{{reason}}}
        """;
}
