using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DailyDigest.Calendar;
using DailyDigest.Reporting;
using DailyDigest.Runs;
using DailyDigest.Sending;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Storage;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Sending;

/// <summary>The deliveries of a cohort among those of many others.</summary>
public sealed class SmallCohortTests
{
    private static readonly Cohort Home = new(DeliveryFixture.Utc, 7, Rhythm.Daily);
    private static readonly Cohort Other = new("Africa/Abidjan", 9, Rhythm.Daily);
    private readonly DeliveryFixture fixture = new();

    [Theory]
    [InlineData(1, 0, 0)]
    [InlineData(1, 3, 5_000)]
    [InlineData(1, 700, 5_000)]
    [InlineData(1, 5_000, 700)]
    [InlineData(16, 3, 9_000)]
    [InlineData(16, 1_500, 30_000)]
    public async Task Its_deliveries_are_read_whole_and_in_order_from_any_reader_on(int slices, int own, int others)
    {
        var ids = Enumerable.Range(0, own + others).Select(Id).ToList();
        await FillAsync(slices, [.. ids.Take(own)], [.. ids.Skip(own)]);
        var wanted = ids.Take(own).Order(StringComparer.Ordinal).ToList();
        var run = Run(slices);

        Assert.Equal(wanted, await ReadAsync(run, null));
        foreach (var after in wanted.Where((_, index) => index % (1 + (own / 7)) == 0).Append("0").Append(Id(-1)))
        {
            Assert.Equal(wanted.Where(id => string.CompareOrdinal(id, after) > 0), await ReadAsync(run, after));
        }
    }

    [Fact]
    public async Task A_few_among_many_are_read_in_a_few_pages()
    {
        await FillAsync(1, [.. Enumerable.Range(0, 5).Select(Id)], [.. Enumerable.Range(5, 20_000).Select(Id)]);

        Assert.Equal(5, (await ReadAsync(Run(1), null)).Count);

        Assert.InRange(fixture.Program.Plan.Trace.Count(call => call is { Operation: "Query", Place: Tables.Ledger }), 1, 3);
    }

    [Fact]
    public async Task A_reader_served_by_another_cohort_is_not_counted_as_not_taken_up()
    {
        await fixture.PublishAsync();
        var ids = await fixture.SubscribeAsync(3);
        await FillAsync(1, [], [ids[1], .. Enumerable.Range(0, 5_000).Select(Id)]);
        fixture.GoTo(2, 7);
        await fixture.Program.TickAsync();

        var report = await fixture.Program.Get<ReportRun>()
            .OfAsync((await fixture.RunOfAsync(fixture.Today))!, DeliveryFixture.Cancellation);

        Assert.Equal(2, report.NotTakenUp);
    }

    [Fact]
    public async Task Its_run_is_sent_closed_with_its_own_numbers_and_followed_up()
    {
        await FillAsync(1, [], [.. Enumerable.Range(0, 12_000).Select(Id)]);
        await fixture.PublishAsync();
        var ids = await fixture.SubscribeAsync(20);
        fixture.Relay.AnswerWith(mail => mail.To.Value == DeliveryFixture.Address(ids[4])
            ? new SendResult(SendOutcome.Rejected, "550 no", "no-such-user") : ScriptedRelay.Ok);
        fixture.GoTo(2, 7);
        await fixture.RunAsync(TimeSpan.FromMinutes(3));

        var run = (await fixture.RunOfAsync(fixture.Today))!;
        Assert.Equal((RunState.Closed, 19, 1, DailyDigest.Runs.Run.AllRefusedDone),
            (run.State, run.Counts[DeliveryState.Sent], run.Counts[DeliveryState.Rejected], run.RefusedCursor));
        Assert.Equal(20, run.Counts.Values.Sum());
        Assert.Equal(SubscriberStatus.Bounced,
            (await fixture.Program.Get<SubscriberStore>().GetAsync(ids[4], DeliveryFixture.Cancellation))!.Subscriber.Status);
    }

    [Fact]
    public async Task A_search_for_a_dead_workers_rows_may_outlast_a_lease_and_keeps_the_part()
    {
        await FillAsync(1, [], [.. Enumerable.Range(0, 12_000).Select(Id)]);
        await fixture.PublishAsync();
        var ids = await fixture.SubscribeAsync(20);
        fixture.GoTo(2, 7);
        await fixture.Program.TickAsync();
        fixture.Program = fixture.Start(new FaultPlan { StopAfter = 4 });
        await Assert.ThrowsAnyAsync<Exception>(fixture.Program.DeliverAsync);
        Assert.Contains(fixture.Ledger(fixture.Today), row => row.State == DeliveryState.Attempting);

        // Twelve pages, each of which takes ten seconds and a little.
        fixture.Advance(TimeSpan.FromMinutes(10));
        fixture.Program = fixture.Start();
        fixture.Program.Plan.Before = call =>
        {
            fixture.Advance(call is { Operation: "Query", Place: Tables.Ledger } ? TimeSpan.FromSeconds(11) : TimeSpan.Zero);
            return Task.CompletedTask;
        };
        var part = new Part(fixture.Today, Part.Whole, Home.Key);
        await fixture.Program.Get<DeliverPart>().ExecuteAsync(part.ToString(), DeliveryFixture.Cancellation);

        // Those in doubt wait a little; all others had their mail from the one who took over.
        Assert.All(fixture.Ledger(fixture.Today).Where(row => ids.Contains(row.SubscriberId)),
            row => Assert.NotEqual(DeliveryState.Attempting, row.State));
        Assert.InRange(
            fixture.Ledger(fixture.Today).Count(row => ids.Contains(row.SubscriberId) && row.State == DeliveryState.Sent), 12, 20);
    }

    private static string Id(int number) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(number.ToString(CultureInfo.InvariantCulture))))[..32];

    private Run Run(int slices) => new()
    {
        Date = fixture.Today,
        Cohort = Home.Key,
        State = RunState.Open,
        Slices = slices,
        Due = fixture.Time.GetUtcNow(),
        Started = fixture.Time.GetUtcNow(),
        Deadline = fixture.Time.GetUtcNow(),
    };

    private async Task<IReadOnlyList<string>> ReadAsync(Run run, string? after) =>
        await LedgerReader.DeliveriesAsync(fixture.Program.Get<ITableStore>(), run, DeliveryFixture.Cancellation, after)
            .Select(row => row.SubscriberId).ToListAsync(DeliveryFixture.Cancellation);

    /// <summary>Writes the ledger of a date with the runs of two cohorts. Every reader in it is in the audience.</summary>
    private async Task FillAsync(int slices, IReadOnlyList<string> own, IReadOnlyList<string> others)
    {
        foreach (var (cohort, ids) in new[] { (Home, own), (Other, others) })
        {
            foreach (var id in cohort == Home ? ids : [])
            {
                var entry = new AudienceEntry(id, DeliveryFixture.Address(id), "en", [], fixture.Today, null, false, 1);
                await new AudienceStore(fixture.Tables).ProjectAsync(cohort, entry, DeliveryFixture.Cancellation);
            }

            foreach (var slice in ids.GroupBy(id => Part.SliceOf(id, slices)))
            {
                foreach (var some in slice.Chunk(TableRules.MaxBatch))
                {
                    var rows =
                        some.Select(
                            id => new DeliveryRow
                            {
                                SubscriberId = id,
                                Cohort = cohort.Key,
                                State = DeliveryState.Sent,
                                At = fixture.Time.GetUtcNow()
                            });
                    await fixture.Tables.WriteAsync(
                        Tables.Ledger, Part.LedgerPartition(fixture.Today, slice.Key),
                        [.. rows.Select(row => TableWrite.Insert(row.ToRow()))], DeliveryFixture.Cancellation);
                }
            }
        }
    }
}
