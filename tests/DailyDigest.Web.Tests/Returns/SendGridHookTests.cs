using System.Globalization;
using System.Security.Cryptography;
using DailyDigest.Returns;

namespace DailyDigest.Web.Tests.Returns;

/// <summary>SendGrid's signed event webhook: signatures, and a body of each event type.</summary>
public sealed class SendGridHookTests
{
    [Theory]
    [InlineData("delivered", "", ReturnKind.Delivered, null)]
    [InlineData("deferred", """, "response":"452 4.2.2 full" """, ReturnKind.Delayed, null)]
    [InlineData("spamreport", "", ReturnKind.Complained, null)]
    [InlineData("unsubscribe", "", ReturnKind.Unsubscribe, null)]
    [InlineData("group_unsubscribe", "", ReturnKind.Unsubscribe, null)]
    [InlineData("bounce", """, "type":"bounce","status":"5.1.1","reason":"550 5.1.1 user unknown" """, ReturnKind.Bounced, "no-such-user")]
    [InlineData("bounce", """, "status":"5.0.0","bounce_classification":"Invalid Address" """, ReturnKind.Bounced, "no-such-user")]
    [InlineData("bounce", """, "type":"bounce","bounce_classification":"Mailbox Unavailable" """, ReturnKind.Bounced, "other")]
    [InlineData("bounce", """, "type":"bounce","bounce_classification":"Content" """, ReturnKind.Bounced, "content-refused")]
    [InlineData("bounce", """, "type":"bounce","bounce_classification":"Reputation" """, ReturnKind.Bounced, "policy")]
    [InlineData("bounce", """, "type":"bounce","bounce_classification":"Technical Failure" """, ReturnKind.Bounced, "relay-trouble")]
    [InlineData("bounce", """, "type":"blocked","reason":"550 5.1.1 user unknown" """, ReturnKind.Bounced, "temporary")]
    [InlineData("bounce", """, "type":"blocked","reason":"unable to get mx info" """, ReturnKind.Bounced, "other")]
    [InlineData("bounce", """, "type":"expired" """, ReturnKind.Bounced, "temporary")]
    [InlineData("dropped", """, "reason":"Bounced Address","status":"5.1.1" """, ReturnKind.Bounced, "other")]
    [InlineData("dropped", """, "reason":"Unsubscribed Address" """, ReturnKind.Bounced, "other")]
    [InlineData("dropped", """, "reason":"Spam Reporting Address" """, ReturnKind.Bounced, "other")]
    [InlineData("dropped", """, "reason":"Invalid" """, ReturnKind.Bounced, "no-such-user")]
    public async Task Each_type_of_event_has_its_kind_and_reason(string type, string further, ReturnKind kind, string? reason)
    {
        var site = new Adapters();
        var one = await site.EventAsync(Caller.SendGrid(site.Time, $"[{Event(type, further)}]"));
        Assert.Equal((kind, reason), (one.Kind, one.Verdict?.Reason));
        Assert.Equal([new ReturnCandidate(ReturnProof.MessageId, "20260302.aa@digest.example.com", "reader@example.com")], one.Candidates);
        Assert.Equal((DateTimeOffset.FromUnixTimeSeconds(1772442002), true), (one.At, one.IsVouched));
    }

    [Fact]
    public async Task Other_events_are_left_out_and_faulty_ones_are_counted()
    {
        var site = new Adapters();
        string[] items =
            [Event("open"), Event("click"), Event("processed"), Event("delivered"), """{"event":"bounce"}""", "7", "null", Event("x")];
        var read = await site.EventsAsync(Caller.Of("sendgrid", site.Time, items));
        Assert.Equal((1, 4), (read.Items.Count, read.Unread));
    }

    [Fact]
    public async Task A_signature_of_another_key_body_or_time_is_refused()
    {
        await using var site = await Caller.StartAsync();
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var body = $"[{Event("delivered")}]";
        var right = Caller.SendGrid(site.Time, body);
        Assert.Equal(401, (await site.SendAsync(Caller.SendGrid(site.Time, body, key: other))).Status);
        Assert.Equal(401, (await site.SendAsync(right.With(body.Replace("delivered", "bounced", StringComparison.Ordinal)))).Status);
        Assert.Equal(401, (await site.SendAsync(right with { Headers = [] })).Status);
        var (time, signature) = (right.Headers[0], right.Headers[1]);
        Assert.Equal(401, (await site.SendAsync(right with { Headers = [time, (signature.Name, "AAAA")] })).Status);
        Assert.Equal(401, (await site.SendAsync(right with { Headers = [(time.Name, "x"), signature] })).Status);

        // As long as SendGrid sends a batch again, and no longer; a clock may be a little ahead.
        Assert.Equal(200, (await site.SendAsync(Caller.SendGrid(site.Time, body, secondsAgo: 23 * 3600))).Status);
        Assert.Equal(401, (await site.SendAsync(Caller.SendGrid(site.Time, body, secondsAgo: 25 * 3600))).Status);
        Assert.Equal(200, (await site.SendAsync(Caller.SendGrid(site.Time, body, secondsAgo: -60))).Status);
        Assert.Equal(401, (await site.SendAsync(Caller.SendGrid(site.Time, body, secondsAgo: -600))).Status);
        Assert.Equal(400, (await site.SendAsync(Caller.SendGrid(site.Time, "7"))).Status);
    }

    internal static string Event(
        string type, string further = "", string id = "sg-1", string messageId = "<20260302.aa@digest.example.com>",
        string at = "2026-03-02T09:00:02Z") => $$"""
        {"email":"reader@example.com","timestamp":{{DateTimeOffset.Parse(at, CultureInfo.InvariantCulture).ToUnixTimeSeconds()}},
         "smtp-id":"{{messageId}}","event":"{{type}}","sg_event_id":"{{id}}",
         "sg_message_id":"14c5d75ce93.dfd.64b469"{{further}}}
        """;
}
