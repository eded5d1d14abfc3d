using DailyDigest.Calendar;
using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Tests.Delivery;

namespace DailyDigest.Tests.Schedule;

/// <summary>Which dates have a run, and which only a record.</summary>
public sealed partial class TickTests
{
    [Fact]
    public async Task Beyond_the_window_the_day_is_skipped_with_a_record_that_says_why_and_its_news_comes_the_next_day()
    {
        await world.SubscribeAsync(1);
        world.GoTo(2, 6);
        await world.Program.TickAsync();
        var missed = await world.PublishAsync();
        world.GoTo(2, 13, 1);
        await world.Program.RunOnceAsync();

        var run = await world.RunOfAsync(world.Today);
        Assert.Equal(RunState.Skipped, run!.State);
        Assert.Contains("2026-03-02 07:00 UTC", run.Why, StringComparison.Ordinal);
        Assert.Empty(world.Relay.Offered);

        world.GoTo(3, 7);
        await world.Program.RunOnceAsync();
        Assert.Equal(missed, Assert.Single(world.Relay.Inbox).Subject);
    }

    [Fact]
    public async Task Every_calendar_day_has_a_record_also_after_weeks_without_the_service()
    {
        await world.SubscribeAsync(1);
        world.GoTo(2, 7);
        await world.Program.RunOnceAsync();
        var none = await world.RunOfAsync(world.Today);
        Assert.Equal(RunState.Skipped, none!.State);
        Assert.NotNull(none.Why);

        world.GoTo(30, 20);
        await world.Program.RunOnceAsync();

        for (var day = 3; day <= 30; day++)
        {
            var run = await world.RunOfAsync(new DateOnly(2026, 3, day));
            Assert.Equal(RunState.Skipped, run!.State);
            Assert.Contains("not running", run.Why, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_cohort_that_is_made_after_its_hour_starts_the_next_day()
    {
        world.GoTo(2, 9);
        await world.Program.TickAsync();
        await world.PublishAsync();
        await world.SubscribeAsync(hour: 8);
        var cohort = new Cohort(World.Utc, 8, Rhythm.Daily).Key;
        await world.Program.RunOnceAsync();

        Assert.Null(await world.RunOfAsync(world.Today, cohort));
        Assert.Empty(world.Relay.Offered);
        world.GoTo(3, 8);
        await world.Program.RunOnceAsync();
        Assert.Single(world.Relay.Inbox);
    }

    [Fact]
    public async Task Weekdays_and_weeks_have_their_days_and_every_zone_its_own_date()
    {
        var weekday = await world.SubscribeAsync(rhythm: Rhythm.Weekdays);
        var weekly = await world.SubscribeAsync(rhythm: Rhythm.Weekly(DayOfWeek.Sunday));
        var east = await world.SubscribeAsync(zone: "Pacific/Kiritimati", hour: 7);
        for (var day = 2; day <= 8; day++)
        {
            world.GoTo(day, 6);
            await world.PublishAsync();
            await world.RunAsync(TimeSpan.FromHours(13));
        }

        Assert.Equal(5, world.Relay.Inbox.Count(seen => seen.To == World.Address(weekday)));
        Assert.Equal(new DateTimeOffset(2026, 3, 8, 7, 0, 0, default), Assert.Single(world.Relay.Inbox, seen => seen.To == World.Address(weekly)).At);
        Assert.All(world.Relay.Inbox.Where(seen => seen.To == World.Address(east)), seen => Assert.Equal(17, seen.At.Hour));
        Assert.Equal(7, world.Relay.Inbox.Count(seen => seen.To == World.Address(east)));
    }

    [Fact]
    public async Task A_subscriber_who_changes_the_hour_every_few_minutes_gets_one_digest_per_local_date()
    {
        var id = await world.SubscribeAsync();
        var change = world.Program.Get<ChangePreferences>();
        string[] zones = [World.Utc, "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kolkata"];
        var moves = 0;
        for (var day = 2; day <= 6; day++)
        {
            for (var hour = 0; hour < 24; hour++)
            {
                world.GoTo(day, hour);
                await world.PublishAsync();
                await world.Program.RunOnceAsync();
                await change.ExecuteAsync(id, new Preferences(zones[moves % 5], moves * 7 % 24, null, null), World.Cancellation);
                moves++;
                world.Advance(TimeSpan.FromMinutes(1));
                await world.Program.RunOnceAsync();
            }
        }

        var dates = world.Tables.Everything.Where(one => one.Table == Tables.Ledger && one.Row.Key == id).Select(one => one.Partition[..10]).ToList();
        Assert.Equal(dates.Distinct().Count(), world.Relay.Inbox.Count);
        Assert.Equal(world.Relay.Inbox.Count, world.Relay.Inbox.DistinctBy(seen => seen.MessageId).Count());
        Assert.InRange(world.Relay.Inbox.Count, 3, 6);
    }
}
