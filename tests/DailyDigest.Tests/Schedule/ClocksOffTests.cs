using DailyDigest.Calendar;
using DailyDigest.Runs;
using DailyDigest.Sending;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Storage;
using DailyDigest.Tests.Delivery;

namespace DailyDigest.Tests.Schedule;

/// <summary>Machines on one store whose clocks are ten minutes off, one early, one late.</summary>
public sealed class ClocksOffTests
{
    private const int Readers = 30;
    private readonly World world = new();

    [Fact]
    public async Task The_digest_comes_at_most_ten_minutes_early_or_late_and_once_also_when_programs_are_stopped()
    {
        var ids = await world.SubscribeAsync(Readers);
        await world.PublishAsync();
        world.GoTo(2, 6, 40);
        var (stops, turn) = (0, 0);
        Program? early = null, late = null;
        for (; world.Time.GetUtcNow().Hour < 8; world.Advance(TimeSpan.FromSeconds(30)), turn++)
        {
            // The early one is stopped in its run, once; then the late one is, while it takes over.
            early ??= world.Start(new FaultPlan { StopAfter = stops == 0 ? 18 : null }, time: new ShiftedTime(world.Time, TimeSpan.FromMinutes(10)));
            late ??= world.Start(new FaultPlan { StopAfter = stops == 1 ? 4 : null }, time: new ShiftedTime(world.Time, TimeSpan.FromMinutes(-10)));
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
        Assert.Equal(ids.Select(World.Address).Order(), world.Relay.Inbox.Select(seen => seen.To).Distinct().Order());
        Assert.InRange(world.Relay.Inbox.Count, Readers, Readers + world.Ledger(world.Today).Sum(row => row.Crashes));
        Assert.All(world.Relay.Inbox, seen => Assert.InRange(seen.At.TimeOfDay, new TimeSpan(6, 50, 0), new TimeSpan(7, 20, 0)));
        Assert.Equal(RunState.Closed, (await world.RunOfAsync(world.Today))!.State);
        Assert.Equal(Readers, (await world.RunOfAsync(world.Today))!.Counts[DeliveryState.Sent]);
    }

    /// <summary>The age of a lease is the store's to tell: nobody takes a part too early because of a clock, and nobody too late.</summary>
    [Theory]
    [InlineData(10)]
    [InlineData(-10)]
    public async Task A_part_is_taken_over_when_its_lease_has_passed_by_the_stores_clock(int minutesOff)
    {
        await world.SubscribeAsync(Readers);
        await world.PublishAsync();
        world.GoTo(2, 7);
        await world.Program.TickAsync();
        var hint = new Part(world.Today, Part.Whole, new Cohort(World.Utc, 7, Rhythm.Daily).Key).ToString();
        var (frozen, reached, thaw) = (world.Start(), new TaskCompletionSource(), new TaskCompletionSource());
        var batches = 0;
        frozen.Plan.Before = call =>
        {
            var stops = call is { Operation: "Write", Place: Tables.Ledger } && ++batches == 4 && reached.TrySetResult();
            return stops ? thaw.Task : Task.CompletedTask;
        };
        var first = frozen.Get<DeliverPart>().ExecuteAsync(hint, World.Cancellation);
        await reached.Task;

        var other = world.Start(time: new ShiftedTime(world.Time, TimeSpan.FromMinutes(minutesOff)));
        world.Advance(TimeSpan.FromSeconds(89));
        Assert.Equal(PartOutcome.Busy, await other.Get<DeliverPart>().ExecuteAsync(hint, World.Cancellation));
        world.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(PartOutcome.Done, await other.Get<DeliverPart>().ExecuteAsync(hint, World.Cancellation));
        thaw.SetResult();
        Assert.Equal(PartOutcome.Lost, await first);
        Assert.Equal(Readers, world.Relay.Inbox.DistinctBy(seen => seen.To).Count());
    }

    [Fact]
    public async Task A_change_that_another_machine_has_just_begun_is_not_taken_for_left_behind()
    {
        var id = await world.SubscribeAsync();
        var early = world.Start(time: new ShiftedTime(world.Time, TimeSpan.FromMinutes(10)));
        var writer = world.Start();
        writer.Plan.Before = async call =>
        {
            if (call is { Operation: "Write", Place: Tables.Subscribers })
            {
                // Between the first two steps the tick of the early machine comes by, and after them the writer dies.
                await early.TickAsync();
                writer.Plan.After = _ => throw new ProgramStoppedException();
            }
        };
        await Assert.ThrowsAsync<ProgramStoppedException>(() => writer.Get<Unsubscribe>().ExecuteAsync(id, World.Cancellation));
        world.Advance(TimeSpan.FromMinutes(3));
        await world.Program.TickAsync();

        var entry = await world.Program.Get<AudienceStore>().GetAsync(new Cohort(World.Utc, 7, Rhythm.Daily), id, World.Cancellation);
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
