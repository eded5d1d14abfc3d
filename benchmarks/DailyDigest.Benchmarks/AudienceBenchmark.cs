using BenchmarkDotNet.Attributes;
using DailyDigest.Calendar;
using DailyDigest.Sqlite;
using DailyDigest.Storage;
using DailyDigest.Subscribers;

namespace DailyDigest.Benchmarks;

/// <summary>
/// Reading the whole audience of a cohort of 100,000, slice by slice and page by page as delivery does, from SQLite on disk.
/// </summary>
[ShortRunJob, MinColumn, MemoryDiagnoser]
public class AudienceBenchmark
{
    private const int Subscribers = 100_000;
    private const int Page = 500;

    private readonly Cohort cohort = new("Europe/Paris", 7, Rhythm.Daily);
    private readonly string folder = Directory.CreateTempSubdirectory("dailydigest-benchmark").FullName;
    private SqliteDatabase? database;
    private AudienceStore? audience;

    [GlobalSetup]
    public async Task FillAsync()
    {
        database = new SqliteDatabase(new SqliteOptions { Path = Path.Combine(folder, "audience.db") });
        var tables = new SqliteTableStore(database, TimeProvider.System);
        await tables.PrepareAsync(CancellationToken.None);
        audience = new AudienceStore(tables);

        // The first goes through the store, so that the rows are known to be what it writes; the rest are copied in batches.
        var random = new Random(4);
        var first = await CopyableRowAsync(tables);
        foreach (var slice in AudienceStore.Slices)
        {
            var rows = Enumerable.Range(0, Subscribers / 16).Select(_ => Row(slice, random, first)).ToList();
            foreach (var batch in rows.Chunk(TableRules.MaxBatch))
            {
                await tables.WriteAsync(
                    Tables.Audience, $"{cohort.Key}~{slice}", [.. batch.Select(TableWrite.Upsert)], CancellationToken.None);
            }
        }
    }

    [Benchmark]
    public async Task<int> ScanHundredThousand()
    {
        var (count, date) = (0, new DateOnly(2026, 11, 3));
        foreach (var slice in AudienceStore.Slices)
        {
            string? after = null;
            IReadOnlyList<AudienceEntry> page;
            do
            {
                page = await audience!.QueryAsync(cohort, slice, after, Page, CancellationToken.None);
                count += page.Count(entry => entry.CountsOn(date));
                after = page.Count > 0 ? page[^1].SubscriberId : after;
            }
            while (page.Count == Page);
        }

        return count >= Subscribers ? count : throw new InvalidOperationException($"Only {count} of {Subscribers} were read.");
    }

    [GlobalCleanup]
    public void Close()
    {
        database?.Dispose();
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task<TableRow> CopyableRowAsync(SqliteTableStore tables)
    {
        var id = new string('0', 32);
        await audience!.ProjectAsync(
            cohort, new AudienceEntry(id, "reader@example.com", "en", ["World", "Sport"], new DateOnly(2026, 1, 1), null, false, 1),
            CancellationToken.None);
        return (await tables.GetAsync(Tables.Audience, $"{cohort.Key}~0", id, CancellationToken.None))!;
    }

    private static TableRow Row(char slice, Random random, TableRow first)
    {
        var bytes = new byte[16];
        random.NextBytes(bytes);
        var row = new TableRow(slice + Convert.ToHexStringLower(bytes)[1..]);
        foreach (var (name, value) in first.Properties)
        {
            row.Add(name, value);
        }

        return row;
    }
}
