using System.Text.Json;
using DailyDigest.Returns;

namespace DailyDigest.Web.Tests.Returns;

/// <summary>Azure Communication Services through Event Grid: the handshakes, and a body of each status.</summary>
public sealed class AzureHookTests
{
    [Theory]
    [InlineData("Delivered", null, ReturnKind.Delivered, null)]
    [InlineData("Expanded", null, ReturnKind.Delivered, null)]
    [InlineData("Bounced", "550 5.1.1 user unknown", ReturnKind.Bounced, "no-such-user")]
    [InlineData("Bounced", "", ReturnKind.Bounced, "no-such-user")]
    [InlineData("Bounced", "550 5.7.1 blocked by reputation", ReturnKind.Bounced, "policy")]
    [InlineData("Bounced", "452 4.2.2 mailbox full", ReturnKind.Bounced, "mailbox-full")]
    [InlineData("Suppressed", "The recipient bounced before: 550 5.1.1 user unknown", ReturnKind.Bounced, "temporary")]
    [InlineData("Suppressed", null, ReturnKind.Bounced, "other")]
    [InlineData("Quarantined", null, ReturnKind.Bounced, "content-refused")]
    [InlineData("FilteredSpam", null, ReturnKind.Bounced, "content-refused")]
    [InlineData("Failed", null, ReturnKind.Bounced, "other")]
    [InlineData("Failed", "550 5.1.1 user unknown", ReturnKind.Bounced, "no-such-user")]
    public async Task Each_status_has_its_kind_and_reason(string status, string? text, ReturnKind kind, string? reason)
    {
        var site = new Adapters();
        foreach (var type in (string[])["eventType", "type"])
        {
            var one = await site.EventAsync(Caller.Azure(Event(status, text, type)));
            Assert.Equal((kind, reason), (one.Kind, one.Verdict?.Reason));
            Assert.Equal(
                [new ReturnCandidate(ReturnProof.MessageId, "20260302.aa@digest.example.com", "reader@example.com")], one.Candidates);
            Assert.Equal(("reader@example.com", true), (one.Recipient, one.IsVouched));
            Assert.Equal(new DateTimeOffset(2026, 3, 2, 9, 0, 2, TimeSpan.Zero), one.At);
        }
    }

    [Fact]
    public async Task The_subscription_is_validated_with_the_secret_only()
    {
        await using var site = await Caller.StartAsync();
        var question = Caller.Azure("""
            {"id":"1","eventType":"Microsoft.EventGrid.SubscriptionValidationEvent",
             "data":{"validationCode":"512d38b6-c7b8-40c8-89fe-f46f9e9622b6","validationUrl":"https://rp.example.com/validate"}}
            """);
        var answer = await site.SendAsync(question);
        Assert.Equal((200, """{"validationResponse":"512d38b6-c7b8-40c8-89fe-f46f9e9622b6"}"""), (answer.Status, answer.Body));
        Assert.Equal(401, (await site.SendAsync(question with { Query = "" })).Status);
        Assert.Empty(site.Get<StubPages>().Asked);
    }

    [Fact]
    public async Task CloudEvents_asks_for_permission_with_the_secret_only()
    {
        await using var site = await Caller.StartAsync();
        var question = Caller.Azure() with { Method = "OPTIONS", Body = "", Headers = [("WebHook-Request-Origin", "eventgrid.azure.net")] };
        var answer = await site.SendAsync(question);
        Assert.Equal((200, "eventgrid.azure.net"), (answer.Status, answer.Headers["WebHook-Allowed-Origin"].ToString()));
        Assert.Equal(401, (await site.SendAsync(question with { Query = "?secret=wrong" })).Status);
        Assert.Equal(400, (await site.SendAsync(question with { Headers = [("WebHook-Request-Origin", "a b,c")] })).Status);
        Assert.Equal(400, (await site.SendAsync(question with { Headers = [] })).Status);
    }

    [Fact]
    public async Task The_secret_may_come_in_a_header_of_the_subscription()
    {
        await using var site = await Caller.StartAsync();
        var sent = Caller.Azure(Event("Delivered"));
        Assert.Equal(200, (await site.SendAsync(sent with { Query = "", Headers = [("X-Hook-Secret", Caller.AzureSecret)] })).Status);
        Assert.Equal(401, (await site.SendAsync(sent with { Query = "", Headers = [("X-Hook-Secret", Caller.PostmarkSecret)] })).Status);
    }

    [Fact]
    public async Task Events_of_other_types_are_left_out_and_faulty_ones_are_counted()
    {
        var site = new Adapters();
        var read = await site.EventsAsync(Caller.Azure(
            """{"id":"1","eventType":"Microsoft.Communication.EmailEngagementTrackingReportReceived","data":{"engagementType":"view"}}""",
            Event("OutForDelivery"), Event("Exploded"), Event("Delivered"),
            """{"id":"5","eventType":"Microsoft.Communication.EmailDeliveryReportReceived"}""", "7", "{}"));
        Assert.Equal((1, 4), (read.Items.Count, read.Unread));
    }

    internal static string Event(
        string status, string? text = null, string type = "eventType", string messageId = "<20260302.aa@digest.example.com>",
        string id = "e-1", string at = "2026-03-02T09:00:02Z") => $$$"""
        {"id":"{{{id}}}","topic":"/subscriptions/s","subject":"sender/digest@example.com","{{{type}}}":
         "Microsoft.Communication.EmailDeliveryReportReceived","eventTime":"2026-03-02T09:00:05Z","dataVersion":"1.0",
         "data":{"sender":"digest@example.com","recipient":"reader@example.com","messageId":"0-0","internetMessageId":"{{{messageId}}}",
         "status":"{{{status}}}","deliveryStatusDetails":{"statusMessage":{{{JsonSerializer.Serialize(text)}}}},
         "deliveryAttemptTimestamp":"{{{at}}}"}}
        """;
}
