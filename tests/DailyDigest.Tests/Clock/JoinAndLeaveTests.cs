using DailyDigest.Calendar;
using DailyDigest.Clock;
using DailyDigest.Runs;
using DailyDigest.Subscribers;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Clock;

/// <summary>Readers who join and leave around the hour of the digest.</summary>
public sealed class JoinAndLeaveTests
{
    private readonly DeliveryFixture fixture = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_reader_who_joins_after_the_run_began_waits_for_the_next_date(bool paused)
    {
        await fixture.SubscribeAsync(5);
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        await fixture.Program.TickAsync();
        await fixture.SteerAsync(control => control with { Paused = paused });
        fixture.Advance(TimeSpan.FromSeconds(20));
        var late = await fixture.SubscribeAsync();
        fixture.Advance(TimeSpan.FromHours(1));
        await fixture.SteerAsync(control => control with { Paused = false });
        await fixture.RunAsync(TimeSpan.FromMinutes(2));

        Assert.Equal(5, fixture.Relay.Offered.Count);
        Assert.Equal(5, (await fixture.RunOfAsync(fixture.Today))!.Counts.Values.Sum());
        fixture.GoTo(3, 7);
        await fixture.PublishAsync();
        await fixture.Program.RunOnceAsync();
        Assert.Single(fixture.Relay.Offered, seen => seen.To == DeliveryFixture.Address(late));
    }

    /// <summary>
    /// No cohort has served such a reader yet. The reader still gets the date with which the first choice would have begun.
    /// </summary>
    [Theory]
    [InlineData(DeliveryFixture.Utc, 8, true)]
    [InlineData(DeliveryFixture.Utc, 8, false)]
    [InlineData("Pacific/Kiritimati", 7, true)]
    [InlineData("Pacific/Kiritimati", 7, false)]
    public async Task A_reader_who_joins_runs_that_have_begun_gets_the_next_date(
        string zone, int hour, bool amid)
    {
        await fixture.SubscribeAsync();
        await fixture.SubscribeAsync(zone, hour);
        fixture.GoTo(2, 7);
        await fixture.PublishAsync();
        await fixture.Program.RunOnceAsync();
        var other = new Cohort(zone, hour, Rhythm.Daily).NextDue(fixture.Today, fixture.Time.GetUtcNow())!.Value;
        fixture.Time.SetUtcNow(other.Due);
        await fixture.PublishAsync();
        await fixture.Program.TickAsync();
        Assert.Equal(RunState.Open, (await fixture.RunOfAsync(other.Date, new Cohort(zone, hour, Rhythm.Daily).Key))!.State);
        if (!amid)
        {
            await fixture.Program.DeliverAsync();
        }

        var late = await fixture.SubscribeAsync();
        await fixture.Program.Get<ChangePreferences>()
            .ExecuteAsync(late, new Preferences(zone, hour, null, null), DeliveryFixture.Cancellation);
        await fixture.Program.DeliverAsync();
        Assert.DoesNotContain(fixture.Relay.Offered, seen => seen.To == DeliveryFixture.Address(late));

        for (var end = fixture.Time.GetUtcNow().AddDays(3); fixture.Time.GetUtcNow() < end; fixture.Advance(TimeSpan.FromMinutes(30)))
        {
            await fixture.PublishAsync();
            await fixture.Program.RunOnceAsync();
        }

        Assert.Equal(["20260303", "20260304"],
            fixture.Relay.Inbox.Where(seen => seen.To == DeliveryFixture.Address(late)).Select(seen => seen.MessageId[..8]).Take(2));
    }

    [Fact]
    public async Task A_reader_who_joins_before_a_missed_date_is_begun_is_in_it()
    {
        await fixture.Program.TickAsync();
        fixture.GoTo(2, 14);
        await fixture.Program.TickAsync();
        Assert.True((await fixture.RunOfAsync(fixture.Today))!.Missed);
        await fixture.SubscribeAsync();
        await fixture.PublishAsync();
        await fixture.Program.Get<BeginDate>().ExecuteAsync(fixture.Today, DeliveryFixture.Cancellation);
        await fixture.Program.DeliverAsync();

        Assert.Single(fixture.Relay.Inbox);
    }

    /// <summary>A ledger row of the cohort that the reader had left would have replaced today's delivery.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_reader_who_leaves_and_returns_before_the_hour_gets_todays_digest(bool neverServed)
    {
        var id = await fixture.SubscribeAsync(hour: 3);
        await fixture.SubscribeAsync(hour: 3);
        fixture.GoTo(2, 12);
        if (neverServed)
        {
            // The reader chooses hour 3 and changes it on the same day, so that cohort never serves the reader.
            await ChangeAsync(id, 5);
            await ChangeAsync(id, 3);
            await ChangeAsync(id, 7);
        }
        else
        {
            await ChangeAsync(id, 7);
        }

        fixture.GoTo(4, 3);
        await fixture.PublishAsync();
        fixture.Relay.AnswerWith(_ => ScriptedRelay.Later);
        await fixture.Program.RunOnceAsync();
        Assert.Equal(RunState.Open, (await fixture.RunOfAsync(fixture.Today, new Cohort(DeliveryFixture.Utc, 3, Rhythm.Daily).Key))!.State);
        await fixture.Program.Get<Unsubscribe>().ExecuteAsync(id, DeliveryFixture.Cancellation);
        Assert.DoesNotContain(fixture.Ledger(fixture.Today), row => row.SubscriberId == id);
        fixture.Advance(TimeSpan.FromMinutes(10));
        await ReturnAsync(id);

        fixture.Relay.Answer = null;
        fixture.GoTo(4, 7);
        await fixture.PublishAsync();
        await fixture.Program.RunOnceAsync();
        Assert.Single(fixture.Relay.Inbox, seen => seen.To == DeliveryFixture.Address(id));
    }

    [Fact]
    public async Task A_reader_who_returned_to_another_cohort_is_withheld_only_there()
    {
        var id = await fixture.SubscribeAsync(hour: 3);
        fixture.GoTo(2, 12);
        await fixture.Program.Get<Unsubscribe>().ExecuteAsync(id, DeliveryFixture.Cancellation);
        fixture.Advance(TimeSpan.FromMinutes(5));
        await ReturnAsync(id, hour: 4);
        fixture.GoTo(4, 4);
        await fixture.PublishAsync();
        await fixture.Program.TickAsync();
        await fixture.Program.Get<Unsubscribe>().ExecuteAsync(id, DeliveryFixture.Cancellation);

        var row = Assert.Single(fixture.Ledger(fixture.Today));
        Assert.Equal((DeliveryState.Withheld, "daily_04_Etc.UTC"), (row.State, row.Cohort));
    }

    private Task<PreferencesOutcome> ChangeAsync(string id, int hour) =>
        fixture.Program.Get<ChangePreferences>().ExecuteAsync(id, new Preferences(null, hour, null, null), DeliveryFixture.Cancellation);

    private Task<Subscriber?> ReturnAsync(string id, int? hour = null) => fixture.Program.Get<ChangeSubscriber>().ExecuteAsync(
        id, person => person! with { Status = SubscriberStatus.Active, Ended = null, Hour = hour ?? person.Hour },
        DeliveryFixture.Cancellation);
}
