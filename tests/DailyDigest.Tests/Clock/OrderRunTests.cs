using DailyDigest.Accounts;
using DailyDigest.Calendar;
using DailyDigest.Clock;
using DailyDigest.Reporting;
using DailyDigest.Runs;
using DailyDigest.Testing.Storage;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Clock;

/// <summary>An operator's acts, with workers and a relay: what was foreseen happens, once, and only to the run that was seen.</summary>
public sealed class OrderRunTests
{
    private const int Readers = 20;
    private static readonly Actor Ada = new("a-1", "Ada");

    private DeliveryFixture fixture = new();

    private static string Cohort => new Cohort(DeliveryFixture.Utc, 7, Rhythm.Daily).Key;

    [Theory]
    [InlineData("1000")]
    [InlineData("1")]
    public async Task Waiting_readers_are_retried_and_get_it_once(string sliceFrom)
    {
        fixture = new DeliveryFixture(("Delivery:SliceFrom", sliceFrom));
        await ReadyAsync();
        fixture.Relay.AnswerWith(_ => ScriptedRelay.Later);
        await fixture.RunAsync(TimeSpan.FromMinutes(2));
        fixture.Relay.Answer = null;
        var outlook = await ForeseeAsync(RunAct.Retry);
        Assert.Equal((null, Readers, true), (outlook.Refusal, (int)outlook.Readers!, outlook.IsExact));

        var ordered = await OrderAsync(RunAct.Retry);
        Assert.Equal(sliceFrom == "1" ? OrderOutcome.Later : OrderOutcome.Done, ordered.Outcome);
        await fixture.Program.RunOnceAsync();

        Assert.Equal(Readers, fixture.Relay.Inbox.DistinctBy(seen => seen.To).Count());
        Assert.Equal(Readers, fixture.Relay.Inbox.Count);
        var run = await RunAsync();
        Assert.Equal((RunState.Closed, null, (long)Readers), (run.State, run.Ordered, run.LastTask!.Readers));
    }

    [Theory]
    [InlineData("1000")]
    [InlineData("1")]
    public async Task A_cancelled_run_is_withheld_by_workers_and_sent_to_the_missing(string sliceFrom)
    {
        fixture = new DeliveryFixture(("Delivery:SliceFrom", sliceFrom));
        await ReadyAsync();
        await fixture.Program.TickAsync();
        Assert.Equal(OrderOutcome.Done, (await OrderAsync(RunAct.Cancel)).Outcome);
        Assert.Empty(fixture.Ledger(fixture.Today));
        await fixture.RunAsync(TimeSpan.FromMinutes(1));
        Assert.Equal((0, Readers), (fixture.Relay.Inbox.Count, (int)(await RunAsync()).Counts[DeliveryState.Withheld]));

        Assert.Equal(Readers, (await ForeseeAsync(RunAct.Missing)).Readers);
        await OrderAsync(RunAct.Missing);
        await fixture.RunAsync(TimeSpan.FromMinutes(1));

        Assert.Equal((RunState.Closed, Readers), ((await RunAsync()).State, fixture.Relay.Inbox.DistinctBy(seen => seen.To).Count()));
        Assert.Equal(Readers, fixture.Relay.Inbox.Count);
    }

    [Theory]
    [InlineData(RunAct.Retry)]
    [InlineData(RunAct.Missing)]
    public async Task An_order_that_was_stopped_at_any_write_is_carried_out_by_the_sweep(RunAct act)
    {
        for (var at = 1; ; at++)
        {
            fixture = new DeliveryFixture();
            await ReadyAsync();
            fixture.Relay.AnswerWith(_ => act == RunAct.Retry ? ScriptedRelay.Later : ScriptedRelay.Full);
            await fixture.RunAsync(TimeSpan.FromMinutes(2));
            fixture.Relay.Answer = null;
            var program = fixture.Start(new FaultPlan { StopBefore = at });
            await Record.ExceptionAsync(() => OrderAsync(act, program));
            var isOrdered = (await RunAsync()).Ordered is not null;
            await fixture.RunAsync(TimeSpan.FromMinutes(15));

            var run = await RunAsync();
            Assert.Null(run.Ordered);

            // Readers who wait are tried again later in any case.
            Assert.Equal(at > 1 || act == RunAct.Retry ? Readers : 0, fixture.Relay.Inbox.DistinctBy(seen => seen.To).Count());
            Assert.Equal(fixture.Relay.Inbox.Count, fixture.Relay.Inbox.DistinctBy(seen => seen.To).Count());
            if (!program.Plan.Stopped)
            {
                Assert.InRange(at, 4, 100);
                return;
            }

            Assert.Equal(at > 1, isOrdered || run.LastTask is not null);
        }
    }

    [Fact]
    public async Task An_act_on_a_run_that_was_changed_since_does_nothing()
    {
        await ReadyAsync();
        await fixture.Program.TickAsync();
        var seen = await RunAsync();
        Assert.Equal(OrderOutcome.Done, (await OrderAsync(RunAct.Pause, version: seen.ETag)).Outcome);
        var paused = await RunAsync();
        foreach (var act in Enum.GetValues<RunAct>())
        {
            Assert.Equal(OrderOutcome.Changed, (await OrderAsync(act, version: seen.ETag)).Outcome);
        }

        Assert.Equal(paused.ETag, (await RunAsync()).ETag);
        Assert.Equal(OrderOutcome.Changed, (await OrderAsync(RunAct.Resume, version: "")).Outcome);
    }

    [Fact]
    public async Task A_change_between_the_check_and_the_write_is_noticed()
    {
        await ReadyAsync();
        await fixture.Program.TickAsync();
        var (seen, second) = (await RunAsync(), fixture.Start());
        var reads = 0;
        second.Plan.Before = async call =>
        {
            if (call.Writes && Interlocked.Increment(ref reads) == 1)
            {
                await OrderAsync(RunAct.Cancel, version: seen.ETag);
            }
        };
        Assert.Equal(OrderOutcome.Changed, (await OrderAsync(RunAct.Pause, second, seen.ETag)).Outcome);
        Assert.Equal((true, false), ((await RunAsync()).Cancelled, (await RunAsync()).Paused));
    }

    [Fact]
    public async Task A_missed_run_begins_at_the_next_tick_after_its_order()
    {
        await ReadyAsync();
        fixture.GoTo(2, 14);
        await fixture.Program.RunOnceAsync();
        Assert.True((await RunAsync()).Missed);

        Assert.Equal(OrderOutcome.Later, (await OrderAsync(RunAct.Begin)).Outcome);
        Assert.Empty(fixture.Relay.Inbox);
        await fixture.Program.RunOnceAsync();

        Assert.Equal(Readers, fixture.Relay.Inbox.Count);
        Assert.Equal((OrderOutcome.Refused, RunRefusal.NotMissed), await RefusedAsync(RunAct.Begin));
    }

    [Fact]
    public async Task An_order_for_no_run_is_not_found()
    {
        foreach (var key in new[] { Cohort, "", "x", "$slices", "daily_07_Etc.UTC\0", "../x" })
        {
            Assert.Equal(OrderOutcome.NotFound, (await fixture.Program.Get<OrderRun>().ExecuteAsync(
                Ada, fixture.Today, key, RunAct.Pause, "1", DeliveryFixture.Cancellation)).Outcome);
        }
    }

    [Fact]
    public async Task A_closed_run_keeps_why_its_deliveries_were_not_sent()
    {
        await ReadyAsync();
        var number = 0;
        fixture.Relay.AnswerWith(_ => Interlocked.Increment(ref number) % 4 == 0 ? ScriptedRelay.Full : ScriptedRelay.Ok);
        await fixture.RunAsync(TimeSpan.FromMinutes(1));
        var reason = Assert.Single((await RunAsync()).Reasons);
        Assert.Equal(new ReasonCount(DeliveryState.Rejected, "mailbox-full: 552 5.2.2 mailbox full", 5), reason);
    }

    private async Task ReadyAsync()
    {
        await fixture.SubscribeAsync(Readers);
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
    }

    private async Task<Run> RunAsync() => (await fixture.RunOfAsync(fixture.Today))!;

    private async Task<RunOutlook> ForeseeAsync(RunAct act) =>
        await fixture.Program.Get<ForeseeAct>().ExecuteAsync(await RunAsync(), act, DeliveryFixture.Cancellation);

    private async Task<OrderedRun> OrderAsync(RunAct act, Program? program = null, string? version = null) =>
        await (program ?? fixture.Program).Get<OrderRun>().ExecuteAsync(
            Ada, fixture.Today, Cohort, act, version ?? (await RunAsync()).ETag, DeliveryFixture.Cancellation);

    private async Task<(OrderOutcome Outcome, RunRefusal? Refusal)> RefusedAsync(RunAct act)
    {
        var ordered = await OrderAsync(act);
        return (ordered.Outcome, ordered.Refusal);
    }
}
