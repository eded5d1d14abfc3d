using DailyDigest.Calendar;
using DailyDigest.Digests;
using DailyDigest.Reporting;
using DailyDigest.Runs;
using DailyDigest.Subscribers;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Sending;

public sealed class OutcomeTests
{
    private readonly DeliveryFixture fixture = new();

    [Fact]
    public async Task A_deferred_message_is_retried_with_one_Message_ID_until_the_deadline()
    {
        var id = await ReadyAsync();
        fixture.Relay.AnswerWith(_ => ScriptedRelay.Later);
        await fixture.RunAsync(TimeSpan.FromHours(13));

        var at = fixture.Relay.Offered.Select(seen => seen.At).ToList();
        var waits = at.Zip(at.Skip(1), (one, next) => (next - one).TotalMinutes).ToList();
        Assert.Single(fixture.Relay.Offered.DistinctBy(seen => seen.MessageId));
        foreach (var (wait, minutes) in waits.Zip([1.0, 5, 15, 60, 60, 60]))
        {
            // The backoff varies by a tenth, and the service checks once a minute.
            Assert.InRange(wait, minutes * 0.9, (minutes * 1.1) + 1);
        }

        Assert.InRange(waits.Count, 12, 16);
        var row = fixture.Delivery(id);
        Assert.Equal((DeliveryState.Expired, ScriptedRelay.Later.Reply), (row.State, row.Reply));
        Assert.Equal(RunState.Closed, (await fixture.RunOfAsync(fixture.Today))!.State);
        Assert.Equal(19, row.At.Hour);
    }

    [Fact]
    public async Task A_deferred_message_that_is_taken_later_is_sent()
    {
        var id = await ReadyAsync();
        fixture.Relay.AnswerWith(_ => fixture.Relay.Offered.Count < 3 ? ScriptedRelay.Later : ScriptedRelay.Ok);
        await fixture.RunAsync(TimeSpan.FromMinutes(10));

        Assert.Equal((DeliveryState.Sent, 3), (fixture.Delivery(id).State, fixture.Delivery(id).Attempts));
        Assert.Single(fixture.Relay.Inbox);
    }

    [Fact]
    public async Task A_refused_message_is_rejected_with_reply_and_reason_and_never_tried_again()
    {
        var id = await ReadyAsync();
        fixture.Relay.AnswerWith(_ => ScriptedRelay.Never with { Reply = ScriptedRelay.Never.Reply + new string('x', 100_000) });
        await fixture.RunAsync(TimeSpan.FromHours(2));

        var row = fixture.Delivery(id);
        Assert.Equal((DeliveryState.Rejected, "no-such-user"), (row.State, row.Reason));
        Assert.StartsWith(ScriptedRelay.Never.Reply, row.Reply, StringComparison.Ordinal);
        Assert.InRange(row.Reply!.Length, 1, 300);
        Assert.Single(fixture.Relay.Offered);
    }

    [Fact]
    public async Task A_message_in_doubt_is_sent_once_more_under_the_same_Message_ID_and_then_held()
    {
        var id = await ReadyAsync();
        fixture.Relay.AnswerWith(_ => ScriptedRelay.Broken);
        await fixture.Program.RunOnceAsync();
        Assert.Equal(DeliveryState.Unknown, fixture.Delivery(id).State);
        await fixture.RunAsync(TimeSpan.FromHours(14));

        Assert.Equal(2, fixture.Relay.Offered.Count);
        Assert.Single(fixture.Relay.Offered.DistinctBy(seen => seen.MessageId));
        Assert.Equal(DeliveryState.Held, fixture.Delivery(id).State);
    }

    [Fact]
    public async Task A_message_in_doubt_and_then_deferred_is_held_at_the_deadline_not_expired()
    {
        var id = await ReadyAsync();
        fixture.Relay.AnswerWith(_ => fixture.Relay.Offered.Count == 1 ? ScriptedRelay.Broken : ScriptedRelay.Later);
        await fixture.RunAsync(TimeSpan.FromHours(13));

        Assert.Equal((DeliveryState.Held, "deadline passed"), (fixture.Delivery(id).State, fixture.Delivery(id).Reason));
    }

    [Theory]
    [InlineData("reader@example.org\r\nRCPT TO:<victim@example.org>")]
    [InlineData("reader@example.org\r\nBcc: victim@example.org")]
    [InlineData("reader@example.org,victim@example.org")]
    [InlineData("reader@example.org> NOTIFY=SUCCESS")]
    [InlineData("no at sign")]
    [InlineData("@example.org")]
    [InlineData("")]
    public async Task A_stored_address_that_is_none_is_rejected_and_nothing_is_sent(string address)
    {
        var id = await ReadyAsync();
        var other = await fixture.SubscribeAsync();
        var (audience, cohort) = (fixture.Program.Get<AudienceStore>(), new Cohort(DeliveryFixture.Utc, 7, Rhythm.Daily));
        var row = (await audience.GetAsync(cohort, id, CancellationToken.None))!;
        Assert.True(await audience.ProjectAsync(cohort, row with { Address = address, Version = row.Version + 1 }, CancellationToken.None));

        await fixture.RunAsync(TimeSpan.FromMinutes(10));

        Assert.Equal((DeliveryState.Rejected, "no-such-user", "not an address that mail can be sent to"),
            (fixture.Delivery(id).State, fixture.Delivery(id).Reason, fixture.Delivery(id).Reply));
        Assert.Equal(DeliveryFixture.Address(other), Assert.Single(fixture.Relay.Offered).To);
    }

    [Fact]
    public async Task Nothing_in_the_chosen_sections_is_empty()
    {
        await fixture.PublishAsync("fixture");
        var reader = await fixture.SubscribeAsync(sections: "fixture");
        var other = await fixture.SubscribeAsync(sections: "sport");
        fixture.GoTo(2, 7);
        await fixture.Program.RunOnceAsync();

        Assert.Equal(DeliveryState.Sent, fixture.Delivery(reader).State);
        Assert.Equal(DeliveryState.Empty, fixture.Delivery(other).State);
        Assert.Single(fixture.Relay.Offered);
    }

    [Fact]
    public async Task The_report_sums_to_the_audience_and_names_who_did_not_get_it()
    {
        var ids = await fixture.SubscribeAsync(60);
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        await fixture.Program.Get<Unsubscribe>().ExecuteAsync(ids[0], DeliveryFixture.Cancellation);
        fixture.Relay.AnswerWith(mail => (mail.To.Value[0] % 4) switch
        {
            0 => ScriptedRelay.Ok,
            1 => ScriptedRelay.Never,
            2 => ScriptedRelay.Later,
            _ => ScriptedRelay.Ok,
        });
        await fixture.Program.RunOnceAsync();

        var report = Assert.Single(await fixture.Program.Get<ReportRun>().ExecuteAsync(fixture.Today, DeliveryFixture.Cancellation));
        Assert.Equal(59, report.Counts.Values.Sum());
        Assert.Equal((1, 0), (report.Parts, report.PartsDone));
        var left = new List<DeliveryRow>();
        await foreach (var row in fixture.Program.Get<ReportRun>().NotSentAsync(report.Run, DeliveryFixture.Cancellation))
        {
            left.Add(row);
        }

        Assert.Equal(59 - report.Counts[DeliveryState.Sent], left.Count);
        Assert.All(left, row => Assert.NotNull(row.Reply));
    }

    [Fact]
    public async Task A_language_that_fails_to_render_delays_only_its_own_readers()
    {
        var english = await fixture.SubscribeAsync();
        var french = await fixture.SubscribeAsync(language: "fr");
        var more = await fixture.SubscribeAsync(5);
        await fixture.PublishAsync();
        fixture.Renderer.BrokenLanguage = "fr";
        fixture.GoTo(2, 7);
        await fixture.Program.RunOnceAsync();

        Assert.Equal(more.Append(english).Order(),
            fixture.Ledger(fixture.Today).Where(row => row.State == DeliveryState.Sent).Select(row => row.SubscriberId).Order());
        Assert.Equal(DeliveryState.Deferred, fixture.Delivery(french).State);
        Assert.Contains("fr", fixture.Delivery(french).Reply, StringComparison.Ordinal);

        fixture.Renderer.BrokenLanguage = null;
        await fixture.RunAsync(TimeSpan.FromMinutes(5));
        Assert.Equal(DeliveryState.Sent, fixture.Delivery(french).State);
        Assert.Equal(7, fixture.Relay.Inbox.Count);
    }

    [Fact]
    public async Task A_mail_of_a_newer_format_is_left_to_a_newer_worker_and_nothing_stays_attempting()
    {
        var ids = await fixture.SubscribeAsync(10);
        var french = await fixture.SubscribeAsync(language: "fr");
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        await fixture.Program.TickAsync();
        await fixture.Program.Get<VariantStore>().KeepAsync(
            fixture.Today, new Cohort(DeliveryFixture.Utc, 7, Rhythm.Daily).Key,
            new Variant
            {
                Format = Variant.CurrentFormat + 1,
                Language = "fr",
                Sections = [],
                Subject = "x",
                Html = "",
                Text = "",
                Body = [1]
            },
            DeliveryFixture.Cancellation);
        await fixture.RunAsync(TimeSpan.FromMinutes(5));

        Assert.DoesNotContain(fixture.Ledger(fixture.Today), row => row.State == DeliveryState.Attempting);
        Assert.DoesNotContain(fixture.Relay.Offered, seen => seen.To == DeliveryFixture.Address(french));
        Assert.Equal(fixture.Relay.Offered.Count, fixture.Relay.Offered.DistinctBy(seen => seen.To).Count());
        Assert.NotEmpty(ids);
    }

    [Fact]
    public async Task Forty_connections_that_all_meet_deferrals_stay_within_the_limits_of_a_batch()
    {
        var wide = new DeliveryFixture(("Delivery:Connections", "40"));
        await wide.SubscribeAsync(400);
        await wide.PublishAsync();
        wide.GoTo(2, 7);
        wide.Relay.AnswerWith(_ => ScriptedRelay.Later);
        await wide.RunAsync(TimeSpan.FromMinutes(2));
        wide.Relay.Answer = null;
        await wide.RunAsync(TimeSpan.FromMinutes(10));

        Assert.Equal(400, wide.Relay.Inbox.DistinctBy(seen => seen.To).Count());
        Assert.Equal(400, wide.Relay.Inbox.Count);
        Assert.Equal(400, (await wide.RunOfAsync(wide.Today))!.Counts[DeliveryState.Sent]);
    }

    [Fact]
    public async Task A_transport_that_throws_puts_one_message_in_doubt_and_the_others_go_on()
    {
        var ids = await fixture.SubscribeAsync(9);
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        fixture.Relay.Answer = (mail, _) => mail.To.Value == DeliveryFixture.Address(ids[4])
            ? throw new NotSupportedException() : Task.FromResult(ScriptedRelay.Ok);
        await fixture.Program.RunOnceAsync();

        Assert.Equal(DeliveryState.Unknown, fixture.Delivery(ids[4]).State);
        Assert.Equal(8, fixture.Relay.Inbox.Count);
    }

    private async Task<string> ReadyAsync()
    {
        var id = await fixture.SubscribeAsync();
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        return id;
    }
}
