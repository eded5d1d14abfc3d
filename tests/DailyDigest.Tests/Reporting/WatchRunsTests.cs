using DailyDigest.Calendar;
using DailyDigest.Clock;
using DailyDigest.Mailing;
using DailyDigest.Reporting;
using DailyDigest.Returns;
using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Tests.Fixtures;
using Microsoft.Extensions.DependencyInjection;
using Moq;

namespace DailyDigest.Tests.Reporting;

/// <summary>How far runs are, and what needs a person, without reading the ledger.</summary>
public sealed class WatchRunsTests
{
    private readonly DeliveryFixture fixture = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_standing_of_a_run_agrees_with_the_ledger_at_the_end(bool isSliced)
    {
        var own = new DeliveryFixture(("Delivery:SliceFrom", isSliced ? "1" : "1000"));
        await own.SubscribeAsync(60);
        await own.PublishAsync();
        own.GoTo(2, 7);
        var number = 0;
        own.Relay.AnswerWith(_ => Interlocked.Increment(ref number) is var one && one > 60 ? ScriptedRelay.Later : (one % 6) switch
        {
            0 => ScriptedRelay.Later,
            1 => ScriptedRelay.Full,
            _ => ScriptedRelay.Ok,
        });
        await own.RunAsync(TimeSpan.FromMinutes(1));
        own.Relay.Answer = null;

        var standing = await LookAsync(own);
        Assert.Equal((40L, 10L, 10L, false), (standing.Sent, standing.NotSent, standing.Waiting!.Value, standing.IsAbout));
        Assert.NotNull(standing.NextTry);
        Assert.Null(standing.PerSecond);

        await own.RunAsync(TimeSpan.FromHours(3));
        standing = await LookAsync(own);
        Assert.Equal((RunState.Closed, 50L, 10L, 0L), (standing.Run.State, standing.Sent, standing.NotSent, standing.Waiting!.Value));
    }

    [Fact]
    public async Task The_first_run_of_a_cohort_is_estimated_by_how_far_it_is()
    {
        var run = await OpenAsync(control => control with { Sent = 250, Cursor = "40000000" + new string('0', 24) });
        var standing = await LookAsync(fixture);
        Assert.Equal((RunState.Open, 250L, 750L, true), (run.State, standing.Sent, standing.Waiting!.Value, standing.IsAbout));

        await OpenAsync(control => control with { Sent = 1, Cursor = "00100000" + new string('0', 24) });
        Assert.Null((await LookAsync(fixture)).Waiting);
    }

    [Fact]
    public async Task The_rate_is_that_of_the_last_minute()
    {
        await OpenAsync(control => control with { Sent = 100 });
        fixture.Advance(TimeSpan.FromSeconds(100));
        Assert.Equal(1.0, (await LookAsync(fixture)).PerSecond!.Value, 3);

        foreach (var sent in new[] { 400, 700, 1_000 })
        {
            fixture.Advance(TimeSpan.FromSeconds(30));
            await OpenAsync(control => control with { Sent = sent });
            Assert.Equal(10.0, (await LookAsync(fixture)).PerSecond!.Value, 3);
        }

        await fixture.SteerAsync(control => control with { Paused = true });
        Assert.Null((await LookAsync(fixture)).PerSecond);
    }

    [Fact]
    public async Task Today_says_what_needs_a_person()
    {
        await fixture.SubscribeAsync(3);
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        Assert.Empty((await TodayAsync()).Alerts);
        Assert.Equal(7, Assert.Single((await TodayAsync()).Next).Due.Hour);

        // The clock does not tick.
        fixture.GoTo(2, 8);
        Assert.Equal(TodayAlertKind.ClockStopped, Assert.Single((await TodayAsync()).Alerts).Kind);

        fixture.Relay.AnswerWith(_ => ScriptedRelay.Refusal);
        await fixture.RunAsync(TimeSpan.FromMinutes(1));
        await fixture.Program.Get<RelayFaults>().RecordAsync("relay.example.com", "535 no", DeliveryFixture.Cancellation);
        var report = await TodayAsync();
        Assert.Equal([TodayAlertKind.Relay, TodayAlertKind.Refused], report.Alerts.Select(alert => alert.Kind));
        Assert.All(report.Alerts, alert => Assert.True(alert.IsUrgent));
        Assert.Equal((fixture.Today, RunState.Open), (report.Date, Assert.Single(report.Runs).Run.State));

        await fixture.SteerAsync(control => control with { Paused = true });
        Assert.Contains(TodayAlertKind.Paused, (await TodayAsync()).Alerts.Select(alert => alert.Kind));
    }

    [Fact]
    public async Task Today_says_that_the_mailbox_fails_or_waits_for_a_person()
    {
        var mailbox = Mock.Of<IReturnMailbox>(one => one.Id == "1" && one.Name == "mail.example.com:993");
        var today = ActivatorUtilities.CreateInstance<LookAtToday>(fixture.Program.Get<IServiceProvider>(), mailbox);
        Assert.Empty((await today.ExecuteAsync(DeliveryFixture.Cancellation)).Alerts);

        var (states, since) = (fixture.Program.Get<MailboxStates>(), fixture.Time.GetUtcNow());
        await SetAsync(new MailboxState { SetAside = 19 });
        Assert.Empty((await today.ExecuteAsync(DeliveryFixture.Cancellation)).Alerts);

        await SetAsync(new MailboxState { Failures = 1, SetAside = 20, Since = since, Reply = "login refused" });
        Assert.Equal(
            [
                new TodayAlert(TodayAlertKind.Mailbox, null, "login refused") { Name = mailbox.Name, Count = 1, At = since },
                new TodayAlert(TodayAlertKind.Returns) { Name = mailbox.Name, Count = 20 },
            ],
            (await today.ExecuteAsync(DeliveryFixture.Cancellation)).Alerts);
        Assert.Empty((await TodayAsync()).Alerts);

        async Task SetAsync(MailboxState state) => await states.ReleaseAsync(
            "1", (await states.TakeAsync("1", evenEarly: true, DeliveryFixture.Cancellation))!, state, DeliveryFixture.Cancellation);
    }

    [Fact]
    public async Task Readers_who_did_not_get_it_are_listed_from_any_id_on()
    {
        await fixture.SubscribeAsync(30);
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        var number = 0;
        fixture.Relay.AnswerWith(_ => Interlocked.Increment(ref number) % 3 == 0 ? ScriptedRelay.Full : ScriptedRelay.Ok);
        await fixture.RunAsync(TimeSpan.FromMinutes(1));
        var wanted = fixture.Ledger(fixture.Today).Where(row => row.State == DeliveryState.Rejected).Select(row => row.SubscriberId);
        var (list, found, run) = (fixture.Program.Get<ListNotSent>(), new List<string>(), (await fixture.RunOfAsync(fixture.Today))!);
        string? after = null;
        do
        {
            var page = await list.ExecuteAsync(run, after, 4, withAddresses: true, DeliveryFixture.Cancellation);
            Assert.InRange(page.Readers.Count, page.Next is null ? 0 : 1, 4);
            Assert.All(page.Readers, one => Assert.Equal(DeliveryFixture.Address(one.Delivery.SubscriberId), one.Address));
            found.AddRange(page.Readers.Select(one => one.Delivery.SubscriberId));
            after = page.Next;
        }
        while (after is not null);

        Assert.Equal(wanted.Order(StringComparer.Ordinal), found);
        Assert.Equal(10, found.Count);
    }

    private Task<TodayReport> TodayAsync() => fixture.Program.Get<LookAtToday>().ExecuteAsync(DeliveryFixture.Cancellation);

    private static async Task<RunStanding> LookAsync(DeliveryFixture of)
    {
        var run = (await of.RunOfAsync(of.Today))!;
        return Assert.Single(await of.Program.Get<WatchRuns>().ExecuteAsync([run], DeliveryFixture.Cancellation));
    }

    /// <summary>An open run of one part in that state, without readers.</summary>
    private async Task<Run> OpenAsync(Func<PartControl, PartControl> change)
    {
        var cohort = new Cohort(DeliveryFixture.Utc, 7, Rhythm.Daily);
        var runs = fixture.Program.Get<RunStore>();
        var run = await runs.BeginAsync(
            new Run
            {
                Date = fixture.Today,
                Cohort = cohort.Key,
                State = RunState.Open,
                Due = fixture.Time.GetUtcNow(),
                Started = fixture.Time.GetUtcNow(),
                Deadline = fixture.Time.GetUtcNow().AddHours(12),
                Slices = 1,
            },
            DeliveryFixture.Cancellation);
        var part = new Part(run.Date, Part.Whole, run.Cohort);
        await fixture.Tables.WriteAsync(
            Tables.Ledger, part.Partition, TableWrite.Upsert(change(new PartControl()).ToRow(part)), DeliveryFixture.Cancellation);
        return run;
    }
}
