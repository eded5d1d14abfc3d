using DailyDigest.Calendar;
using DailyDigest.Clock;
using DailyDigest.Repair;
using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Storage;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Repair;

/// <summary>A store that was put back to an older copy: held runs, readers who are left out, a crash in between.</summary>
public sealed class TakeUpCopyTests
{
    private readonly DeliveryFixture fixture = new() { Journal = new MemoryStoreJournal() };
    private readonly List<string> ids = [];

    public TakeUpCopyTests() => fixture.Program = fixture.Start();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Runs_due_in_the_lost_span_are_held_and_later_ones_are_sent()
    {
        await PutBackAsync();
        Assert.NotNull(await TakeUpAsync(fixture.Program));
        await fixture.RunAsync(TimeSpan.FromMinutes(20));
        Assert.All([7, 8], hour => Assert.True(RunOf(hour) is { State: RunState.Open, IsUndecided: true }));
        Assert.Empty(fixture.Relay.Inbox);

        await fixture.RunAsync(TimeSpan.FromHours(3));
        Assert.Equal([ids[4]], Got());
        Assert.Equal(RunState.Closed, RunOf(11)!.State);
        Assert.Null(await TakeUpAsync(fixture.Start()));
    }

    /// <summary>The first line of the journal is synced every half minute, so that it may lack the last writes.</summary>
    [Theory]
    [InlineData(60, true)]
    [InlineData(61, false)]
    public async Task A_run_due_within_a_minute_after_the_span_is_held_too(int seconds, bool held)
    {
        ids.Add(await fixture.SubscribeAsync());
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        var now = fixture.Time.GetUtcNow();
        fixture.Journal!.PutBack(now.AddHours(-5), now.AddSeconds(-seconds), 0);
        await TakeUpAsync(fixture.Program);
        await fixture.RunAsync(TimeSpan.FromMinutes(5));

        Assert.Equal(held, RunOf(7)!.IsUndecided);
        Assert.Equal(held ? 0 : 1, fixture.Relay.Inbox.Count);
    }

    /// <summary>The copy was made between the entry and the change of its reader, or some writes of others later.</summary>
    [Theory]
    [InlineData(1, true)]
    [InlineData(100, true)]
    [InlineData(101, false)]
    public async Task A_departure_noted_shortly_before_the_copy_counts_and_a_move_does_not(long copied, bool counts)
    {
        ids.AddRange([await fixture.SubscribeAsync(), await fixture.SubscribeAsync()]);
        var (hash, now) = (fixture.Program.Get<AddressHash>(), fixture.Time.GetUtcNow());
        await fixture.Journal!.AppendAsync(
            [
                new JournalEntry("left", now, null, hash.OfSubscriber(ids[0])),
                new JournalEntry("moved", now, null, hash.OfSubscriber(ids[1])),
            ],
            Cancellation);
        fixture.Journal.PutBack(now, now.AddHours(1), copied);

        Assert.Equal(new AppliedDepartures(counts ? 1 : 0, 0, 0, 0), (await TakeUpAsync(fixture.Program))!.Applied);
        Assert.Equal(counts ? SubscriberStatus.Unsubscribed : SubscriberStatus.Active, await StatusAsync(ids[0]));
    }

    [Fact]
    public async Task A_held_run_whose_stories_are_not_polled_yet_waits_and_is_not_recorded_as_empty()
    {
        await PutBackAsync();
        await TakeUpAsync(fixture.Program);
        var stories = fixture.Tables.Everything.Where(one => one.Table == Tables.Stories).ToList();
        foreach (var (table, partition, row) in stories)
        {
            await fixture.Tables.WriteAsync(table, partition, TableWrite.Delete(row.Key), Cancellation);
        }

        await fixture.RunAsync(TimeSpan.FromMinutes(20));
        Assert.True(RunOf(7) is { State: RunState.Preparing, IsUndecided: true });

        await fixture.PublishAsync();
        await fixture.RunAsync(TimeSpan.FromMinutes(2));
        Assert.True(RunOf(7) is { State: RunState.Open, IsUndecided: true });
    }

    [Fact]
    public async Task A_released_run_is_sent_with_a_new_deadline_and_a_skipped_one_counts_as_sent()
    {
        await PutBackAsync();
        await TakeUpAsync(fixture.Program);
        await fixture.RunAsync(TimeSpan.FromHours(13));
        Assert.Equal([ids[4]], Got());

        Assert.True((await OrderAsync(7, RunOrder.Release))!.Obeyed);
        Assert.True((await OrderAsync(8, RunOrder.Skip))!.Obeyed);
        await fixture.RunAsync(TimeSpan.FromMinutes(2));
        Assert.Equal([ids[0], ids[4]], Got());
        Assert.True(RunOf(7) is { State: RunState.Closed, Held: false, CountsAsSent: true });
        Assert.True(RunOf(8) is { State: RunState.Closed, Held: true, Cancelled: true, CountsAsSent: true });
        Assert.Equal(
            (DeliveryState.Withheld, DeliveryRow.SentBefore), (fixture.Delivery(ids[1]).State, fixture.Delivery(ids[1]).Reason));
        Assert.False((await OrderAsync(8, RunOrder.Release))!.Obeyed);
    }

    [Fact]
    public async Task A_run_that_was_not_prepared_begins_when_it_is_released_however_late_that_is()
    {
        ids.Add(await fixture.SubscribeAsync());
        var now = fixture.Time.GetUtcNow();
        fixture.Journal!.PutBack(now, now.AddHours(8), 0);
        await TakeUpAsync(fixture.Program);
        fixture.GoTo(2, 9);
        await fixture.Program.RunOnceAsync();
        Assert.True(RunOf(7) is { State: RunState.Preparing, IsUndecided: true });

        fixture.GoTo(2, 20);
        await fixture.PublishAsync();
        Assert.True((await OrderAsync(7, RunOrder.Release))!.Obeyed);
        Assert.Equal(fixture.Time.GetUtcNow(), RunOf(7)!.Started);
        await fixture.RunAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(ids, Got());
    }

    [Fact]
    public async Task A_missed_date_of_the_span_that_an_operator_begins_is_held()
    {
        ids.Add(await fixture.SubscribeAsync());
        await fixture.PublishAsync();
        fixture.GoTo(2, 14);
        await fixture.Program.RunOnceAsync();
        Assert.True(RunOf(7)!.Missed);
        fixture.Journal!.PutBack(fixture.Time.GetUtcNow(), fixture.Time.GetUtcNow().AddMinutes(30), 0);
        await TakeUpAsync(fixture.Program);

        // The operator may have begun it after the copy as well, and it may have been sent.
        Assert.True(Assert.Single(await fixture.Program.Get<BeginDate>().ExecuteAsync(fixture.Today, Cancellation)).Held);
        await fixture.RunAsync(TimeSpan.FromMinutes(5));
        Assert.Empty(fixture.Relay.Inbox);
    }

    [Fact]
    public async Task A_resumed_run_stays_held_and_a_run_that_is_not_held_is_not_skipped()
    {
        await PutBackAsync();
        await TakeUpAsync(fixture.Program);
        await fixture.RunAsync(TimeSpan.FromMinutes(2));
        await OrderAsync(7, RunOrder.Pause);
        await OrderAsync(7, RunOrder.Resume);
        await fixture.RunAsync(TimeSpan.FromMinutes(90));
        Assert.Empty(fixture.Relay.Inbox);

        fixture.GoTo(3, 7);
        await fixture.Program.TickAsync();
        Assert.False((await OrderAsync(7, RunOrder.Skip))!.Obeyed);
    }

    [Fact]
    public async Task A_run_that_is_open_in_the_copy_is_held_where_it_stands()
    {
        ids.Add(await fixture.SubscribeAsync());
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        await fixture.Program.TickAsync();
        fixture.Journal!.PutBack(fixture.Time.GetUtcNow(), fixture.Time.GetUtcNow().AddMinutes(1), 0);

        Assert.Equal(1, (await TakeUpAsync(fixture.Program))!.Held);
        await fixture.RunAsync(TimeSpan.FromMinutes(10));
        Assert.Empty(fixture.Relay.Inbox);
        Assert.True(Assert.Single(fixture.Controls()).Paused);
        await OrderAsync(7, RunOrder.Release);
        await fixture.RunAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(ids, Got());
    }

    [Fact]
    public async Task A_date_that_is_too_old_to_send_is_recorded_and_raises_no_alert()
    {
        ids.Add(await fixture.SubscribeAsync());
        await fixture.PublishAsync();
        var copied = fixture.Time.GetUtcNow();
        fixture.GoTo(6, 9);
        await fixture.PublishAsync();
        fixture.Journal!.PutBack(copied, fixture.Time.GetUtcNow(), 0);
        await TakeUpAsync(fixture.Program);
        await fixture.Program.RunOnceAsync();

        var runs = new List<Run?>();
        for (var day = 2; day <= 6; day++)
        {
            runs.Add(await fixture.RunOfAsync(new DateOnly(2026, 3, day)));
        }

        Assert.All(runs[..2], run => Assert.True(run is { State: RunState.Skipped, Missed: false, Why: Run.Forgotten }));
        Assert.True(runs[2]!.IsUndecided);
        Assert.All(runs, run => Assert.False(run!.Missed));
        Assert.Empty(fixture.Relay.Inbox);
    }

    [Fact]
    public async Task The_last_entry_of_a_person_counts()
    {
        ids.Add(await fixture.SubscribeAsync());
        var journal = fixture.Journal!;
        var before = (await journal.ReadAsync(0, Cancellation)).Count;
        await fixture.Program.Get<Unsubscribe>().ExecuteAsync(ids[0], Cancellation);
        await fixture.Program.Get<ChangeSubscriber>().ExecuteAsync(
            ids[0], person => person! with { Status = SubscriberStatus.Active }, Cancellation);
        Assert.Equal(["left", "returned"], (await journal.ReadAsync(0, Cancellation)).Skip(before).Select(entry => entry.Kind));

        journal.PutBack(fixture.Time.GetUtcNow(), fixture.Time.GetUtcNow(), 0);
        Assert.Equal(new AppliedDepartures(0, 0, 0, 0), (await TakeUpAsync(fixture.Program))!.Applied);
        Assert.Equal(SubscriberStatus.Active, await StatusAsync(ids[0]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_crash_at_any_write_changes_nothing_in_the_end(bool after)
    {
        for (var at = 1; ; at++)
        {
            var test = new TakeUpCopyTests();
            await test.PutBackAsync();
            var dying = test.fixture.Start(after ? new FaultPlan { StopAfter = at } : new FaultPlan { StopBefore = at });
            try
            {
                await TakeUpAsync(dying);
            }
            catch (Exception) when (dying.Plan.Stopped)
            {
                // The program died at this write.
            }

            await TakeUpAsync(test.fixture.Program);
            await test.fixture.RunAsync(TimeSpan.FromHours(4));
            Assert.Equal([test.ids[4]], test.Got());
            Assert.True(test.RunOf(7)!.IsUndecided && test.RunOf(8)!.IsUndecided);
            Assert.Null(await test.StatusAsync(test.ids[3]));
            if (!dying.Plan.Stopped)
            {
                Assert.True(at > 10);
                return;
            }
        }
    }

    /// <summary>
    /// Readers at 7, 8, and four at 11: one left, one was erased, one stays, one had moved from another hour. The copy is of midnight, and
    /// the writes until half past eight are lost. It is nine.
    /// </summary>
    private async Task PutBackAsync()
    {
        foreach (var hour in (int[])[7, 8, 11, 11, 11, 11])
        {
            ids.Add(await fixture.SubscribeAsync(hour: hour));
        }

        for (var story = 0; story < 3; story++)
        {
            await fixture.PublishAsync();
        }

        var hash = fixture.Program.Get<AddressHash>();
        var copied = fixture.Time.GetUtcNow();
        await fixture.Journal!.AppendAsync(
            [Entry("left", ids[2]), Entry("erased", ids[3]), Entry("left", ids[4]), Entry("returned", ids[4]), Entry("moved", ids[5])],
            Cancellation);
        fixture.Journal.PutBack(copied, copied.AddHours(8.5), 0);
        fixture.GoTo(2, 9);

        JournalEntry Entry(string kind, string id) => new(kind, copied.AddHours(8), null, hash.OfSubscriber(id));
    }

    private static async Task<TakenUpCopy?> TakeUpAsync(Fixtures.Program program)
    {
        var use = program.Get<TakeUpCopy>();
        await use.ExecuteAsync(Cancellation);
        return use.Result;
    }

    private List<string> Got() => [.. ids.Where(id => fixture.Relay.Inbox.Any(mail => mail.To == DeliveryFixture.Address(id)))];

    private Run? RunOf(int hour) =>
        fixture.RunOfAsync(new DateOnly(2026, 3, 2), new Cohort(DeliveryFixture.Utc, hour, Rhythm.Daily).Key).GetAwaiter().GetResult();

    private Task<SteeredRun?> OrderAsync(int hour, RunOrder order) => fixture.Program.Get<SteerRun>().ExecuteAsync(
        fixture.Today, new Cohort(DeliveryFixture.Utc, hour, Rhythm.Daily).Key, order, Cancellation);

    private async Task<SubscriberStatus?> StatusAsync(string id) =>
        (await fixture.Program.Get<SubscriberStore>().GetAsync(id, Cancellation))?.Subscriber.Status;
}
