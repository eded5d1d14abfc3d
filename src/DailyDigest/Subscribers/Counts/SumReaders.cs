using DailyDigest.Calendar;
using DailyDigest.Figures;
using DailyDigest.Settings;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>A day of the readers' figures.</summary>
/// <param name="Date">The local date.</param>
/// <param name="Events">Sign-ups, confirmations, departures and changes.</param>
/// <param name="Level">Subscribers by status at its end, as last added up on the date; null if that was not done.</param>
public sealed record ReaderFigures(DateOnly Date, FigureCounts Events, FigureCounts? Level)
{
    /// <summary>Complaints and bounces by receiving domain.</summary>
    public FigureLabels Domains { get; init; } = new();

    /// <summary>The name of the count of complaints, or of bounces, in <see cref="Domains"/>.</summary>
    public static string NameOf(bool complaints) => complaints ? ReaderChange.Complaints : ReaderChange.Bounces;
}

/// <summary>
/// Adds up the counts of the 256 partitions of table Subscribers (<see cref="ReaderCounts"/>): copies those that changed to table Figures,
/// and writes the sums beside them in the same batch. Part of the sweep. Repeatable, also by several processes at once.
/// </summary>
public sealed class SumReaders(ITableStore tables, ReaderCounts counts)
{
    // Together with the sums they fit into one batch.
    private const int MaxCopies = 80;

    // Subscribers that one call counts at most, in a store that was filled before there were figures.
    private const int MaxRows = 25_000;
    private const int MaxConcurrency = 16;

    private volatile bool isComplete;

    /// <summary>
    /// Adds up what this process changed. In a store from before there were figures it first counts the subscribers, some thousand at a
    /// call. A process may be killed before it adds up: the daily purge, which reads every partition, marks them all as changed.
    /// </summary>
    public async Task ExecuteAsync(CancellationToken cancellationToken)
    {
        if (!isComplete)
        {
            var total = await TotalAsync(cancellationToken);
            isComplete = total.IsComplete || await FirstCountAsync(total.Counted, cancellationToken);
        }

        await FlushAsync(cancellationToken);
        if (Telemetry.Subscribers.Enabled)
        {
            Show((await TotalAsync(cancellationToken)).On(counts.Today));
        }
    }

    private static void Show(FigureCounts level)
    {
        foreach (var status in Enum.GetValues<SubscriberStatus>().Select(SubscriberRow.Text).Append("paused").Append("resting"))
        {
            Telemetry.Subscribers.Record(level[status], new KeyValuePair<string, object?>("status", status));
        }
    }

    /// <summary>Records that the store is new: there is nothing to count in it.</summary>
    public Task BeginAsync(CancellationToken cancellationToken) => tables.WriteAsync(
        Tables.Figures, FigureKinds.Readers, TableWrite.Insert(ReaderTotal.New(counts.Today).ToRow()), cancellationToken);

    /// <summary>Adds up what this process changed. Does nothing if that is nothing.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        while (counts.TakeChanged(MaxCopies) is { Count: > 0 } some)
        {
            await SumAsync(some, null, cancellationToken);
        }
    }

    /// <summary>Counts every subscriber again and adds up.</summary>
    /// <param name="progress">Called with the number of partitions that are done, of 256.</param>
    /// <param name="cancellationToken">Stops it; the numbers stay right.</param>
    public async Task RecountAsync(Action<int> progress, CancellationToken cancellationToken)
    {
        for (var number = 0; number < ReaderPartitions.Count; number++)
        {
            await counts.CountAsync(number, cancellationToken);
            progress(number + 1);
        }

        counts.MarkAll();
        await SumAsync([], ReaderPartitions.Count, cancellationToken);
        await FlushAsync(cancellationToken);
    }

    /// <summary>
    /// The events of the days, and the number of subscribers at the end of each. One request for up to 500 days.
    /// </summary>
    public async Task<IReadOnlyList<ReaderFigures>> DaysAsync(DateOnly first, DateOnly last, CancellationToken cancellationToken)
    {
        var days = new SortedDictionary<DateOnly, ReaderFigures>();
        var range = new RowRange(From: first.Text(), Before: last.AddDays(1).Text());
        await foreach (var row in tables.ScanAsync(Tables.Figures, FigureKinds.Readers, range, cancellationToken))
        {
            if (ReaderTotal.ReadLevel(row) is var (date, level))
            {
                days[date] = (days.GetValueOrDefault(date) ?? new ReaderFigures(date, new FigureCounts(), null)) with { Level = level };
            }
            else if (LocalDates.TryParse(row.Key, out date))
            {
                days[date] = new ReaderFigures(date, FigureCounts.Parse(row.Text("counts")), null)
                {
                    Domains = FigureLabels.Parse(row.Text("labels")),
                };
            }
        }

        return [.. days.Values];
    }

    /// <summary>The number of subscribers as last added up. One request.</summary>
    public async Task<ReaderTotal> TotalAsync(CancellationToken cancellationToken) =>
        ReaderTotal.Of(await tables.GetAsync(Tables.Figures, FigureKinds.Readers, ReaderTotal.Key, cancellationToken));

    /// <summary>Returns true if it is complete.</summary>
    private async Task<bool> FirstCountAsync(int first, CancellationToken cancellationToken)
    {
        var (number, read) = (first, 0);
        while (number < ReaderPartitions.Count && read < MaxRows)
        {
            var some = Enumerable.Range(number, Math.Min(MaxConcurrency, ReaderPartitions.Count - number)).ToList();
            read += (await Task.WhenAll(some.Select(one => counts.CountAsync(one, cancellationToken)))).Sum();
            number += some.Count;
        }

        await SumAsync([], number, cancellationToken);
        return number == ReaderPartitions.Count;
    }

    private async Task<List<TableRow>> ReadAsync(CancellationToken cancellationToken) =>
        [.. await tables.QueryAsync(
            Tables.Figures, FigureKinds.Readers, RowRange.Prefix(ReaderTotal.Prefix), TableRules.MaxPage, cancellationToken)];

    /// <param name="changed">The partitions to copy.</param>
    /// <param name="counted">Partitions that are counted by now; null for no news.</param>
    /// <param name="cancellationToken">Cancels it; call it again.</param>
    private async Task SumAsync(IReadOnlyList<int> changed, int? counted, CancellationToken cancellationToken)
    {
        try
        {
            while (!await TryAsync(changed, counted, cancellationToken))
            {
                // Another process added up meanwhile: on the basis of its copies.
            }
        }
        catch
        {
            counts.Mark(changed);
            throw;
        }
    }

    /// <summary>
    /// The copies are read before the counts, and written only if no copy was written in between. So a copy never goes back to an older
    /// count.
    /// </summary>
    private async Task<bool> TryAsync(IReadOnlyList<int> changed, int? counted, CancellationToken cancellationToken)
    {
        var rows = await ReadAsync(cancellationToken);
        var before = ReaderTotal.Of(rows);
        var copies = rows.Where(row => row.Key != ReaderTotal.Key).ToDictionary(row => row.Key, ReaderCountRow.Read);
        var known = new ReaderSums([.. copies.Values], counts.Today);
        var writes = new List<TableWrite>();
        foreach (var (key, counts) in await CurrentAsync(changed, Math.Max(before.Counted, counted ?? 0), cancellationToken))
        {
            copies[key] = counts;
            writes.Add(TableWrite.Upsert(counts.ToRow(key)));
        }

        var sums = new ReaderSums([.. copies.Values], counts.Today);
        var after = before.Next(sums.Now, counted, counts.Today);
        writes.Add(rows.Exists(row => row.Key == ReaderTotal.Key)
            ? TableWrite.Update(after.ToRow(), before.ETag!) : TableWrite.Insert(after.ToRow()));
        writes.AddRange(sums.Changes(known).Select(day => TableWrite.Upsert(FigureStore.ToRow(day))));
        if (after.IsComplete)
        {
            writes.Add(TableWrite.Upsert(after.ToLevelRow(counts.Today)));
        }

        return (await tables.WriteAsync(Tables.Figures, FigureKinds.Readers, writes, cancellationToken)).IsDone;
    }

    /// <summary>The counts of the partitions that have some, by the key of their copy.</summary>
    private async Task<IEnumerable<(string Key, ReaderCountRow Counts)>> CurrentAsync(
        IReadOnlyList<int> changed, int counted, CancellationToken cancellationToken)
    {
        var found = new List<(string, ReaderCountRow)>();
        foreach (var some in changed.Chunk(MaxConcurrency))
        {
            found.AddRange((await Task.WhenAll(some.Select(ReadAsync))).OfType<(string, ReaderCountRow)>());
        }

        return found;

        async Task<(string, ReaderCountRow)?> ReadAsync(int number)
        {
            var partition = ReaderPartitions.NameOf(number);
            var row = await tables.GetAsync(Tables.Subscribers, partition, ReaderCountRow.Key, cancellationToken);
            if (row is not null && !row.Flag("counted") && number < counted)
            {
                // It was empty when the store was counted.
                await counts.CountAsync(number, cancellationToken);
                row = await tables.GetAsync(Tables.Subscribers, partition, ReaderCountRow.Key, cancellationToken);
            }

            return row is null ? null : (ReaderTotal.Prefix + partition, ReaderCountRow.Read(row));
        }
    }
}
