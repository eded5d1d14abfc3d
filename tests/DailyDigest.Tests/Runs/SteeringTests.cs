using DailyDigest.Calendar;
using DailyDigest.Reporting;
using DailyDigest.Runs;
using DailyDigest.Testing.Storage;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Runs;

public sealed class SteeringTests
{
    // Committed before the order: twice the connections, and as many again in a batch that met it.
    private const int MaxCommitted = 16;

    private readonly DeliveryFixture fixture = new();

    [Fact]
    public async Task A_run_that_is_paused_in_the_middle_begins_nothing_more_until_it_goes_on()
    {
        await ReadyAsync();
        using var gate = new SemaphoreSlim(1);
        SteerAtTheFifth(gate, control => control with { Paused = true }, _ => ScriptedRelay.Ok);
        await fixture.RunAsync(TimeSpan.FromMinutes(30));

        Assert.InRange(fixture.Relay.Inbox.Count, 5, 5 + MaxCommitted);
        Assert.DoesNotContain(fixture.Ledger(fixture.Today), row => row.State == DeliveryState.Attempting);
        var report = Assert.Single(await fixture.Program.Get<ReportRun>().ExecuteAsync(fixture.Today, DeliveryFixture.Cancellation));
        Assert.True(report.Paused);

        await fixture.SteerAsync(control => control with { Paused = false });
        await fixture.RunAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(300, fixture.Relay.Inbox.Count);
        Assert.Equal(300, fixture.Relay.Inbox.DistinctBy(seen => seen.To).Count());
    }

    [Fact]
    public async Task A_run_that_is_cancelled_withholds_what_was_not_sent_and_accounts_for_everybody()
    {
        await ReadyAsync();
        using var gate = new SemaphoreSlim(1);
        SteerAtTheFifth(
            gate, control => control with { Cancelled = true }, number => number % 2 == 0 ? ScriptedRelay.Later : ScriptedRelay.Ok);
        await fixture.RunAsync(TimeSpan.FromMinutes(3));

        var run = await fixture.RunOfAsync(fixture.Today);
        Assert.Equal(RunState.Closed, run!.State);
        Assert.Equal(300, run.Counts.Values.Sum());
        Assert.Equal(fixture.Relay.Inbox.Count, run.Counts[DeliveryState.Sent]);
        Assert.Equal(300 - fixture.Relay.Inbox.Count, run.Counts[DeliveryState.Withheld]);
        Assert.InRange(fixture.Relay.Offered.Count, 5, 5 + MaxCommitted);
    }

    [Fact]
    public async Task A_run_that_waits_for_the_relay_or_is_paused_can_be_cancelled_at_once()
    {
        await ReadyAsync();
        fixture.Relay.AnswerWith(_ => ScriptedRelay.Refusal);
        await fixture.RunAsync(TimeSpan.FromMinutes(30));
        await fixture.SteerAsync(control => control with { Paused = true, Cancelled = true });
        await fixture.RunAsync(TimeSpan.FromMinutes(2));

        Assert.Equal(300, (await fixture.RunOfAsync(fixture.Today))!.Counts[DeliveryState.Withheld]);
    }

    [Fact]
    public async Task An_order_says_what_it_met_and_may_be_given_twice()
    {
        await ReadyAsync();
        Assert.Null(await SteerAsync(fixture.Program, RunOrder.Pause));
        await fixture.Program.TickAsync();

        var paused = (await SteerAsync(fixture.Program, RunOrder.Pause))!;
        Assert.Equal((true, true, 1, 0, 0L), (paused.Obeyed, paused.Changed, paused.Parts, paused.InHand, paused.Settled));
        Assert.False((await SteerAsync(fixture.Program, RunOrder.Pause))!.Changed);
        await fixture.RunAsync(TimeSpan.FromMinutes(5));
        Assert.Empty(fixture.Relay.Offered);

        Assert.True((await SteerAsync(fixture.Program, RunOrder.Resume))!.Changed);
        Assert.False((await SteerAsync(fixture.Program, RunOrder.Resume))!.Changed);
        await fixture.Program.DeliverAsync();
        Assert.Equal(300, fixture.Relay.Inbox.Count);
        foreach (var order in Enum.GetValues<RunOrder>())
        {
            var refused = (await SteerAsync(fixture.Program, order))!;
            Assert.Equal((false, RunState.Closed), (refused.Obeyed, refused.Run.State));
        }
    }

    [Theory]
    [InlineData(RunOrder.Pause)]
    [InlineData(RunOrder.Cancel)]
    public async Task An_order_at_any_write_of_a_run_holds_from_then_on(RunOrder order)
    {
        for (var at = 1; ; at++)
        {
            var own = new DeliveryFixture();
            await own.SubscribeAsync(12);
            await own.PublishAsync();
            own.GoTo(2, 7);
            var offered = 0;
            SteeredRun? steered = null;
            var (worker, writes) = (own.Start(), 0);
            worker.Plan.Before = async call =>
            {
                if (call.Writes && Interlocked.Increment(ref writes) == at)
                {
                    steered = await SteerAsync(own.Program, order);
                    offered = own.Relay.Offered.Count;
                }
            };
            await worker.RunOnceAsync();
            own.Program = worker;
            await own.RunAsync(TimeSpan.FromMinutes(3));
            if (writes < at)
            {
                Assert.InRange(at, 10, 200);
                return;
            }

            var run = (await own.RunOfAsync(own.Today))!;
            if (steered is not { Obeyed: true })
            {
                // It came before there was a run, or when it was over.
                Assert.Equal((RunState.Closed, 12), (run.State, own.Relay.Inbox.Count));
                continue;
            }

            // Messages committed before may still be sent.
            Assert.InRange(own.Relay.Offered.Count, offered, offered + 8);
            if (order == RunOrder.Pause)
            {
                Assert.True(run.State == RunState.Closed ? own.Relay.Inbox.Count == 12 : own.Controls().All(control => control.Paused));
                await SteerAsync(own.Program, RunOrder.Resume);
                await own.RunAsync(TimeSpan.FromMinutes(3));
                Assert.Equal(12, own.Relay.Inbox.DistinctBy(seen => seen.To).Count());
            }

            run = (await own.RunOfAsync(own.Today))!;
            Assert.Equal((RunState.Closed, 12L), (run.State, run.Counts.Values.Sum()));
            Assert.Equal(own.Relay.Inbox.Count, run.Counts.GetValueOrDefault(DeliveryState.Sent));
            Assert.Equal(12, own.Relay.Inbox.Count + run.Counts.GetValueOrDefault(DeliveryState.Withheld));
        }
    }

    [Theory]
    [InlineData(RunOrder.Pause)]
    [InlineData(RunOrder.Resume)]
    [InlineData(RunOrder.Cancel)]
    public async Task An_operator_who_is_stopped_half_way_is_obeyed_by_every_part(RunOrder order)
    {
        for (var at = 1; ; at++)
        {
            var own = new DeliveryFixture(("Delivery:SliceFrom", "1"));
            await own.SubscribeAsync(40);
            await own.PublishAsync();
            own.GoTo(2, 7);
            await own.Program.TickAsync();
            if (order == RunOrder.Resume)
            {
                await SteerAsync(own.Program, RunOrder.Pause);
            }

            var verb = own.Start(new FaultPlan { StopAfter = at });
            try
            {
                await SteerAsync(verb, order);
                Assert.False(verb.Plan.Stopped);
                Assert.InRange(at, 16, 100);
                return;
            }
            catch (ProgramStoppedException)
            {
                await own.RunAsync(TimeSpan.FromMinutes(5));
            }

            Assert.Equal(order == RunOrder.Resume ? 40 : 0, own.Relay.Inbox.Count);
            Assert.Equal(order == RunOrder.Pause ? RunState.Open : RunState.Closed, (await own.RunOfAsync(own.Today))!.State);
        }
    }

    [Fact]
    public async Task An_idle_owner_whose_relay_is_slow_takes_notice_within_ten_seconds()
    {
        await ReadyAsync();
        await fixture.Program.TickAsync();
        using var waits = new SemaphoreSlim(0);
        var owner = fixture.Start(time: new WatchedTime(fixture.Time, due => _ = due == TimeSpan.FromSeconds(10) ? waits.Release() : 0));
        var answer = new TaskCompletionSource<SendResult>();
        fixture.Relay.Answer = (_, _) => answer.Task;
        var delivering = owner.DeliverAsync();
        await waits.WaitAsync(DeliveryFixture.Cancellation);
        var offered = fixture.Relay.Offered.Count;
        var before = Assert.Single(fixture.Controls()).Sequence;
        Assert.Equal(1, (await SteerAsync(fixture.Program, RunOrder.Pause))!.InHand);

        fixture.Advance(TimeSpan.FromSeconds(10));
        await waits.WaitAsync(DeliveryFixture.Cancellation);
        var control = Assert.Single(fixture.Controls());
        Assert.Equal((before + 1, true), (control.Sequence, control.Paused));
        answer.SetResult(ScriptedRelay.Ok);
        await delivering;

        // Only the messages that were committed before the order.
        Assert.InRange(fixture.Relay.Offered.Count, offered, 8);
        Assert.DoesNotContain(fixture.Ledger(fixture.Today), row => row.State == DeliveryState.Attempting);
    }

    private static Task<SteeredRun?> SteerAsync(Program program, RunOrder order) => program.Get<SteerRun>().ExecuteAsync(
        new DateOnly(2026, 3, 2), new Cohort(DeliveryFixture.Utc, 7, Rhythm.Daily).Key, order, DeliveryFixture.Cancellation);

    /// <summary>
    /// Messages are answered one at a time, by their number from 1 on; the order is given before the fifth is answered. Without the gate
    /// the other senders could finish the run while this one gives the order.
    /// </summary>
    private void SteerAtTheFifth(SemaphoreSlim gate, Func<PartControl, PartControl> order, Func<int, SendResult> answer)
    {
        var answered = 0;
        fixture.Relay.Answer = async (_, stop) =>
        {
            await gate.WaitAsync(stop);
            try
            {
                if (++answered == 5)
                {
                    await fixture.SteerAsync(order);
                }

                return answer(answered);
            }
            finally
            {
                gate.Release();
            }
        };
    }

    private async Task ReadyAsync()
    {
        await fixture.SubscribeAsync(300);
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
    }
}
