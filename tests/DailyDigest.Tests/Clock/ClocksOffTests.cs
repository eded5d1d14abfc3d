using DailyDigest.Calendar;
using DailyDigest.Runs;
using DailyDigest.Sending;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Storage;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Clock;

/// <summary>Machines on one store whose clocks are ten minutes wrong, one early, one late.</summary>
public sealed class ClocksOffTests
{
    private const int Readers = 30;
    private readonly DeliveryFixture fixture = new();

    [Fact]
    public async Task The_digest_comes_once_within_ten_minutes_though_programs_are_stopped()
    {
        var ids = await fixture.SubscribeAsync(Readers);
        await fixture.PublishAsync();
        fixture.GoTo(2, 6, 40);
        var (stops, turn) = (0, 0);
        Program? early = null, late = null;
        for (; fixture.Time.GetUtcNow().Hour < 8; fixture.Advance(TimeSpan.FromSeconds(30)), turn++)
        {
            // The early machine is stopped once, in its run. Then the late machine is stopped while it takes over.
            early ??= fixture.Start(
                new FaultPlan { StopAfter = stops == 0 ? 18 : null }, time: new ShiftedTime(fixture.Time, TimeSpan.FromMinutes(10)));
            late ??= fixture.Start(
                new FaultPlan { StopAfter = stops == 1 ? 4 : null }, time: new ShiftedTime(fixture.Time, TimeSpan.FromMinutes(-10)));
            var program = turn % 2 == 0 ? early : late;
            try
            {
                await program.RunOnceAsync();
            }
            catch (Exception) when (program.Plan.Stopped)
            {
                stops++;
                (early, late) = (null, null);
            }
        }

        Assert.Equal(2, stops);
        Assert.Equal(ids.Select(DeliveryFixture.Address).Order(), fixture.Relay.Inbox.Select(seen => seen.To).Distinct().Order());
        Assert.InRange(fixture.Relay.Inbox.Count, Readers, Readers + fixture.Ledger(fixture.Today).Sum(row => row.Crashes));
        Assert.All(fixture.Relay.Inbox, seen => Assert.InRange(seen.At.TimeOfDay, new TimeSpan(6, 50, 0), new TimeSpan(7, 20, 0)));
        Assert.Equal(RunState.Closed, (await fixture.RunOfAsync(fixture.Today))!.State);
        Assert.Equal(Readers, (await fixture.RunOfAsync(fixture.Today))!.Counts[DeliveryState.Sent]);
    }

    /// <summary>The store determines the age of a lease, so a wrong clock takes a part neither too early nor too late.</summary>
    [Theory]
    [InlineData(10)]
    [InlineData(-10)]
    public async Task A_part_is_taken_over_when_its_lease_has_passed_by_the_stores_clock(int minutesOff)
    {
        await fixture.SubscribeAsync(Readers);
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        await fixture.Program.TickAsync();
        var hint = new Part(fixture.Today, Part.Whole, new Cohort(DeliveryFixture.Utc, 7, Rhythm.Daily).Key).ToString();
        var (frozen, reached, thaw) = (fixture.Start(), new TaskCompletionSource(), new TaskCompletionSource());
        var batches = 0;
        frozen.Plan.Before = call =>
        {
            var stops = call is { Operation: "Write", Place: Tables.Ledger }
                && Interlocked.Increment(ref batches) == 4 && reached.TrySetResult();
            return stops ? thaw.Task : Task.CompletedTask;
        };
        var first = frozen.Get<DeliverPart>().ExecuteAsync(hint, DeliveryFixture.Cancellation);
        await reached.Task;

        var other = fixture.Start(time: new ShiftedTime(fixture.Time, TimeSpan.FromMinutes(minutesOff)));
        fixture.Advance(TimeSpan.FromSeconds(89));
        Assert.Equal(PartOutcome.Busy, await other.Get<DeliverPart>().ExecuteAsync(hint, DeliveryFixture.Cancellation));
        fixture.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(PartOutcome.Done, await other.Get<DeliverPart>().ExecuteAsync(hint, DeliveryFixture.Cancellation));
        thaw.SetResult();
        Assert.Equal(PartOutcome.Lost, await first);
        Assert.Equal(Readers, fixture.Relay.Inbox.DistinctBy(seen => seen.To).Count());
    }

    [Fact]
    public async Task A_change_just_begun_by_another_machine_is_not_taken_for_abandoned()
    {
        var id = await fixture.SubscribeAsync();
        var early = fixture.Start(time: new ShiftedTime(fixture.Time, TimeSpan.FromMinutes(10)));
        var writer = fixture.Start();
        writer.Plan.Before = async call =>
        {
            if (call is { Operation: "Write", Place: Tables.Subscribers })
            {
                // The tick of the early machine runs between the first two steps. After them the writer dies.
                await early.TickAsync();
                writer.Plan.After = _ => throw new ProgramStoppedException();
            }
        };
        await Assert.ThrowsAsync<ProgramStoppedException>(() => writer.Get<Unsubscribe>().ExecuteAsync(id, DeliveryFixture.Cancellation));
        fixture.Advance(TimeSpan.FromMinutes(3));
        await fixture.Program.TickAsync();

        var entry = await fixture.Program.Get<AudienceStore>()
            .GetAsync(new Cohort(DeliveryFixture.Utc, 7, Rhythm.Daily), id, DeliveryFixture.Cancellation);
        Assert.True(entry!.Removed);
    }

    private sealed class ShiftedTime(TimeProvider time, TimeSpan shift) : TimeProvider
    {
        public override long TimestampFrequency => time.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => time.GetUtcNow() + shift;

        public override long GetTimestamp() => time.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            time.CreateTimer(callback, state, dueTime, period);
    }
}
