using BenchmarkDotNet.Attributes;
using DailyDigest.Calendar;
using DailyDigest.Runs;
using DailyDigest.Sqlite;
using DailyDigest.Storage;
using DailyDigest.Subscribers;

namespace DailyDigest.Benchmarks;

/// <summary>
/// Counting a run of some readers out of a date's ledger of 200,000, from SQLite on disk: whole, as a run is closed, and by reading every
/// row.
/// </summary>
[ShortRunJob, MinColumn]
public class LedgerBenchmark
{
    private const int All = 200_000;

    private readonly Cohort own = new("Europe/Paris", 7, Rhythm.Daily);
    private readonly Cohort others = new("America/New_York", 7, Rhythm.Daily);
    private readonly DateOnly date = new(2026, 11, 3);
    private readonly string folder = Directory.CreateTempSubdirectory("dailydigest-benchmark").FullName;
    private SqliteDatabase? database;
    private SqliteTableStore? tables;
    private Run? run;

    /// <summary>Readers of the run.</summary>
    [Params(100, 5_000, 20_000, 60_000)]
    public int Readers { get; set; }

    [GlobalSetup]
    public async Task FillAsync()
    {
        database = new SqliteDatabase(new SqliteOptions { Path = Path.Combine(folder, "ledger.db") });
        tables = new SqliteTableStore(database, TimeProvider.System);
        await tables.PrepareAsync(CancellationToken.None);
        var random = new Random(4);
        var ids = Enumerable.Range(0, All).Select(_ => Id(random)).ToList();
        foreach (var id in ids.Take(Readers))
        {
            await new AudienceStore(tables)
                .ProjectAsync(own, new AudienceEntry(id, "reader@example.com", "en", [], date, null, false, 1), CancellationToken.None);
        }

        foreach (var batch in ids.Select((id, index) => Row(id, index < Readers ? own : others)).Chunk(TableRules.MaxBatch))
        {
            await tables.WriteAsync(Tables.Ledger, Part.LedgerPartition(date, Part.Whole),
                [.. batch.Select(row => TableWrite.Insert(row.ToRow()))], CancellationToken.None);
        }

        var at = TimeProvider.System.GetUtcNow();
        run = new Run { Date = date, Cohort = own.Key, State = RunState.Open, Slices = 1, Due = at, Started = at, Deadline = at };
    }

    [Benchmark]
    public async Task<int> CountRun() => Whole(await LedgerReader.DeliveriesAsync(tables!, run!, CancellationToken.None).CountAsync());

    [Benchmark(Baseline = true)]
    public async Task<int> ReadEveryRow() =>
        Whole(await tables!.ScanAsync(Tables.Ledger, Part.LedgerPartition(date, Part.Whole), RowRange.All, CancellationToken.None)
        .CountAsync(row => DeliveryRow.Read(row)?.Cohort == own.Key));

    [GlobalCleanup]
    public void Close()
    {
        database?.Dispose();
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private int Whole(int count) => count == Readers ? count : throw new InvalidOperationException($"{count} of {Readers} were read.");

    private static DeliveryRow Row(string id, Cohort cohort) => new()
    {
        SubscriberId = id,
        Cohort = cohort.Key,
        State = DeliveryState.Sent,
        Attempts = 1,
        At = TimeProvider.System.GetUtcNow(),
    };

    private static string Id(Random random)
    {
        var bytes = new byte[16];
        random.NextBytes(bytes);
        return Convert.ToHexStringLower(bytes);
    }
}
