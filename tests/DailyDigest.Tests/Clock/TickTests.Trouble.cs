using DailyDigest.Calendar;
using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Testing.Storage;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Clock;

/// <summary>Runs that were interrupted, and cohorts that fail.</summary>
public sealed partial class TickTests
{
    [Fact]
    public async Task One_cohorts_trouble_does_not_keep_the_others()
    {
        await fixture.SubscribeAsync(1);
        var broken = new Cohort("Africa/Abidjan", 7, Rhythm.Daily);
        await fixture.SubscribeAsync(zone: broken.Zone);
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        fixture.Program.Plan.Before = call => call is { Place: Tables.SentStories } && call.Partition == broken.Key
            ? throw new StorageException("This partition is out of reach.") : Task.CompletedTask;

        await Assert.ThrowsAsync<AggregateException>(fixture.Program.TickAsync);
        await fixture.Program.DeliverAsync();
        Assert.Single(fixture.Relay.Inbox);

        fixture.Program.Plan.Before = null;
        await fixture.Program.RunOnceAsync();
        Assert.Equal(2, fixture.Relay.Inbox.Count);
    }

    [Fact]
    public async Task An_interrupted_preparation_is_resumed_or_skipped_when_it_is_too_late()
    {
        await fixture.SubscribeAsync(1);
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        fixture.Program.Plan.Before = call => call is { Operation: "Write", Place: Tables.Digests }
            ? throw new StorageException("Out of reach.") : Task.CompletedTask;
        await Assert.ThrowsAsync<AggregateException>(fixture.Program.TickAsync);
        Assert.Equal(RunState.Preparing, (await fixture.RunOfAsync(fixture.Today))!.State);

        fixture.GoTo(2, 13, 30);
        fixture.Program.Plan.Before = null;
        await fixture.Program.RunOnceAsync();
        var run = await fixture.RunOfAsync(fixture.Today);
        Assert.Equal(RunState.Skipped, run!.State);
        Assert.Contains("broke off", run.Why, StringComparison.Ordinal);

        fixture.GoTo(3, 7);
        await fixture.Program.RunOnceAsync();
        Assert.Single(fixture.Relay.Inbox);
    }

    [Fact]
    public async Task A_run_abandoned_by_a_service_that_was_off_for_weeks_is_closed()
    {
        var ids = await fixture.SubscribeAsync(30);
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        fixture.Program = fixture.Start(new FaultPlan { StopAfter = 16 });
        await Assert.ThrowsAnyAsync<Exception>(fixture.Program.RunOnceAsync);
        Assert.Contains(fixture.Ledger(fixture.Today), row => row.State == DeliveryState.Attempting);

        fixture.GoTo(25, 3);
        fixture.Program = fixture.Start();
        await fixture.RunAsync(TimeSpan.FromMinutes(5));

        var date = new DateOnly(2026, 3, 2);
        Assert.Equal(RunState.Closed, (await fixture.RunOfAsync(date))!.State);
        Assert.All(fixture.Ledger(date), row => Assert.True(row.IsSettled));
        Assert.Equal(ids.Order(), fixture.Ledger(date).Select(row => row.SubscriberId).Order());
    }

    [Fact]
    public async Task A_cohort_row_with_dates_at_the_ends_of_time_disturbs_nobody()
    {
        await fixture.SubscribeAsync(1);
        foreach (var (hour, first, last) in
            new[] { (1, "9999-12-31", "9999-12-31"), (2, "0001-01-01", "0001-01-01"), (3, "0001-01-01", null) })
        {
            var row =
                new TableRow(new Cohort(DeliveryFixture.Utc, hour, Rhythm.Daily).Key) { { "firstDate", first }, { "lastDate", last } };
            await fixture.Tables.WriteAsync(Tables.Cohorts, "cohort", TableWrite.Upsert(row), DeliveryFixture.Cancellation);
        }

        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        await fixture.Program.RunOnceAsync();

        Assert.Single(fixture.Relay.Inbox);
    }
}
