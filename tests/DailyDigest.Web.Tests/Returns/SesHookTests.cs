using System.Security.Cryptography;
using DailyDigest.Returns;

namespace DailyDigest.Web.Tests.Returns;

/// <summary>Amazon SES through Amazon SNS: signatures, certificates, confirmation, and a body of each event type.</summary>
public sealed class SesHookTests
{
    private const string Token = "abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnop";
    private const string Delivered = """
        {"timestamp":"2026-03-02T09:00:02Z","recipients":["reader@example.com"],"smtpResponse":"250 ok"}
        """;

    /// <summary>The verdicts: what the server said, else the class of SES; a soft class never ends a subscription.</summary>
    [Theory]
    [InlineData("Permanent", "General", "5.1.1", "smtp; 550 5.1.1 user unknown", "no-such-user")]
    [InlineData("Permanent", "General", null, "smtp; 550 5.7.1 blocked by reputation", "policy")]
    [InlineData("Permanent", "General", null, null, "other")]
    [InlineData("Permanent", "NoEmail", null, null, "no-such-user")]
    [InlineData("Permanent", "Suppressed", "5.1.1", "Amazon SES has suppressed sending: a recent history of invalid addresses", "other")]
    [InlineData("Permanent", "OnAccountSuppressionList", "5.1.1", "user unknown", "other")]
    [InlineData("Transient", "MailboxFull", null, null, "mailbox-full")]
    [InlineData("Transient", "MessageTooLarge", null, null, "too-big")]
    [InlineData("Transient", "ContentRejected", null, null, "content-refused")]
    [InlineData("Transient", "AttachmentRejected", null, null, "content-refused")]
    [InlineData("Transient", "General", "5.1.1", "smtp; 550 5.1.1 user unknown", "temporary")]
    [InlineData("Transient", "General", "4.4.7", null, "relay-trouble")]
    [InlineData("Undetermined", "Undetermined", null, null, "other")]
    public async Task A_bounce_has_the_reason_of_the_server_or_of_SES(
        string type, string subType, string? status, string? diagnostic, string reason)
    {
        var site = new Adapters();
        var bounce = $$"""
            {"bounceType":"{{type}}","bounceSubType":"{{subType}}","feedbackId":"f-1","timestamp":"2026-03-02T09:00:02.238Z",
             "bouncedRecipients":[{"emailAddress":"reader@example.com","action":"failed","status":{{Json(status)}},
             "diagnosticCode":{{Json(diagnostic)}}}]}
            """;
        foreach (var name in (string[])["notificationType", "eventType"])
        {
            var one = await site.EventAsync(Caller.Sns(site.Time, Event("Bounce", "bounce", bounce, name)));
            Assert.Equal((ReturnKind.Bounced, reason), (one.Kind, one.Verdict?.Reason));
            Assert.Equal(diagnostic?.Split(';')[^1].Trim() ?? "", one.Reply ?? "");
            Assert.Equal([Token, "20260302.aa@digest.example.com"], one.Candidates.Select(candidate => candidate.Value));
            Assert.Equal([ReturnProof.Token, ReturnProof.MessageId], one.Candidates.Select(candidate => candidate.Proof));
            Assert.Equal("reader@example.com", one.Recipient);
            Assert.Equal(new DateTimeOffset(2026, 3, 2, 9, 0, 2, 238, TimeSpan.Zero), one.At);
            Assert.True(one.IsVouched && one.Source == "ses" && one.Size > 100);
        }
    }

    [Fact]
    public async Task Each_type_of_event_has_its_kind()
    {
        var site = new Adapters();
        (string Type, string Name, string Report, ReturnKind? Kind)[] events =
        [
            ("Delivery", "delivery", Delivered, ReturnKind.Delivered),
            ("DeliveryDelay", "deliveryDelay", """
                {"delayType":"MailboxFull","delayedRecipients":[{"emailAddress":"reader@example.com","status":"4.2.2"}],
                 "timestamp":"2026-03-02T09:00:02Z"}
                """, ReturnKind.Delayed),
            ("Reject", "reject", """{"reason":"Bad content"}""", ReturnKind.Bounced),
            ("Complaint", "complaint", """
                {"complainedRecipients":[{"emailAddress":"reader@example.com"}],"feedbackId":"f-2","complaintFeedbackType":"abuse",
                 "timestamp":"2026-03-02T09:00:02Z"}
                """, ReturnKind.Complained),
            ("Complaint", "complaint", """{"feedbackId":"f-3"}""", ReturnKind.Complained),
            ("Complaint", "complaint", """{"complaintFeedbackType":"not-spam"}""", ReturnKind.AutoReply),
            ("Complaint", "complaint", """{"complaintSubType":"OnAccountSuppressionList"}""", ReturnKind.Bounced),
            ("Bounce", "bounce", """
                {"bounceType":"Transient","bounceSubType":"General","bouncedRecipients":[{"emailAddress":"reader@example.com"}]}
                """, ReturnKind.AutoReply),
            ("Bounce", "bounce", """{"bounceType":"Permanent","bounceSubType":"NoEmail"}""", ReturnKind.Bounced),
            ("Send", "send", "{}", null),
            ("Open", "open", """{"ipAddress":"192.0.2.1"}""", null),
            ("Click", "click", """{"link":"https://www.example.com/"}""", null),
            ("Rendering Failure", "failure", """{"errorMessage":"x"}""", null),
        ];
        foreach (var (type, name, report, kind) in events)
        {
            var read = await site.EventsAsync(Caller.Sns(site.Time, Event(type, name, report)));
            Assert.Equal((type, kind, 0), (type, read.Items.SingleOrDefault()?.Kind, read.Unread));
        }

        var text = await site.EventsAsync(Caller.Sns(site.Time, "Successfully validated SNS topic for Amazon SES event publishing."));
        Assert.Equal((0, 0), (text.Items.Count, text.Unread));
        Assert.Equal(1, (await site.EventsAsync(Caller.Sns(site.Time, """{"eventType":"Bounce","mail":7}"""))).Unread);
    }

    [Fact]
    public async Task A_bounce_of_several_recipients_is_permanent_only_if_each_is()
    {
        var site = new Adapters();
        var bounce = """
            {"bounceType":"Permanent","bounceSubType":"General","bouncedRecipients":[
             {"emailAddress":"a@example.com","diagnosticCode":"550 5.1.1 user unknown"},
             {"emailAddress":"b@example.com","diagnosticCode":"552 5.2.2 mailbox full"}]}
            """;
        Assert.Equal("mailbox-full", (await site.EventAsync(Caller.Sns(site.Time, Event("Bounce", "bounce", bounce)))).Verdict?.Reason);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("2")]
    public async Task Both_versions_of_the_signature_are_accepted_and_the_certificate_is_fetched_once(string version)
    {
        await using var site = await Caller.StartAsync();
        for (var times = 0; times < 3; times++)
        {
            var sent = Caller.Sns(site.Time, Event("Delivery", "delivery", Delivered), version: version);
            Assert.Equal(200, (await site.SendAsync(sent)).Status);
        }

        Assert.Equal([Caller.CertificateUrl], site.Get<StubPages>().Asked);
        site.Time.Advance(TimeSpan.FromHours(25));
        Assert.Equal(200, (await site.SendAsync(Caller.Sns(site.Time, Event("Delivery", "delivery", Delivered), version: version))).Status);
        Assert.Equal(2, site.Get<StubPages>().Asked.Count);
    }

    [Fact]
    public async Task A_message_without_a_subject_is_accepted()
    {
        await using var site = await Caller.StartAsync();
        Assert.Equal(200, (await site.SendAsync(
            Caller.Sns(site.Time, Event("Delivery", "delivery", Delivered), change: fields => fields.Remove("Subject")))).Status);
    }

    /// <summary>Each field before the signature: signed by SNS's key, and still not for this topic.</summary>
    [Theory]
    [InlineData("TopicArn", "arn:aws:sns:eu-west-1:999999999999:digest")]
    [InlineData("TopicArn", "arn:aws:sns:us-east-1:123456789012:digest")]
    [InlineData("SignatureVersion", "3")]
    [InlineData("Timestamp", "2026-02-28T10:00:00.000Z")]
    [InlineData("Timestamp", "2026-03-02T11:00:00.000Z")]
    [InlineData("Timestamp", "yesterday")]
    [InlineData("SigningCertURL", "http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem")]
    [InlineData("SigningCertURL", "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem")]
    [InlineData("SigningCertURL", "https://evil.example.com/SimpleNotificationService-0123456789abcdef.pem")]
    [InlineData("SigningCertURL", "https://sns.eu-west-1.amazonaws.com.evil.example.com/SimpleNotificationService-0123456789abcdef.pem")]
    [InlineData("SigningCertURL", "https://sns.eu-west-1.amazonaws.com@evil.example.com/SimpleNotificationService-0123456789abcdef.pem")]
    [InlineData("SigningCertURL", "https://sns.eu-west-1.amazonaws.com:8443/SimpleNotificationService-0123456789abcdef.pem")]
    [InlineData("SigningCertURL", "https://sns.eu-west-1.amazonaws.com/other.pem")]
    [InlineData("SigningCertURL", "https://sns.eu-west-1.amazonaws.com/a/../bucket/SimpleNotificationService-0123456789abcdef.pem")]
    [InlineData("SigningCertURL", "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem?x=1")]
    [InlineData("SigningCertURL", "https://169.254.169.254/SimpleNotificationService-0123456789abcdef.pem")]
    public async Task A_message_of_another_topic_place_or_time_is_refused(string field, string value)
    {
        var site = new Adapters();
        var sent = Caller.Sns(site.Time, Event("Delivery", "delivery", Delivered), change: fields => fields[field] = value);
        Assert.IsType<HookReading.Refused>(await site.ReadAsync(sent));
        Assert.Empty(site.Pages.Asked);
    }

    [Fact]
    public async Task A_changed_message_and_one_of_another_key_are_refused()
    {
        await using var site = await Caller.StartAsync();
        using var other = RSA.Create(2048);
        var right = Caller.Sns(site.Time, Event("Delivery", "delivery", Delivered));
        Assert.Equal(401, (await site.SendAsync(right.With(right.Body.Replace("250 ok", "250 no", StringComparison.Ordinal)))).Status);
        Assert.Equal(401, (await site.SendAsync(Caller.Sns(site.Time, Event("Delivery", "delivery", Delivered), key: other))).Status);
        Assert.Equal(401, (await site.SendAsync(new Call("ses", Event("Delivery", "delivery", Delivered)))).Status);
        Assert.Equal(200, (await site.SendAsync(right)).Status);
    }

    /// <summary>A certificate of somebody else, an old one, and one that is none, at the right place.</summary>
    [Theory]
    [InlineData("evil.example.com", 2026)]
    [InlineData("sns.amazonaws.com.example.com", 2026)]
    [InlineData("sns.amazonaws.com", 2025)]
    [InlineData("", 2026)]
    public async Task A_certificate_of_another_owner_or_time_is_refused(string name, int year)
    {
        var site = new Adapters();
        using var key = RSA.Create(2048);
        site.Pages.Put(Caller.CertificateUrl, 200, name.Length > 0 ? Caller.Certificate(key, name, year) : "no certificate");
        Assert.IsType<HookReading.Refused>(
            await site.ReadAsync(Caller.Sns(site.Time, Event("Delivery", "delivery", Delivered), key: key)));
    }

    [Fact]
    public async Task Without_the_certificate_nothing_is_believed()
    {
        await using var site = await Caller.StartAsync();
        foreach (var (status, answer) in new (int?, int)[] { (null, 503), (500, 503), (404, 401) })
        {
            site.Get<StubPages>().Put(Caller.CertificateUrl, status);
            Assert.Equal(answer, (await site.SendAsync(Caller.Sns(site.Time, Event("Delivery", "delivery", Delivered)))).Status);
        }
    }

    [Fact]
    public async Task A_subscription_of_the_topic_is_confirmed_at_the_host_of_the_topic()
    {
        await using var site = await Caller.StartAsync();
        var url = $"https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={Caller.Topic}&Token=2336412f";
        site.Get<StubPages>().Put(url, 200, "<ConfirmSubscriptionResponse/>");
        Assert.Equal(200, (await site.SendAsync(Caller.Sns(site.Time, "You subscribed.", "SubscriptionConfirmation"))).Status);
        Assert.Equal([Caller.CertificateUrl, url], site.Get<StubPages>().Asked);

        site.Get<StubPages>().Put(url, 500);
        Assert.Equal(503, (await site.SendAsync(Caller.Sns(site.Time, "Again.", "SubscriptionConfirmation"))).Status);
        Assert.Equal(200, (await site.SendAsync(Caller.Sns(site.Time, "You left.", "UnsubscribeConfirmation"))).Status);
        Assert.Contains("has ended: no event of Amazon SES arrives", site.Logged, StringComparison.Ordinal);
        Assert.DoesNotContain("2336412f", site.Logged, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SubscribeURL", $"https://evil.example.com/?Action=ConfirmSubscription&TopicArn={Caller.Topic}&Token=1")]
    [InlineData("SubscribeURL", $"http://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={Caller.Topic}&Token=1")]
    [InlineData("SubscribeURL", $"https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={Caller.Topic}-2&Token=1")]
    [InlineData("SubscribeURL", $"https://sns.eu-west-1.amazonaws.com/?Action=Publish&TopicArn={Caller.Topic}&Token=1")]
    [InlineData("TopicArn", "arn:aws:sns:eu-west-1:123456789012:other")]
    public async Task A_subscription_elsewhere_is_not_confirmed(string field, string value)
    {
        var site = new Adapters();
        var sent = Caller.Sns(site.Time, "Subscribe.", "SubscriptionConfirmation", change: fields => fields[field] = value);
        Assert.IsType<HookReading.Refused>(await site.ReadAsync(sent));
        Assert.DoesNotContain(site.Pages.Asked, url => url.Contains("Action=", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("arn:aws:sns:eu-west-1:123456789012:digest", "sns.eu-west-1.amazonaws.com")]
    [InlineData("arn:aws-cn:sns:cn-north-1:123456789012:digest", "sns.cn-north-1.amazonaws.com.cn")]
    [InlineData("arn:aws-us-gov:sns:us-gov-west-1:123456789012:digest", "sns.us-gov-west-1.amazonaws.com")]
    [InlineData("arn:aws:sns:eu-west-1.evil.example.com:123456789012:digest", null)]
    [InlineData("arn:aws:sqs:eu-west-1:123456789012:digest", null)]
    [InlineData("arn:aws:sns:eu-west-1:1234:digest", null)]
    public void The_topic_names_the_only_host(string arn, string? host) => Assert.Equal(host, SnsTopic.Parse(arn)?.Host);

    /// <summary>An event with the mail that it is about: the envelope has a token, and the headers are included.</summary>
    internal static string Event(
        string type, string name, string report, string typeName = "eventType", string envelope = $"b+{Token}@mail.example.com",
        string messageId = "20260302.aa@digest.example.com") => $$$"""
        {"{{{typeName}}}":"{{{type}}}","mail":{"timestamp":"2026-03-02T09:00:00Z","messageId":"0102018c-ses","source":"{{{envelope}}}",
         "destination":["reader@example.com"],"headersTruncated":false,
         "headers":[{"name":"From","value":"digest@example.com"},{"name":"Message-ID","value":"<{{{messageId}}}>"},7],
         "commonHeaders":{"messageId":" {{{messageId}}}","subject":"News"}},"{{{name}}}":{{{report}}}}
        """;

    private static string Json(string? text) => System.Text.Json.JsonSerializer.Serialize(text);
}
