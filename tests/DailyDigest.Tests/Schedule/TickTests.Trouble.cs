using DailyDigest.Calendar;
using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Testing.Storage;
using DailyDigest.Tests.Delivery;

namespace DailyDigest.Tests.Schedule;

/// <summary>Runs that were left half done, and cohorts that fail.</summary>
public sealed partial class TickTests
{
    [Fact]
    public async Task One_cohorts_trouble_does_not_keep_the_others()
    {
        await world.SubscribeAsync(1);
        var broken = new Cohort("Africa/Abidjan", 7, Rhythm.Daily);
        await world.SubscribeAsync(zone: broken.Zone);
        await world.PublishAsync();
        world.GoTo(2, 7);
        world.Program.Plan.Before = call => call is { Place: Tables.SentStories } && call.Partition == broken.Key
            ? throw new StorageException("This partition is out of reach.") : Task.CompletedTask;

        await Assert.ThrowsAsync<AggregateException>(world.Program.TickAsync);
        await world.Program.DeliverAsync();
        Assert.Single(world.Relay.Inbox);

        world.Program.Plan.Before = null;
        await world.Program.RunOnceAsync();
        Assert.Equal(2, world.Relay.Inbox.Count);
    }

    [Fact]
    public async Task A_run_whose_preparation_broke_off_is_taken_up_again_or_skipped_when_it_is_too_late()
    {
        await world.SubscribeAsync(1);
        await world.PublishAsync();
        world.GoTo(2, 7);
        world.Program.Plan.Before = call => call is { Operation: "Write", Place: Tables.Digests }
            ? throw new StorageException("Out of reach.") : Task.CompletedTask;
        await Assert.ThrowsAsync<AggregateException>(world.Program.TickAsync);
        Assert.Equal(RunState.Preparing, (await world.RunOfAsync(world.Today))!.State);

        world.GoTo(2, 13, 30);
        world.Program.Plan.Before = null;
        await world.Program.RunOnceAsync();
        var run = await world.RunOfAsync(world.Today);
        Assert.Equal(RunState.Skipped, run!.State);
        Assert.Contains("broke off", run.Why, StringComparison.Ordinal);

        world.GoTo(3, 7);
        await world.Program.RunOnceAsync();
        Assert.Single(world.Relay.Inbox);
    }

    [Fact]
    public async Task A_run_that_was_left_behind_by_a_service_that_was_off_for_weeks_is_closed()
    {
        var ids = await world.SubscribeAsync(30);
        await world.PublishAsync();
        world.GoTo(2, 7);
        world.Program = world.Start(new FaultPlan { StopAfter = 16 });
        await Assert.ThrowsAnyAsync<Exception>(world.Program.RunOnceAsync);
        Assert.Contains(world.Ledger(world.Today), row => row.State == DeliveryState.Attempting);

        world.GoTo(25, 3);
        world.Program = world.Start();
        await world.RunAsync(TimeSpan.FromMinutes(5));

        var date = new DateOnly(2026, 3, 2);
        Assert.Equal(RunState.Closed, (await world.RunOfAsync(date))!.State);
        Assert.All(world.Ledger(date), row => Assert.True(row.IsSettled));
        Assert.Equal(ids.Order(), world.Ledger(date).Select(row => row.SubscriberId).Order());
    }

    [Fact]
    public async Task A_cohort_row_with_dates_at_the_ends_of_time_disturbs_nobody()
    {
        await world.SubscribeAsync(1);
        foreach (var (hour, first, last) in new[] { (1, "9999-12-31", "9999-12-31"), (2, "0001-01-01", "0001-01-01"), (3, "0001-01-01", null) })
        {
            var row = new TableRow(new Cohort(World.Utc, hour, Rhythm.Daily).Key) { { "firstDate", first }, { "lastDate", last } };
            await world.Tables.WriteAsync(Tables.Cohorts, "cohort", TableWrite.Upsert(row), World.Cancellation);
        }

        await world.PublishAsync();
        world.GoTo(2, 7);
        await world.Program.RunOnceAsync();

        Assert.Single(world.Relay.Inbox);
    }
}
