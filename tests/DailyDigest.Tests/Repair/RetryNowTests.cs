using DailyDigest.Calendar;
using DailyDigest.Repair;
using DailyDigest.Runs;
using DailyDigest.Sending;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Storage;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Repair;

/// <summary>Deferred messages are retried at an operator's order, once, and only by the part's owner.</summary>
public sealed class RetryNowTests
{
    private const int Readers = 40;

    private DeliveryFixture fixture = new();
    private IReadOnlyList<string> ids = [];

    private static string Cohort => new Cohort(DeliveryFixture.Utc, 7, Rhythm.Daily).Key;

    [Fact]
    public async Task A_deferred_reader_gets_it_at_once_and_the_run_closes()
    {
        await PutOffAsync();
        Assert.Equal(new RetryNowReport(16, 4, 0, 0), await NowAsync(dryRun: true));
        await DeliverAsync();
        Assert.Equal(Readers - 16, fixture.Relay.Inbox.Count);

        Assert.Equal(new RetryNowReport(16, 4, 0, 0), await NowAsync());
        Assert.Equal(new RetryNowReport(16, 4, 0, 0), await NowAsync());
        await DeliverAsync();
        await CheckAsync();
        Assert.Equal(new RetryNowReport(0, 0, 0, 0), await NowAsync());
    }

    [Fact]
    public async Task A_retry_asks_a_refusing_relay_at_once_and_again_after_a_minute()
    {
        await ReadyAsync();
        fixture.Relay.AnswerWith(_ => ScriptedRelay.Refusal);
        await fixture.RunAsync(TimeSpan.FromMinutes(90));
        Assert.True(Assert.Single(fixture.Controls()).NextRetry > fixture.Time.GetUtcNow() + TimeSpan.FromMinutes(10));

        var found = await NowAsync(dryRun: true);
        Assert.Equal((Readers, true), (found.Total, found is { Deferred: > 0, NotTakenUp: > 0, InDoubt: 0 }));
        Assert.Equal(found, await NowAsync());
        await DeliverAsync();
        Assert.Equal(fixture.Time.GetUtcNow() + TimeSpan.FromMinutes(1), Assert.Single(fixture.Controls()).NextRetry);

        fixture.Relay.Answer = null;
        Assert.Equal(Readers, (await NowAsync()).Total);
        await DeliverAsync();
        Assert.Equal((RunState.Closed, Readers), ((await RunAsync()).State, fixture.Relay.Inbox.Count));
    }

    [Theory]
    [InlineData("1000", false)]
    [InlineData("1000", true)]
    [InlineData("1", false)]
    public async Task Stopped_at_any_write_nobody_is_lost_or_gets_two(string sliceFrom, bool after)
    {
        for (var at = 1; ; at++)
        {
            fixture = new DeliveryFixture(("Delivery:SliceFrom", sliceFrom));
            await PutOffAsync();
            var verb = fixture.Start(after ? new FaultPlan { StopAfter = at } : new FaultPlan { StopBefore = at });
            await Record.ExceptionAsync(() => NowAsync(program: verb));
            Assert.Equal(Readers - 16, fixture.Relay.Inbox.Count);
            await fixture.RunAsync(TimeSpan.FromMinutes(80));
            await CheckAsync();
            if (!verb.Plan.Stopped)
            {
                Assert.InRange(at, 4, 100);
                return;
            }

            at += at > 12 ? 6 : 0;
        }
    }

    [Fact]
    public async Task A_service_and_a_second_call_between_any_two_steps_double_nothing()
    {
        await PutOffAsync();
        var (one, other, service) = (fixture.Start(), fixture.Start(), fixture.Start());
        one.Plan.Before = async call =>
        {
            await service.RunOnceAsync();
            if (call.Writes)
            {
                await NowAsync(program: other);
                await service.Get<DeliverPart>()
                    .ExecuteAsync(new Part(fixture.Today, Part.Whole, Cohort).ToString(), DeliveryFixture.Cancellation);
            }
        };
        await NowAsync(program: one);
        await NowAsync();
        await DeliverAsync();
        await CheckAsync();
    }

    [Fact]
    public async Task A_reader_who_leaves_or_is_held_between_any_two_steps_gets_nothing()
    {
        for (var at = 1; ; at++)
        {
            fixture = new DeliveryFixture();
            await PutOffAsync();
            var (verb, calls, inDoubt) =
                (fixture.Start(), 0, fixture.Ledger(fixture.Today).First(row => row.State == DeliveryState.Unknown).SubscriberId);
            verb.Plan.Before = async _ =>
            {
                if (Interlocked.Increment(ref calls) == at)
                {
                    await fixture.Program.Get<Unsubscribe>().ExecuteAsync(ids[0], DeliveryFixture.Cancellation);
                    await fixture.Program.Get<HoldInDoubt>().ExecuteAsync(await RunAsync(), dryRun: false, DeliveryFixture.Cancellation);
                }
            };
            await NowAsync(program: verb);
            if (calls < at)
            {
                Assert.InRange(at, 6, 100);
                return;
            }

            // The run does not wait for the time at which they would have been retried.
            await NowAsync();
            await DeliverAsync();
            Assert.DoesNotContain(fixture.Relay.Inbox, seen => seen.To == DeliveryFixture.Address(ids[0]));
            Assert.Single(fixture.Relay.Inbox, seen => seen.To == DeliveryFixture.Address(inDoubt));
            var run = await RunAsync();
            Assert.Equal((RunState.Closed, 1L, 4L, (long)Readers),
                (run.State, run.Counts[DeliveryState.Withheld], run.Counts[DeliveryState.Held], run.Counts.Values.Sum()));
        }
    }

    [Theory]
    [InlineData(RunOrder.Pause)]
    [InlineData(RunOrder.Cancel)]
    public async Task An_order_that_comes_between_any_two_steps_is_obeyed(RunOrder order)
    {
        for (var at = 1; ; at++)
        {
            fixture = new DeliveryFixture();
            await PutOffAsync();
            var (verb, calls, before) = (fixture.Start(), 0, fixture.Relay.Offered.Count);
            verb.Plan.Before = async _ =>
            {
                if (Interlocked.Increment(ref calls) == at)
                {
                    await fixture.Program.Get<SteerRun>().ExecuteAsync(fixture.Today, Cohort, order, DeliveryFixture.Cancellation);
                }
            };
            await NowAsync(program: verb);
            if (calls < at)
            {
                Assert.InRange(at, 6, 100);
                return;
            }

            await DeliverAsync();
            Assert.Equal(before, fixture.Relay.Offered.Count);
            Assert.Equal(order == RunOrder.Cancel ? RunState.Closed : RunState.Open, (await RunAsync()).State);
        }
    }

    [Fact]
    public async Task A_part_in_a_workers_hands_is_said_and_stays_as_it_is()
    {
        await PutOffAsync();
        await fixture.SteerAsync(control => control with { Owner = "elsewhere:1:2:3", Sequence = control.Sequence + 1 });
        var before = fixture.Ledger(fixture.Today);
        Assert.Equal(new RetryNowReport(0, 0, 0, 20), await NowAsync(dryRun: true));
        Assert.Equal(new RetryNowReport(0, 0, 0, 20), await NowAsync());
        Assert.Equal(before, fixture.Ledger(fixture.Today));
    }

    [Theory]
    [InlineData(4, "1000")]
    [InlineData(Readers, "1000")]
    [InlineData(Readers, "1")]
    public async Task A_run_whose_readers_have_all_left_closes_without_the_relay(int readers, string sliceFrom)
    {
        fixture = new DeliveryFixture(("Delivery:SliceFrom", sliceFrom));
        await ReadyAsync(readers);
        fixture.Relay.AnswerWith(_ => ScriptedRelay.Refusal);
        await fixture.RunAsync(TimeSpan.FromMinutes(90));
        var offered = fixture.Relay.Offered.Count;
        foreach (var id in ids.Skip(1))
        {
            await fixture.Program.Get<Unsubscribe>().ExecuteAsync(id, DeliveryFixture.Cancellation);
        }

        await fixture.RunAsync(TimeSpan.FromMinutes(3));
        Assert.Equal(RunState.Open, (await RunAsync()).State);
        Assert.Contains(fixture.Controls(), control => control.NextRetry > fixture.Time.GetUtcNow() + TimeSpan.FromMinutes(3));
        await fixture.Program.Get<Unsubscribe>().ExecuteAsync(ids[0], DeliveryFixture.Cancellation);
        await fixture.RunAsync(TimeSpan.FromMinutes(2));
        var run = await RunAsync();
        Assert.Equal(
            (RunState.Closed, (long)readers, offered), (run.State, run.Counts[DeliveryState.Withheld], fixture.Relay.Offered.Count));
        Assert.DoesNotContain(fixture.Tables.Everything, one => one.Table == Tables.Ledger && one.Row.Key[0] == '~');
    }

    [Fact]
    public async Task A_run_whose_last_are_held_or_have_left_closes_before_their_time_comes()
    {
        await PutOffAsync();
        foreach (var id in ids.Take(16))
        {
            await fixture.Program.Get<Unsubscribe>().ExecuteAsync(id, DeliveryFixture.Cancellation);
        }

        await fixture.RunAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(RunState.Open, (await RunAsync()).State);
        await fixture.Program.Get<HoldInDoubt>().ExecuteAsync(await RunAsync(), dryRun: false, DeliveryFixture.Cancellation);
        await fixture.RunAsync(TimeSpan.FromMinutes(2));
        var run = await RunAsync();
        Assert.Equal((RunState.Closed, 16L, 4L, 20L),
            (run.State, run.Counts[DeliveryState.Withheld], run.Counts[DeliveryState.Held], run.Counts[DeliveryState.Sent]));
    }

    private async Task ReadyAsync(int readers = Readers)
    {
        ids = await fixture.SubscribeAsync(readers);
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
    }

    /// <summary>An open run: 16 readers are deferred for most of an hour, and 4 of 24 others are in doubt for as long.</summary>
    private async Task PutOffAsync()
    {
        await ReadyAsync();
        var later = ids.Take(16).Select(DeliveryFixture.Address).ToHashSet();
        var doubtful = ids.Skip(20).Take(4).Select(DeliveryFixture.Address).ToHashSet();
        var broken = new HashSet<string>();
        fixture.Relay.AnswerWith(mail => later.Contains(mail.To.Value) ? ScriptedRelay.Later
            : !doubtful.Contains(mail.To.Value) ? ScriptedRelay.Ok
            : broken.Add(mail.To.Value) ? ScriptedRelay.Broken : ScriptedRelay.Later);
        await fixture.RunAsync(TimeSpan.FromMinutes(30));
        Assert.Equal((16, 4), (Count(DeliveryState.Deferred), Count(DeliveryState.Unknown)));
        fixture.Relay.Answer = null;

        int Count(DeliveryState state) => fixture.Ledger(fixture.Today)
            .Count(row => row.State == state && row.Until > fixture.Time.GetUtcNow() + TimeSpan.FromMinutes(5));
    }

    private async Task CheckAsync()
    {
        Assert.Equal(Readers + 4, fixture.Relay.Inbox.Count);
        Assert.Equal(Readers, fixture.Relay.Inbox.DistinctBy(seen => seen.MessageId).Count());
        var run = await RunAsync();
        Assert.Equal((RunState.Closed, (long)Readers, (long)Readers), (run.State, run.Counts[DeliveryState.Sent], run.Counts.Values.Sum()));
        Assert.DoesNotContain(fixture.Tables.Everything, one => one.Table == Tables.Ledger && one.Row.Key[0] == '~');
    }

    private async Task<Run> RunAsync() => (await fixture.RunOfAsync(fixture.Today))!;

    /// <summary>As the command does: the parts are delivered without a hint.</summary>
    private async Task DeliverAsync()
    {
        foreach (var slice in Part.SlicesOf((await RunAsync()).Slices))
        {
            await fixture.Program.Get<DeliverPart>()
                .ExecuteAsync(new Part(fixture.Today, slice, Cohort).ToString(), DeliveryFixture.Cancellation);
        }
    }

    private async Task<RetryNowReport> NowAsync(bool dryRun = false, Program? program = null) =>
        await (program ?? fixture.Program).Get<RetryNow>().ExecuteAsync(await RunAsync(), dryRun, DeliveryFixture.Cancellation);
}
