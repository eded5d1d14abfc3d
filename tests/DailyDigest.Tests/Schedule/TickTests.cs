using DailyDigest.Delivery;
using DailyDigest.Schedule;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Storage;
using DailyDigest.Tests.Delivery;

namespace DailyDigest.Tests.Schedule;

public sealed class TickTests
{
    private readonly World world = new();

    [Fact]
    public async Task Every_active_subscriber_of_a_due_cohort_gets_one_mail()
    {
        var ids = await world.SubscribeAsync(7);
        var later = await world.SubscribeAsync(hour: 9);
        await world.PublishAsync();
        world.GoTo(2, 6, 59);
        await world.Program.RunOnceAsync();
        Assert.Empty(world.Relay.Offered);

        world.GoTo(2, 7);
        await world.Program.RunOnceAsync();

        Assert.Equal(ids.Select(World.Address).Order(), world.Relay.Inbox.Select(seen => seen.To).Order());
        Assert.DoesNotContain(world.Relay.Inbox, seen => seen.To == World.Address(later));
        var run = await world.RunOfAsync(world.Today);
        Assert.Equal(RunState.Closed, run!.State);
        Assert.Equal(7, run.Counts[DeliveryState.Sent]);
        Assert.Equal(0, world.Relay.Open);
        Assert.Equal(0, world.Queues.Count);
    }

    [Fact]
    public async Task Two_ticks_at_once_make_one_run()
    {
        await world.SubscribeAsync(20);
        await world.PublishAsync();
        world.GoTo(2, 7);
        var (one, other) = (world.Start(), world.Start());

        await Task.WhenAll(one.TickAsync(), other.TickAsync());
        await Task.WhenAll(one.DeliverAsync(), other.DeliverAsync());
        await Task.WhenAll(one.RunOnceAsync(), other.RunOnceAsync());

        Assert.Equal(20, world.Relay.Inbox.Count);
        Assert.Equal(20, world.Relay.Inbox.DistinctBy(seen => seen.To).Count());
        Assert.Equal(RunState.Closed, (await world.RunOfAsync(world.Today))!.State);
    }

    [Fact]
    public async Task A_tick_that_is_interrupted_anywhere_by_another_makes_one_run()
    {
        await world.SubscribeAsync(2);
        await world.PublishAsync();
        world.GoTo(2, 7);
        var (one, other) = (world.Start(), world.Start());
        one.Plan.Before = async _ => await other.RunOnceAsync();

        await one.RunOnceAsync();

        Assert.Equal(2, world.Relay.Inbox.Count);
        Assert.Equal(2, world.Ledger(world.Today).Count);
    }

    [Fact]
    public async Task A_late_tick_inside_the_window_makes_the_run_and_a_second_tick_none()
    {
        await world.SubscribeAsync(3);
        await world.PublishAsync();
        world.GoTo(2, 12, 59);
        await world.Program.RunOnceAsync();
        world.GoTo(2, 13);
        await world.Program.RunOnceAsync();

        Assert.Equal(3, world.Relay.Inbox.Count);
    }

    [Fact]
    public async Task A_program_that_finds_a_preparation_too_late_does_not_take_the_history_of_one_that_opens_it_meanwhile()
    {
        await world.SubscribeAsync();
        var title = await world.PublishAsync();
        world.GoTo(2, 12, 59);
        var (slow, other) = (world.Start(), world.Start());
        var (skips, opened) = (new TaskCompletionSource(), new TaskCompletionSource());
        var late = Task.CompletedTask;
        var writes = 0;
        other.Plan.Before = call =>
        {
            // Its first write finds the run that stands, its second is to say that it is skipped.
            var skipping = call is { Operation: "Write", Place: Tables.Runs } && ++writes == 2 && skips.TrySetResult();
            return skipping ? opened.Task : Task.CompletedTask;
        };
        slow.Plan.Before = async call =>
        {
            if (call is { Operation: "Write", Place: Tables.Runs } && world.Controls().Count > 0)
            {
                slow.Plan.Before = null;
                world.GoTo(2, 13, 1);
                late = other.Get<Sweep>().ExecuteAsync(World.Cancellation);
                await Task.WhenAny(skips.Task, late);
            }
        };
        await slow.TickAsync();
        opened.SetResult();
        await late;
        await world.Program.DeliverAsync();
        Assert.Contains(title, Assert.Single(world.Relay.Inbox).Subject, StringComparison.Ordinal);

        world.GoTo(3, 7);
        await world.PublishAsync();
        await world.Program.RunOnceAsync();
        Assert.DoesNotContain(title, world.Relay.Inbox.Last().Subject, StringComparison.Ordinal);
        Assert.Contains(world.Tables.Everything, one => one.Table == Tables.SentStories && one.Row.Text("title") == title);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_run_begun_at_an_operators_word_is_not_skipped_by_a_tick_beside_it(bool breaksOff)
    {
        await world.SubscribeAsync();
        await world.PublishAsync();
        await world.Program.TickAsync();
        world.GoTo(2, 23);
        var operators = world.Start();
        operators.Plan.Before = async call =>
        {
            if (await world.RunOfAsync(world.Today) is { State: RunState.Preparing } && call.Place != Tables.Runs)
            {
                operators.Plan.Before = null;
                await world.Program.TickAsync();
                if (breaksOff)
                {
                    throw new StorageException("gone");
                }
            }
        };
        var begin = operators.Get<BeginDate>().ExecuteAsync(world.Today, World.Cancellation);
        await (breaksOff ? Assert.ThrowsAsync<StorageException>(() => begin) : (Task)begin);
        await world.RunAsync(TimeSpan.FromMinutes(5));

        Assert.Single(world.Relay.Inbox);
    }

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
    public async Task A_date_with_many_readers_is_cut_into_sixteen_slices_from_its_first_run_on()
    {
        var many = new World(("Delivery:SliceFrom", "40"));
        await many.SubscribeAsync(40);
        await many.PublishAsync();
        many.GoTo(2, 7);
        await many.Program.RunOnceAsync();

        Assert.Equal(16, (await many.RunOfAsync(many.Today))!.Slices);
        Assert.Equal(40, many.Relay.Inbox.DistinctBy(seen => seen.To).Count());
        Assert.Equal(RunState.Closed, (await many.RunOfAsync(many.Today))!.State);

        // From then on the last run's audience says it.
        many.GoTo(3, 7);
        await many.PublishAsync();
        await many.Program.RunOnceAsync();
        Assert.Equal(16, (await many.RunOfAsync(many.Today))!.Slices);
        Assert.Equal(80, many.Relay.Inbox.Count);
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
