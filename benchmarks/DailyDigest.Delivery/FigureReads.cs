using System.Diagnostics;
using System.Globalization;
using DailyDigest.Calendar;
using DailyDigest.Figures;
using DailyDigest.Reporting;
using DailyDigest.Runs;
using DailyDigest.Settings;
using DailyDigest.Sqlite;
using DailyDigest.Storage;
using DailyDigest.Subscribers;

namespace DailyDigest.DeliveryBenchmark;

/// <summary>The figures of a store with many subscribers and 400 days of runs: filling it, counting it, and reading a report.</summary>
internal static class FigureReads
{
    private const int Days = 400;
    private const int CohortsOfDay = 24;
    private const int Rounds = 200;

    public static async Task MeasureAsync(int subscribers)
    {
        var folder = Directory.CreateTempSubdirectory("dailydigest-benchmark").FullName;
        var path = Path.Combine(folder, "figures.db");
        using var database = new SqliteDatabase(new SqliteOptions { Path = path }) { WaitsForDisk = false };
        var tables = new CountedTables(new SqliteTableStore(database, TimeProvider.System));
        await tables.PrepareAsync(CancellationToken.None);
        var publication = new Publication { TimeZone = "Etc/UTC" };
        var counts = new ReaderCounts(tables, publication, TimeProvider.System);
        var (sums, figures) = (new SumReaders(tables, counts), new FigureStore(tables));
        await FillAsync(tables, new SubscriberStore(tables, counts), subscribers);
        var options = new DeliveryOptions { KeepDays = Days + 1 };
        var runs = await new RunStore(tables).ListNearAsync(TimeProvider.System.GetUtcNow(), Days, CancellationToken.None);
        await new SumRuns(figures, TimeProvider.System, options).ExecuteAsync(runs, _ => true, CancellationToken.None);

        var began = Stopwatch.GetTimestamp();
        while (!(await sums.TotalAsync(CancellationToken.None)).IsComplete)
        {
            await sums.ExecuteAsync(CancellationToken.None);
        }

        await sums.ExecuteAsync(CancellationToken.None);
        Line($"counted {subscribers:N0} subscribers from nothing in {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s");
        var read = new ReadFigures(figures, sums, publication, TimeProvider.System);
        foreach (var days in new[] { 7, 30, 365 })
        {
            var times = new List<double>();
            var before = tables.Calls;
            for (var round = 0; round < Rounds; round++)
            {
                var start = Stopwatch.GetTimestamp();
                var report = await read.ExecuteAsync(days, CancellationToken.None);
                times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                if (report.Now["active"] != subscribers || report.Days[^1].Deliveries["sent"] == 0)
                {
                    throw new InvalidOperationException("The figures are not those of the store.");
                }
            }

            times.Sort();
            var (median, p95, requests) = (times[Rounds / 2], times[Rounds * 95 / 100], (tables.Calls - before) / (double)Rounds);
            Line($"{days,3} days: median {median:0.0} ms, p95 {p95:0.0} ms, {requests:0} requests");
        }

        await BigStore.FillAsync(tables, path, subscribers);
        database.Dispose();
        await DeskReads.MeasureAsync(path, subscribers);
        Directory.Delete(folder, recursive: true);
    }

    private static async Task FillAsync(CountedTables tables, SubscriberStore store, int subscribers)
    {
        var people = Enumerable.Range(0, subscribers).Select(_ => Reader(SubscriberStore.NewId()));
        await PartitionBatches.EachAsync<Subscriber, int>(
            PartitionBatches.Of(people, one => SubscriberStore.Partition(one.Id), one => one.Id, ReaderCounts.MaxBatch),
            async batch =>
            {
                await store.InsertAllAsync(batch, CancellationToken.None);
                return [];
            },
            CancellationToken.None);
        var (runs, today) = (new RunStore(tables), LocalDates.Utc(TimeProvider.System.GetUtcNow()));
        foreach (var date in Enumerable.Range(0, Days).Select(back => today.AddDays(-back)))
        {
            for (var hour = 0; hour < CohortsOfDay; hour++)
            {
                // All subscribers are readers of one hour: BigStore gives it its deliveries.
                await runs.BeginAsync(ClosedRun(date, hour, hour == BigStore.Hour ? subscribers : 0), CancellationToken.None);
            }
        }
    }

    private static Run ClosedRun(DateOnly date, int hour, int readers)
    {
        var due = new DateTimeOffset(date, new TimeOnly(hour, 0), TimeSpan.Zero);
        var domains = string.Join('\n', Enumerable.Range(0, 20).Select(number => string.Create(
            CultureInfo.InvariantCulture, $"domain-{number}.example\tdeferred=3 rejected=2 sent={readers / 25}")));
        return new Run
        {
            Date = date,
            Cohort = new Cohort("Etc/UTC", hour, Rhythm.Daily).Key,
            State = RunState.Closed,
            Due = due,
            Started = due,
            Deadline = due.AddHours(12),
            Ended = due.AddMinutes(9),
            LastSent = due.AddMinutes(8),
            RefusedCursor = Run.AllRefusedDone,
            Domains = domains,
            Counts = new Dictionary<DeliveryState, long> { [DeliveryState.Sent] = readers, [DeliveryState.Rejected] = 9 },
        };
    }

    private static Subscriber Reader(string id) => new()
    {
        Id = id,
        Address = $"{id[..16]}@example.com",
        Status = SubscriberStatus.Active,
        Zone = "Etc/UTC",
        Hour = 7,
        Language = "en",
        Consent = new Consent(DateTimeOffset.UnixEpoch, "test", "1", "en", null),
        Created = DateTimeOffset.UnixEpoch,
        Placements = [new Placement(new Cohort("Etc/UTC", 7, Rhythm.Daily), new DateOnly(2026, 1, 1))],
    };

    private static void Line(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
