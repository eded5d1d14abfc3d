using DailyDigest.Calendar;
using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Clock;

/// <summary>Which dates have a run, and which only a record.</summary>
public sealed partial class TickTests
{
    [Fact]
    public async Task A_tick_after_the_window_skips_the_day_with_a_reason_and_keeps_its_news()
    {
        await fixture.SubscribeAsync(1);
        fixture.GoTo(2, 6);
        await fixture.Program.TickAsync();
        var missed = await fixture.PublishAsync();
        fixture.GoTo(2, 13, 1);
        await fixture.Program.RunOnceAsync();

        var run = await fixture.RunOfAsync(fixture.Today);
        Assert.Equal(RunState.Skipped, run!.State);
        Assert.Contains("2026-03-02 07:00 UTC", run.Why, StringComparison.Ordinal);
        Assert.Empty(fixture.Relay.Offered);

        fixture.GoTo(3, 7);
        await fixture.Program.RunOnceAsync();
        Assert.Equal(missed, Assert.Single(fixture.Relay.Inbox).Subject);
    }

    [Fact]
    public async Task Every_calendar_day_has_a_record_also_after_weeks_without_the_service()
    {
        await fixture.SubscribeAsync(1);
        fixture.GoTo(2, 7);
        await fixture.Program.RunOnceAsync();
        var none = await fixture.RunOfAsync(fixture.Today);
        Assert.Equal(RunState.Skipped, none!.State);
        Assert.NotNull(none.Why);

        fixture.GoTo(30, 20);
        await fixture.Program.RunOnceAsync();

        for (var day = 3; day <= 30; day++)
        {
            var run = await fixture.RunOfAsync(new DateOnly(2026, 3, day));
            Assert.Equal(RunState.Skipped, run!.State);
            Assert.Contains("not running", run.Why, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_cohort_that_is_made_after_its_hour_starts_the_next_day()
    {
        fixture.GoTo(2, 9);
        await fixture.Program.TickAsync();
        await fixture.PublishAsync();
        await fixture.SubscribeAsync(hour: 8);
        var cohort = new Cohort(DeliveryFixture.Utc, 8, Rhythm.Daily).Key;
        await fixture.Program.RunOnceAsync();

        Assert.Null(await fixture.RunOfAsync(fixture.Today, cohort));
        Assert.Empty(fixture.Relay.Offered);
        fixture.GoTo(3, 8);
        await fixture.Program.RunOnceAsync();
        Assert.Single(fixture.Relay.Inbox);
    }

    [Fact]
    public async Task Weekdays_and_weeks_have_their_days_and_every_zone_its_own_date()
    {
        var weekday = await fixture.SubscribeAsync(rhythm: Rhythm.Weekdays);
        var weekly = await fixture.SubscribeAsync(rhythm: Rhythm.Weekly(DayOfWeek.Sunday));
        var east = await fixture.SubscribeAsync(zone: "Pacific/Kiritimati", hour: 7);
        for (var day = 2; day <= 8; day++)
        {
            fixture.GoTo(day, 6);
            await fixture.PublishAsync();
            await fixture.RunAsync(TimeSpan.FromHours(13));
        }

        Assert.Equal(5, fixture.Relay.Inbox.Count(seen => seen.To == DeliveryFixture.Address(weekday)));
        Assert.Equal(new DateTimeOffset(2026, 3, 8, 7, 0, 0, default),
            Assert.Single(fixture.Relay.Inbox, seen => seen.To == DeliveryFixture.Address(weekly)).At);
        Assert.All(fixture.Relay.Inbox.Where(seen => seen.To == DeliveryFixture.Address(east)), seen => Assert.Equal(17, seen.At.Hour));
        Assert.Equal(7, fixture.Relay.Inbox.Count(seen => seen.To == DeliveryFixture.Address(east)));
    }

    [Fact]
    public async Task A_subscriber_who_keeps_changing_the_hour_gets_one_digest_per_local_date()
    {
        var id = await fixture.SubscribeAsync();
        var change = fixture.Program.Get<ChangePreferences>();
        string[] zones = [DeliveryFixture.Utc, "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kolkata"];
        var moves = 0;
        for (var day = 2; day <= 6; day++)
        {
            for (var hour = 0; hour < 24; hour++)
            {
                fixture.GoTo(day, hour);
                await fixture.PublishAsync();
                await fixture.Program.RunOnceAsync();
                await change.ExecuteAsync(id, new Preferences(zones[moves % 5], moves * 7 % 24, null, null), DeliveryFixture.Cancellation);
                moves++;
                fixture.Advance(TimeSpan.FromMinutes(1));
                await fixture.Program.RunOnceAsync();
            }
        }

        var dates = fixture.Tables.Everything.Where(one => one.Table == Tables.Ledger && one.Row.Key == id)
            .Select(one => one.Partition[..10]).ToList();
        Assert.Equal(dates.Distinct().Count(), fixture.Relay.Inbox.Count);
        Assert.Equal(fixture.Relay.Inbox.Count, fixture.Relay.Inbox.DistinctBy(seen => seen.MessageId).Count());
        Assert.InRange(fixture.Relay.Inbox.Count, 3, 6);
    }
}
