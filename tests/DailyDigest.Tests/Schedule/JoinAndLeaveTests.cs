using DailyDigest.Calendar;
using DailyDigest.Clock;
using DailyDigest.Runs;
using DailyDigest.Subscribers;
using DailyDigest.Tests.Delivery;

namespace DailyDigest.Tests.Schedule;

/// <summary>Who comes and goes around the hour.</summary>
public sealed class JoinAndLeaveTests
{
    private readonly World world = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Who_joins_after_the_run_began_waits_for_the_next_date_wherever_the_run_is(bool paused)
    {
        await world.SubscribeAsync(5);
        await world.PublishAsync();
        world.GoTo(2, 7);
        await world.Program.TickAsync();
        await world.SteerAsync(control => control with { Paused = paused });
        world.Advance(TimeSpan.FromSeconds(20));
        var late = await world.SubscribeAsync();
        world.Advance(TimeSpan.FromHours(1));
        await world.SteerAsync(control => control with { Paused = false });
        await world.RunAsync(TimeSpan.FromMinutes(2));

        Assert.Equal(5, world.Relay.Offered.Count);
        Assert.Equal(5, (await world.RunOfAsync(world.Today))!.Counts.Values.Sum());
        world.GoTo(3, 7);
        await world.PublishAsync();
        await world.Program.RunOnceAsync();
        Assert.Single(world.Relay.Offered, seen => seen.To == World.Address(late));
    }

    /// <summary>Nothing has served such a reader yet; the date that the first choice would have begun with is theirs all the same.</summary>
    [Theory]
    [InlineData(World.Utc, 8, true)]
    [InlineData(World.Utc, 8, false)]
    [InlineData("Pacific/Kiritimati", 7, true)]
    [InlineData("Pacific/Kiritimati", 7, false)]
    public async Task Who_joins_after_the_run_began_and_then_changes_to_a_run_that_began_waits_for_the_next_date_and_gets_it(string zone, int hour, bool amid)
    {
        await world.SubscribeAsync();
        await world.SubscribeAsync(zone, hour);
        world.GoTo(2, 7);
        await world.PublishAsync();
        await world.Program.RunOnceAsync();
        var other = new Cohort(zone, hour, Rhythm.Daily).NextDue(world.Today, world.Time.GetUtcNow())!.Value;
        world.Time.SetUtcNow(other.Due);
        await world.PublishAsync();
        await world.Program.TickAsync();
        Assert.Equal(RunState.Open, (await world.RunOfAsync(other.Date, new Cohort(zone, hour, Rhythm.Daily).Key))!.State);
        if (!amid)
        {
            await world.Program.DeliverAsync();
        }

        var late = await world.SubscribeAsync();
        await world.Program.Get<ChangePreferences>().ExecuteAsync(late, new Preferences(zone, hour, null, null), World.Cancellation);
        await world.Program.DeliverAsync();
        Assert.DoesNotContain(world.Relay.Offered, seen => seen.To == World.Address(late));

        for (var end = world.Time.GetUtcNow().AddDays(3); world.Time.GetUtcNow() < end; world.Advance(TimeSpan.FromMinutes(30)))
        {
            await world.PublishAsync();
            await world.Program.RunOnceAsync();
        }

        Assert.Equal(["20260303", "20260304"], world.Relay.Inbox.Where(seen => seen.To == World.Address(late)).Select(seen => seen.MessageId[..8]).Take(2));
    }

    [Fact]
    public async Task Who_joins_before_an_operator_begins_a_date_that_was_missed_is_in_it()
    {
        await world.Program.TickAsync();
        world.GoTo(2, 14);
        await world.Program.TickAsync();
        Assert.True((await world.RunOfAsync(world.Today))!.Missed);
        await world.SubscribeAsync();
        await world.PublishAsync();
        await world.Program.Get<BeginDate>().ExecuteAsync(world.Today, World.Cancellation);
        await world.Program.DeliverAsync();

        Assert.Single(world.Relay.Inbox);
    }

    /// <summary>A row in the ledger of a cohort that the reader had left would have taken the place of today's delivery.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Who_leaves_and_returns_before_the_hour_gets_todays_digest_whatever_runs_of_former_cohorts_are_open(bool neverServed)
    {
        var id = await world.SubscribeAsync(hour: 3);
        await world.SubscribeAsync(hour: 3);
        world.GoTo(2, 12);
        if (neverServed)
        {
            // Chosen and given up on the same day: the cohort of hour 3 is then one that never came to serve.
            await ChangeAsync(id, 5);
            await ChangeAsync(id, 3);
            await ChangeAsync(id, 7);
        }
        else
        {
            await ChangeAsync(id, 7);
        }

        world.GoTo(4, 3);
        await world.PublishAsync();
        world.Relay.AnswerWith(_ => ScriptedRelay.Later);
        await world.Program.RunOnceAsync();
        Assert.Equal(RunState.Open, (await world.RunOfAsync(world.Today, new Cohort(World.Utc, 3, Rhythm.Daily).Key))!.State);
        await world.Program.Get<Unsubscribe>().ExecuteAsync(id, World.Cancellation);
        Assert.DoesNotContain(world.Ledger(world.Today), row => row.SubscriberId == id);
        world.Advance(TimeSpan.FromMinutes(10));
        await ReturnAsync(id);

        world.Relay.Answer = null;
        world.GoTo(4, 7);
        await world.PublishAsync();
        await world.Program.RunOnceAsync();
        Assert.Single(world.Relay.Inbox, seen => seen.To == World.Address(id));
    }

    [Fact]
    public async Task Who_left_and_returned_to_another_cohort_is_withheld_there_and_not_in_the_one_left_before()
    {
        var id = await world.SubscribeAsync(hour: 3);
        world.GoTo(2, 12);
        await world.Program.Get<Unsubscribe>().ExecuteAsync(id, World.Cancellation);
        world.Advance(TimeSpan.FromMinutes(5));
        await ReturnAsync(id, hour: 4);
        world.GoTo(4, 4);
        await world.PublishAsync();
        await world.Program.TickAsync();
        await world.Program.Get<Unsubscribe>().ExecuteAsync(id, World.Cancellation);

        var row = Assert.Single(world.Ledger(world.Today));
        Assert.Equal((DeliveryState.Withheld, "daily_04_Etc.UTC"), (row.State, row.Cohort));
    }

    private Task<PreferencesOutcome> ChangeAsync(string id, int hour) =>
        world.Program.Get<ChangePreferences>().ExecuteAsync(id, new Preferences(null, hour, null, null), World.Cancellation);

    private Task<Subscriber?> ReturnAsync(string id, int? hour = null) => world.Program.Get<ChangeSubscriber>().ExecuteAsync(
        id, person => person! with { Status = SubscriberStatus.Active, Ended = null, Hour = hour ?? person.Hour }, World.Cancellation);
}
