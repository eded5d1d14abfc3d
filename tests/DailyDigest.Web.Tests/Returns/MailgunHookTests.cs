using System.Globalization;
using System.Text.Json;
using DailyDigest.Returns;

namespace DailyDigest.Web.Tests.Returns;

/// <summary>Mailgun's webhooks: signatures, tokens that are used once, and a body of each event type.</summary>
public sealed class MailgunHookTests
{
    private const string Token = "abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnop";

    private const string Unknown =
        """{"code":550,"enhanced-code":"5.1.1","message":"5.1.1 The email account does not exist","bounce-type":"hard"}""";

    [Theory]
    [InlineData("delivered", null, null, ReturnKind.Delivered, null)]
    [InlineData("complained", null, null, ReturnKind.Complained, null)]
    [InlineData("unsubscribed", null, null, ReturnKind.Unsubscribe, null)]
    [InlineData("failed", "generic", """{"code":451}""", ReturnKind.Bounced, "other")]
    [InlineData("failed", "bounce", Unknown, ReturnKind.Bounced, "no-such-user")]
    [InlineData("failed", "generic", """{"code":552,"message":"mailbox full"}""", ReturnKind.Bounced, "mailbox-full")]
    [InlineData("failed", "bounce", """{"code":550,"message":"unknown user","bounce-type":"soft"}""", ReturnKind.Bounced, "temporary")]
    [InlineData("failed", "suppress-bounce", """{"code":605,"description":"550 5.1.1 bounced before"}""", ReturnKind.Bounced, "other")]
    [InlineData("failed", "suppress-complaint", """{"code":607}""", ReturnKind.Bounced, "other")]
    [InlineData("failed", "old", """{"code":602}""", ReturnKind.Bounced, "temporary")]
    [InlineData("failed", "espblock", null, ReturnKind.Bounced, "policy")]
    [InlineData("rejected", null, null, ReturnKind.Bounced, "other")]
    public async Task Each_type_of_event_has_its_kind_and_reason(
        string type, string? why, string? status, ReturnKind kind, string? reason)
    {
        var site = new Adapters();
        var further = $""","severity":"permanent","reason":{JsonSerializer.Serialize(why)},"delivery-status":{status ?? "null"}""";
        var one = await site.EventAsync(Caller.Mailgun(site.Time, Event(type, further)));
        Assert.Equal((kind, reason), (one.Kind, one.Verdict?.Reason));
        Assert.Equal([Token, "20260302.aa@digest.example.com"], one.Candidates.Select(candidate => candidate.Value));
        Assert.Equal((true, "reader@example.com"), (one.IsVouched, one.Recipient));
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1772442002), one.At!.Value.AddMilliseconds(-500));
    }

    [Fact]
    public async Task A_failure_that_Mailgun_tries_again_is_a_delay()
    {
        var site = new Adapters();
        var one = await site.EventAsync(Caller.Mailgun(site.Time, Event(
            "failed", """, "severity":"temporary","delivery-status":{"code":550,"message":"5.1.1 unknown user"} """)));
        Assert.Equal((ReturnKind.Delayed, null), (one.Kind, one.Verdict));
    }

    [Fact]
    public async Task Other_events_are_left_out_and_faulty_ones_are_counted()
    {
        var site = new Adapters();
        foreach (var (item, unread) in new[] { (Event("opened"), 0), (Event("clicked"), 0), (Event("accepted"), 0), ("7", 1), ("{}", 1) })
        {
            var read = await site.EventsAsync(Caller.Mailgun(site.Time, item));
            Assert.Equal((0, unread), (read.Items.Count, read.Unread));
        }
    }

    [Fact]
    public async Task A_signature_of_another_key_or_time_is_refused()
    {
        await using var site = await Caller.StartAsync();
        var other = Caller.Mailgun(site.Time, Event("delivered"), key: "another-key-0123456789abcdef");
        Assert.Equal(401, (await site.SendAsync(other)).Status);
        Assert.Equal(401, (await site.SendAsync(Caller.Mailgun(site.Time, Event("delivered"), secondsAgo: 25 * 3600))).Status);
        Assert.Equal(401, (await site.SendAsync(Caller.Mailgun(site.Time, Event("delivered"), secondsAgo: -600))).Status);
        Assert.Equal(401, (await site.SendAsync(new Call("mailgun", $$"""{"event-data":{{Event("delivered")}}}"""))).Status);
        Assert.Equal(401, (await site.SendAsync(new Call("mailgun", """{"signature":[],"event-data":{}}"""))).Status);
        Assert.Equal(200, (await site.SendAsync(Caller.Mailgun(site.Time, Event("delivered"), secondsAgo: 8 * 3600))).Status);
    }

    /// <summary>The signature does not cover the event: one that was seen once could carry any other.</summary>
    [Fact]
    public async Task A_token_that_was_used_carries_no_other_event()
    {
        await using var site = await Caller.StartAsync();
        var first = Caller.Mailgun(site.Time, Event("delivered"), token: "0123456789abcdef0123456789abcdef0123456789abcdef01");
        var forged = first.With(first.Body.Replace("\"delivered\"", "\"complained\"", StringComparison.Ordinal));
        Assert.Equal(200, (await site.SendAsync(first)).Status);
        Assert.Equal(401, (await site.SendAsync(forged)).Status);
        Assert.Equal(200, (await site.SendAsync(first)).Status);
        site.Time.Advance(TimeSpan.FromHours(20));
        Assert.Equal(401, (await site.SendAsync(forged)).Status);
        site.Time.Advance(TimeSpan.FromHours(5));
        Assert.Equal(401, (await site.SendAsync(first)).Status);
    }

    internal static string Event(
        string type, string further = "", string envelope = $"b+{Token}@mail.example.com", string id = "mg-1",
        string messageId = "20260302.aa@digest.example.com", string at = "2026-03-02T09:00:02Z") => $$$"""
        {"event":"{{{type}}}","id":"{{{id}}}","recipient":"reader@example.com",
         "timestamp":{{{DateTimeOffset.Parse(at, CultureInfo.InvariantCulture).ToUnixTimeSeconds()}}}.5,
         "envelope":{"sender":"{{{envelope}}}","targets":"reader@example.com"},
         "message":{"headers":{"message-id":"{{{messageId}}}"}}{{{further}}}}
        """;
}
