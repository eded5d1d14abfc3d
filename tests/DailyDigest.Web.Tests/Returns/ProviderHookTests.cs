using System.Net;
using System.Net.Http.Headers;
using System.Text;
using DailyDigest.Returns;
using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Subscribers;

namespace DailyDigest.Web.Tests.Returns;

/// <summary>The rules for the web hooks of all providers.</summary>
public sealed class ProviderHookTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    // After the mail was sent.
    private const string Later = "2026-03-02T10:00:02Z";

    public static TheoryData<string> Providers => [.. Caller.Names];

    [Fact]
    public async Task Every_adapter_has_a_route_and_a_name_that_the_record_can_hold()
    {
        await using var site = await Caller.StartAsync();
        Assert.Equal(Caller.Names, site.Get<IEnumerable<IProviderHook>>().Select(hook => hook.Name).Order());
        Assert.All(site.Get<IEnumerable<IProviderHook>>(), hook => Assert.True(hook.IsOpen && hook.Name.Length <= 16));
    }

    [Fact]
    public async Task Without_its_setting_a_route_is_closed()
    {
        await using var open = await Caller.StartAsync();
        await using var closed = await WebFixture.StartAsync();
        foreach (var provider in Caller.Names)
        {
            var sent = Bounce(open, provider);
            Assert.Equal(404, (await closed.SendAsync(sent)).Status);
            Assert.Equal(404, (await closed.SendAsync(sent with { Headers = [("X-Api-Key", WebFixture.Key)] })).Status);
            Assert.Equal(200, (await open.SendAsync(sent)).Status);
            foreach (var method in (string[])["GET", "HEAD", "PUT", "DELETE"])
            {
                Assert.Equal(404, (await open.SendAsync(sent with { Method = method })).Status);
            }

            Assert.Equal(404, (await open.AskAsync("POST", $"/hooks/{provider}/x", "{}")).Status);
        }

        Assert.Equal(404, (await open.AskAsync("POST", "/hooks", "{}")).Status);
        Assert.Empty(closed.Get<StubPages>().Asked);
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task Without_the_proof_nothing_is_settled_and_nothing_is_told(string provider)
    {
        await using var site = await Caller.StartAsync();
        var mail = await SentMail.ToAsync(site);
        var sent = Complaint(site, provider, mail);
        site.Plan.Restart();
        foreach (var body in (string[])[sent.Body, "", "x", "null", "[]", "{}", new string('[', 100_000)])
        {
            var proof = provider is "ses" or "mailgun" && body == sent.Body
                ? sent.With(body.Replace("signature\":\"", "signature\":\"A", StringComparison.OrdinalIgnoreCase))
                : new Call(provider, body);
            var answer = await site.SendAsync(proof with { Headers = [("X-Api-Key", WebFixture.Key)] });
            Assert.Equal((provider, 401), (provider, answer.Status));
            Assert.Equal(
                """{"type":"about:blank","title":"This request is not proven to come from the provider.","status":401,"code":"no-proof"}""",
                answer.Body);
            site.Time.Advance(WrongKeys.Memory);
        }

        Assert.DoesNotContain(site.Plan.Trace, call => call.Writes);
        Assert.Equal(SubscriberStatus.Active, await mail.StatusAsync());
        Assert.Contains($"requests without a right signature or secret since the last such line, the last one at /hooks/{provider};",
            site.Logged, StringComparison.Ordinal);
        Assert.DoesNotContain(mail.Token, site.Logged, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("reader@example.com", site.Logged, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task After_ten_wrong_proofs_each_request_of_that_network_waits()
    {
        await using var site = await Caller.StartAsync();
        foreach (var (provider, network) in Caller.Names.Select((name, index) => (name, $"203.0.{index}.")))
        {
            for (var number = 0; number < WrongKeys.MaxFailures; number++)
            {
                Assert.Equal(401, (await site.SendAsync(new Call(provider, "{}"), network + number)).Status);
            }

            var delayed = site.SendAsync(Bounce(site, provider), network + 77);
            Assert.False(delayed.IsCompleted);
            site.Time.Advance(WrongKeys.Delay);
            Assert.Equal(200, (await delayed).Status);
            Assert.Equal(200, (await site.SendAsync(Bounce(site, provider), "198.51.100.1")).Status);
        }
    }

    [Fact]
    public async Task A_body_of_a_mebibyte_is_read_and_a_larger_one_refused()
    {
        await using var site = await Caller.StartAsync();
        foreach (var provider in Caller.Names)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"/hooks/{provider}")
            {
                Content = new ByteArrayContent(new byte[ProviderHooks.MaxBytes + 1]),
            };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("text/plain");
            using var large = await site.Client.SendAsync(request, Stop);
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, large.StatusCode);

            var sent = provider is "ses"
                ? Caller.Sns(site.Time, SesHookTests.Event("Bounce", "bounce", $$"""{"x":"{{new string('a', 900_000)}}"}"""))
                : Bounce(site, provider, new string('a', ProviderHooks.MaxBytes - 3_000));
            Assert.Equal(200, (await site.SendAsync(sent)).Status);
        }
    }

    /// <summary>A batch with one event of each kind of fault: the others are read.</summary>
    [Theory]
    [InlineData("azure")]
    [InlineData("sendgrid")]
    public async Task A_faulty_event_costs_only_itself(string provider)
    {
        await using var site = await Caller.StartAsync();
        var right = provider == "azure" ? AzureHookTests.Event("Bounced", id: "right") : SendGridHookTests.Event("bounce", id: "right");
        var deep = new string('[', 50_000) + new string(']', 50_000);
        string[] hostile =
        [
            "7", "null", "\"x\"", "[]", "{}", deep, """{"event":{"event":1},"eventType":[],"type":7}""",
            right.Replace("right", "\\ud800", StringComparison.Ordinal), """{"eventType":"\ud800","event":"\udfff"}""",
            right.Replace("\"right\"", "null", StringComparison.Ordinal), right.Replace("\"right\"", deep, StringComparison.Ordinal),
            right.Replace("reader@example.com", new string('a', 10_000), StringComparison.Ordinal),
            right.Replace("\"id\"", "\"id\":7,\"\\u0069d\"", StringComparison.Ordinal),
            right.Replace("1772442002", "1e999", StringComparison.Ordinal).Replace("2026-03-02T", "9999-99-99T", StringComparison.Ordinal),
            right.Replace("1772442002", "-1", StringComparison.Ordinal),
        ];
        var read = await new Adapters().EventsAsync(Caller.Of(provider, site.Time, [.. hostile, right]));
        Assert.Contains(read.Items, one => one.Recipient == "reader@example.com" && one.At is not null && one.Candidates.Count == 1);
        Assert.True(read.Unread >= 8);
        Assert.All(read.Items, one => Assert.Equal(32, one.Id.Length));
        Assert.Equal(200, (await site.SendAsync(Caller.Of(provider, site.Time, [.. hostile, right]))).Status);
        Assert.Contains("events could not be read and are left out", site.Logged, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", site.Logged, StringComparison.Ordinal);
    }

    /// <summary>A document of this depth would take seconds to read.</summary>
    [Fact]
    public async Task Half_a_million_arrays_within_one_another_are_no_events()
    {
        await using var site = await Caller.StartAsync();
        var deep = new string('[', 500_000) + new string(']', 500_000);
        foreach (var provider in Caller.Names)
        {
            Assert.Equal(401, (await site.SendAsync(new Call(provider, deep))).Status);
            var read = await new Adapters().ReadAsync(Caller.Of(provider, site.Time, deep));
            Assert.True(read is HookReading.Refused or HookReading.Unreadable or HookReading.Events { Items.Count: 0 });
        }
    }

    [Theory]
    [InlineData("azure")]
    [InlineData("sendgrid")]
    public async Task A_batch_of_very_many_events_is_read_up_to_a_limit(string provider)
    {
        var (site, items) = (new Adapters(), Enumerable.Repeat("7", 500_000).ToArray());
        Assert.Equal(HookJson.MaxEvents, (await site.EventsAsync(Caller.Of(provider, site.Time, items))).Unread);
    }

    [Fact]
    public async Task Random_bodies_with_a_right_proof_cause_no_error()
    {
        await using var site = await Caller.StartAsync();
        var random = new Random(7);
        string[] pieces =
            ["\"", "{", "}", "[", "]", ":", ",", "null", "1e999", "\\u0000", "\\ud800", "😀", "true", "\"a\":", new string('9', 400)];
        for (var round = 0; round < 1_000; round++)
        {
            var provider = Caller.Names[round % Caller.Names.Length];
            var text = new StringBuilder(Item(provider));
            for (var changes = random.Next(1, 6); changes > 0; changes--)
            {
                var at = random.Next(text.Length);
                _ = random.Next(3) switch
                {
                    0 => text.Remove(at, Math.Min(random.Next(1, 30), text.Length - at)),
                    1 => text.Insert(at, pieces[random.Next(pieces.Length)]),
                    _ => text.Replace(text[at], pieces[random.Next(pieces.Length)][0], at, 1),
                };
            }

            var answer = await site.SendAsync(Caller.Of(provider, site.Time, text.ToString()));
            Assert.True(answer.Status is 200 or 400 or 401, text.ToString());
            site.Time.Advance(WrongKeys.Memory);
        }

        Assert.DoesNotContain("Exception", site.Logged, StringComparison.Ordinal);
        Assert.DoesNotContain("reader@", site.Logged, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task An_event_has_its_effect_once_also_if_storage_failed_first(string provider)
    {
        await using var site = await Caller.StartAsync();
        var mail = await SentMail.ToAsync(site);
        var sent = Complaint(site, provider, mail);
        site.Plan.Before = call => call.Place == Tables.Ledger ? throw new StorageException("The disk is full.") : Task.CompletedTask;
        var failed = await site.SendAsync(sent);
        Assert.Equal((503, "60"), (failed.Status, failed.Headers.RetryAfter.ToString()));
        site.Plan.Restart();

        Assert.Equal(200, (await site.SendAsync(sent)).Status);
        Assert.True(await TookEffectAsync(provider, mail));
        var row = await mail.RowAsync();
        Assert.Equal(200, (await site.SendAsync(sent)).Status);
        Assert.Equal(row, await mail.RowAsync());
        Assert.DoesNotContain(mail.Token, site.Logged, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("reader@example.com", site.Logged, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Azure and Postmark may replace the Message-ID. The address alone is enough for a provider that has proven itself.</summary>
    [Theory]
    [MemberData(nameof(Providers))]
    public async Task Without_token_and_Message_ID_the_recipient_and_the_time_find_the_mail(string provider)
    {
        await using var site = await Caller.StartAsync();
        var mail = await SentMail.ToAsync(site);
        var sent = Complaint(site, provider, mail with { Token = new string('a', 48), MessageId = "0-1@provider.example.com" });
        Assert.Equal(200, (await site.SendAsync(sent)).Status);
        Assert.True(await TookEffectAsync(provider, mail));
    }

    [Fact]
    public async Task An_event_about_nobody_of_ours_is_taken_and_changes_nothing()
    {
        await using var site = await Caller.StartAsync();
        var mail = await SentMail.ToAsync(site, "other@example.com");
        var row = await mail.RowAsync();
        foreach (var provider in Caller.Names)
        {
            var sent = Complaint(site, provider, mail with { Token = new string('a', 48), MessageId = "0-1@provider.example.com" });
            Assert.Equal(200, (await site.SendAsync(sent)).Status);
            Assert.Equal((SubscriberStatus.Active, row), (await mail.StatusAsync(), await mail.RowAsync()));
        }
    }

    [Fact]
    public async Task A_reader_who_leaves_by_the_providers_link_has_left()
    {
        foreach (var provider in (string[])["mailgun", "postmark", "sendgrid"])
        {
            await using var site = await Caller.StartAsync();
            var mail = await SentMail.ToAsync(site);
            var sent = Caller.Of(provider, site.Time, provider switch
            {
                "mailgun" => MailgunHookTests.Event("unsubscribed", "", mail.Envelope),
                "postmark" => PostmarkHookTests.Bounce("Unsubscribe", messageId: $"<{mail.MessageId}>"),
                _ => SendGridHookTests.Event("unsubscribe", messageId: mail.MessageId),
            });
            Assert.Equal(200, (await site.SendAsync(sent)).Status);
            Assert.Equal((provider, SubscriberStatus.Unsubscribed), (provider, await mail.StatusAsync()));
        }
    }

    /// <summary>Twenty events of two readers in one request, twice, in another order.</summary>
    [Theory]
    [InlineData("azure")]
    [InlineData("sendgrid")]
    public async Task A_batch_that_is_sent_twice_in_another_order_has_one_effect(string provider)
    {
        await using var site = await Caller.StartAsync();
        var mails = new[] { await SentMail.ToAsync(site), await SentMail.ToAsync(site, "second@example.com") };
        string[] items = [.. mails.SelectMany((mail, number) => Enumerable.Range(0, 10).Select(index => (provider, index) switch
        {
            ("azure", 0) => AzureHookTests.Event("Bounced", "550 5.1.1 user unknown", messageId: mail.MessageId, id: $"{number}-0"),
            ("azure", _) => AzureHookTests.Event("Delivered", messageId: mail.MessageId, id: $"{number}-{index}"),
            (_, 0) => SendGridHookTests.Event("bounce", """, "reason":"550 5.1.1 unknown" """, $"{number}-0", mail.MessageId),
            _ => SendGridHookTests.Event("delivered", "", $"{number}-{index}", mail.MessageId),
        }).Select(item => item.Replace("reader@example.com", mail.Person.Address!, StringComparison.Ordinal)))];
        Assert.Equal(200, (await site.SendAsync(Caller.Of(provider, site.Time, items))).Status);
        var rows = await Task.WhenAll(mails.Select(mail => mail.RowAsync()));
        Assert.All(rows, row => Assert.Equal((DeliveryState.Rejected, "no-such-user"), (row.State, row.Reason)));
        Assert.Equal(200, (await site.SendAsync(Caller.Of(provider, site.Time, [.. items.Reverse()]))).Status);
        Assert.Equal(rows, await Task.WhenAll(mails.Select(mail => mail.RowAsync())));
        Assert.Contains("20 events about mails, 0 recorded, 20 known before, 0 about no delivery", site.Logged, StringComparison.Ordinal);
    }

    /// <summary>A bounce outweighs a delivery that was reported before, and one that is reported after.</summary>
    [Theory]
    [MemberData(nameof(Providers))]
    public async Task A_mailbox_that_does_not_exist_ends_the_subscription_in_any_order_of_events(string provider)
    {
        await using var site = await Caller.StartAsync();
        var mail = await SentMail.ToAsync(site);
        Call[] calls =
        [
            Delivered(site, provider, mail), Bounce(site, provider, "", mail), Delivered(site, provider, mail, "2026-03-02T10:03:00Z"),
        ];
        foreach (var call in calls)
        {
            Assert.Equal(200, (await site.SendAsync(call)).Status);
        }

        var row = await mail.RowAsync();
        Assert.Equal((DeliveryState.Rejected, "no-such-user"), (row.State, row.Reason));
        Assert.Equal(Reports.Bounced | Reports.Delivered, row.Reports);
        Assert.Equal(SubscriberStatus.Bounced, await mail.StatusAsync());
    }

    /// <summary>The provider may be faster than our own record that the mail was sent. It asks again, but not for ever.</summary>
    [Theory]
    [MemberData(nameof(Providers))]
    public async Task An_event_about_a_mail_that_is_still_being_sent_is_asked_for_again(string provider)
    {
        await using var site = await Caller.StartAsync();
        var mail = await SentMail.ToAsync(site, state: DeliveryState.Attempting);
        site.Time.SetUtcNow(new DateTimeOffset(2026, 3, 2, 10, 0, 0, TimeSpan.Zero));
        var sent = Delivered(site, provider, mail, "2026-03-02T09:59:00Z");
        var early = await site.SendAsync(sent);
        Assert.Equal((503, "300"), (early.Status, early.Headers.RetryAfter.ToString()));
        site.Time.Advance(ProviderHooks.MaxWait);
        Assert.Equal(200, (await site.SendAsync(sent)).Status);
        Assert.Equal(DeliveryState.Attempting, (await mail.RowAsync()).State);
    }

    [Theory]
    [InlineData("SesTopic", "digest", "Returns__Hooks__SesTopic:")]
    [InlineData("SendGridKey", "AAAA", "Returns__Hooks__SendGridKey:")]
    [InlineData("AzureSecret", "short", "Returns__Hooks__AzureSecret:")]
    [InlineData("AzureSecret", "a+secret/with&signs=of-a-url", "Returns__Hooks__AzureSecret:")]
    [InlineData("PostmarkSecret", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "Returns__Hooks__PostmarkSecret: the same characters")]
    [InlineData("PostmarkSecret", Caller.AzureSecret, "Returns__Hooks__PostmarkSecret: the same key as Returns__Hooks__AzureSecret")]
    [InlineData("MailgunKey", "short", "Returns__Hooks__MailgunKey:")]
    public async Task A_faulty_setting_stops_the_start_and_is_named(string name, string value, string fault)
    {
        var exception = await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await using var site = await Caller.StartAsync(($"Returns:Hooks:{name}", value));
        });
        Assert.Contains(fault, exception.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(value + "\"", exception.Message, StringComparison.Ordinal);
    }

    // Azure reports no complaints.
    private static async Task<bool> TookEffectAsync(string provider, SentMail mail) => provider == "azure"
        ? (await mail.RowAsync()).State == DeliveryState.Rejected : await mail.StatusAsync() == SubscriberStatus.Complained;

    private static string Item(string provider) => provider switch
    {
        "ses" => SesHookTests.Event("Bounce", "bounce", """
            {"bounceType":"Permanent","bouncedRecipients":[{"emailAddress":"reader@example.com","status":"5.1.1"}],"timestamp":"2026-03-02"}
            """),
        "azure" => AzureHookTests.Event("Bounced", "550 5.1.1 unknown"),
        "sendgrid" => SendGridHookTests.Event("bounce"),
        "mailgun" => MailgunHookTests.Event("failed", ""","severity":"permanent","delivery-status":{"code":550,"message":"unknown"}"""),
        _ => PostmarkHookTests.Bounce("HardBounce"),
    };

    private static Call Bounce(WebFixture site, string provider, string padding = "", SentMail? mail = null)
    {
        var (envelope, id) = (mail?.Envelope ?? "b@mail.example.com", mail?.MessageId ?? "20260302.aa@digest.example.com");
        return Caller.Of(provider, site.Time, provider switch
        {
            "ses" => SesHookTests.Event(
                "Bounce", "bounce", """{"bounceType":"Permanent","bounceSubType":"NoEmail","timestamp":"2026-03-02T10:00:02Z"}""",
                envelope: envelope, messageId: id),
            "azure" => AzureHookTests.Event("Bounced", "550 5.1.1 user unknown " + padding, messageId: id),
            "sendgrid" => SendGridHookTests.Event("bounce", $""", "reason":"550 5.1.1 user unknown {padding}" """, messageId: id),
            "mailgun" => MailgunHookTests.Event(
                "failed", $$""","severity":"permanent","delivery-status":{"code":550,"message":"5.1.1 user unknown {{padding}}"}""",
                envelope, messageId: id),
            _ => PostmarkHookTests.Bounce("HardBounce", "550 5.1.1 user unknown " + padding, messageId: $"<{id}>"),
        });
    }

    private static Call Delivered(WebFixture site, string provider, SentMail mail, string at = Later) =>
        Caller.Of(provider, site.Time, provider switch
        {
            "ses" => SesHookTests.Event(
                "Delivery", "delivery", $$"""{"timestamp":"{{at}}"}""", envelope: mail.Envelope, messageId: mail.MessageId),
            "azure" => AzureHookTests.Event("Delivered", messageId: mail.MessageId, id: "e-2", at: at),
            "sendgrid" => SendGridHookTests.Event("delivered", id: "sg-2", messageId: mail.MessageId, at: at),
            "mailgun" => MailgunHookTests.Event("delivered", "", mail.Envelope, "mg-2", mail.MessageId, at: at),
            _ => $$"""{"RecordType":"Delivery","MessageID":"0-1","Recipient":"reader@example.com","DeliveredAt":"{{at}}"}""",
        });

    private static Call Complaint(WebFixture site, string provider, SentMail mail) => Caller.Of(provider, site.Time, provider switch
    {
        "ses" => SesHookTests.Event(
            "Complaint", "complaint", """{"feedbackId":"f-9","timestamp":"2026-03-02T10:00:02Z"}""",
            envelope: mail.Envelope, messageId: mail.MessageId),
        "azure" => AzureHookTests.Event("Bounced", messageId: mail.MessageId, at: Later),
        "sendgrid" => SendGridHookTests.Event("spamreport", messageId: mail.MessageId, at: Later),
        "mailgun" => MailgunHookTests.Event("complained", "", mail.Envelope, messageId: mail.MessageId, at: Later),
        _ => """{"RecordType":"SpamComplaint","ID":43,"Email":"reader@example.com","BouncedAt":"2026-03-02T10:00:02Z"}""",
    });
}
