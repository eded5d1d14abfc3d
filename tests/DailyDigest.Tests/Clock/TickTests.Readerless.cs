using DailyDigest.Calendar;
using DailyDigest.Digests;
using DailyDigest.Repair;
using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Clock;

/// <summary>The cost of a cohort without readers, which is never deleted, and of many runs that wait at once.</summary>
public sealed partial class TickTests
{
    private static readonly Cohort Abroad = new("Africa/Abidjan", 7, Rhythm.Daily);

    [Fact]
    public async Task A_cohort_in_which_nobody_is_left_has_its_dates_settled_without_a_digest()
    {
        var (stays, moves) = (await fixture.SubscribeAsync(), await fixture.SubscribeAsync(zone: Abroad.Zone));
        await fixture.PublishAsync();
        await fixture.Program.Get<ChangeSubscriber>()
            .ExecuteAsync(moves, person => person! with { Zone = DeliveryFixture.Utc }, DeliveryFixture.Cancellation);

        // The old cohort has the day of the change, the new one the next.
        fixture.GoTo(2, 7);
        await fixture.Program.RunOnceAsync();
        Assert.Equal(Abroad.Key, fixture.Delivery(moves).Cohort);
        await fixture.PublishAsync();
        fixture.GoTo(3, 7);
        await fixture.Program.RunOnceAsync();

        var run = (await fixture.RunOfAsync(fixture.Today, Abroad.Key))!;
        Assert.Equal((RunState.Skipped, Run.NoReaders, false), (run.State, run.Why, run.Missed));
        Assert.Null(await fixture.Program.Get<DigestStore>().GetAsync(fixture.Today, Abroad.Key, DeliveryFixture.Cancellation));
        Assert.DoesNotContain(fixture.Tables.Everything, row => row.Table == Tables.Ledger && row.Row.Key == "!" + Abroad.Key
            && row.Partition.StartsWith(fixture.Today.Text(), StringComparison.Ordinal));
        Assert.Equal(new[] { stays, moves }.Order(), fixture.Ledger(fixture.Today).Select(row => row.SubscriberId).Order());

        // A reader who returns gets a digest again, with the stories that the cohort has not had yet.
        await fixture.Program.Get<ChangeSubscriber>()
            .ExecuteAsync(moves, person => person! with { Zone = Abroad.Zone }, DeliveryFixture.Cancellation);
        await fixture.PublishAsync();
        fixture.GoTo(4, 7);
        await fixture.Program.RunOnceAsync();
        Assert.Equal(Abroad.Key, fixture.Delivery(moves).Cohort);
        Assert.Equal(RunState.Closed, (await fixture.RunOfAsync(fixture.Today, Abroad.Key))!.State);
    }

    [Fact]
    public async Task The_home_cohort_has_its_digest_though_nobody_reads_it_for_the_archive()
    {
        await fixture.PublishAsync();
        await fixture.Program.RunOnceAsync();
        fixture.GoTo(2, 7);
        await fixture.Program.RunOnceAsync();

        Assert.Equal(RunState.Closed, (await fixture.RunOfAsync(fixture.Today))!.State);
    }

    [Fact]
    public async Task A_reader_not_yet_projected_at_the_hour_begins_with_the_next_date()
    {
        // The program ends after the subscriber is written and before the audience is, just before the hour.
        await fixture.PublishAsync();
        fixture.GoTo(2, 6, 59);
        fixture.Program = fixture.Start();
        fixture.Program.Plan.Before = call => call is { Operation: "Write", Place: Tables.Audience }
            ? throw new StorageException("The end.") : Task.CompletedTask;
        await Assert.ThrowsAsync<StorageException>(() => fixture.SubscribeAsync(zone: Abroad.Zone));
        Assert.Single(await fixture.Program.Get<CohortStore>().ListAsync(DeliveryFixture.Cancellation));

        fixture.GoTo(2, 7);
        fixture.Program = fixture.Start();
        await fixture.RunAsync(TimeSpan.FromMinutes(4));
        Assert.Equal(RunState.Closed, (await fixture.RunOfAsync(fixture.Today, Abroad.Key))!.State);
        Assert.DoesNotContain(fixture.Ledger(fixture.Today), row => row.Cohort == Abroad.Key);

        fixture.GoTo(3, 7);
        await fixture.PublishAsync();
        await fixture.Program.RunOnceAsync();
        Assert.Single(fixture.Ledger(fixture.Today), row => row.Cohort == Abroad.Key && row.State == DeliveryState.Sent);
    }

    [Fact]
    public async Task The_slices_of_a_date_are_counted_out_once()
    {
        await fixture.SubscribeAsync();
        await fixture.SubscribeAsync(zone: Abroad.Zone);
        await fixture.SubscribeAsync(hour: 20);
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        await fixture.Program.TickAsync();

        // Sixteen reads to count each of the three, once. For Abidjan's cohort, reads up to its first reader.
        Assert.InRange(fixture.Program.Plan.Trace.Count(call => call is { Operation: "Query", Place: Tables.Audience }), 48, 64);
    }

    [Fact]
    public async Task Each_of_many_runs_to_sweep_has_its_turn_within_a_time_limit()
    {
        string[] zones = ["Africa/Abidjan", "Africa/Accra", "Atlantic/Reykjavik"];
        foreach (var zone in zones)
        {
            await fixture.SubscribeAsync(zone: zone);
        }

        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        await fixture.Program.TickAsync();
        fixture.Advance(TimeSpan.FromMinutes(2));

        // The queue has lost every hint, and each run's parts take half a minute to read.
        Assert.Equal(3, (await HintsAsync()).Count);
        foreach (var _ in zones)
        {
            fixture.Program.Plan.Before = call =>
            {
                fixture.Advance(call is { Operation: "Get", Place: Tables.Ledger } ? TimeSpan.FromSeconds(30) : TimeSpan.Zero);
                return Task.CompletedTask;
            };
            Assert.InRange((await fixture.Program.TickAsync()).Swept, 0, 1);
        }

        Assert.Equal(
            zones.Order(),
            (await HintsAsync())
                .Select(hint => zones.Single(zone => hint.Contains(new Cohort(zone, 7, Rhythm.Daily).Key, StringComparison.Ordinal)))
                .Distinct().Order());
    }

    private async Task<IReadOnlyList<string>> HintsAsync() =>
        [.. (await fixture.Queues.ReceiveAsync(Queues.Deliver, 32, TimeSpan.FromHours(5), DeliveryFixture.Cancellation))
            .Select(message => message.Body)];
}
