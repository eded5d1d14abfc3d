using System.Collections.Concurrent;
using DailyDigest.Calendar;
using DailyDigest.Figures;
using DailyDigest.Settings;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>
/// Counts subscribers where they are written. Each of the 256 partitions of table Subscribers has a row of counts, which is changed in the
/// batch that changes a subscriber: so the counts are right after any crash, lost reply or race, and a rush does not wait for one row.
/// <see cref="SumReaders"/> adds them up.
/// </summary>
public sealed class ReaderCounts(ITableStore tables, Publication publication, TimeProvider time)
{
    /// <summary>Writes of one batch: the row of counts takes one place.</summary>
    internal const int MaxBatch = TableRules.MaxBatch - 1;

    private readonly ConcurrentDictionary<int, bool> changed = new();
    private readonly ReceivingDomains domains = new(tables, time);

    /// <summary>The date of the home cohort's zone, on which everything is counted.</summary>
    internal DateOnly Today => Zones.LocalDate(publication.TimeZone, time.GetUtcNow());

    /// <summary>Marks every partition as changed: the process before may have ended before it added them up.</summary>
    public void MarkAll() => Mark(Enumerable.Range(0, ReaderPartitions.Count));

    /// <summary>Marks a partition as changed.</summary>
    internal void Mark(string partition) => changed[ReaderPartitions.NumberOf(partition)] = true;

    /// <summary>Marks partitions as changed.</summary>
    internal void Mark(IEnumerable<int> partitions)
    {
        foreach (var partition in partitions)
        {
            changed[partition] = true;
        }
    }

    /// <summary>The partitions whose counts this process changed, at most so many; they count as unchanged from now on.</summary>
    internal IReadOnlyList<int> TakeChanged(int max) => [.. changed.Keys.Order().Take(max).Where(one => changed.TryRemove(one, out _))];

    /// <summary>Writes to a partition of table Subscribers, together with its counts. The result is that of the writes.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="writes">1 to 99 writes.</param>
    /// <param name="change">Their change of the figures.</param>
    /// <param name="always">True to write the row of counts even if nothing changes in it, so that the calls do not tell.</param>
    /// <param name="cancellationToken">Cancels it; the writes may be stored.</param>
    internal async Task<WriteResult> WriteAsync(
        string partition, IReadOnlyList<TableWrite> writes, ReaderChange change, bool always, CancellationToken cancellationToken)
    {
        if (change.IsNothing && !always)
        {
            return await tables.WriteAsync(Tables.Subscribers, partition, writes, cancellationToken);
        }

        change = await change.NamedAsync(domains, Today, cancellationToken);
        try
        {
            // A round fails at the row of counts only after another writer of the partition, who then made progress.
            while (true)
            {
                var row = await tables.GetAsync(Tables.Subscribers, partition, ReaderCountRow.Key, cancellationToken);
                var counts = ReaderCountRow.Read(row).After(change, Today);
                var result = await tables.WriteAsync(
                    Tables.Subscribers, partition, [.. writes, counts.ToWrite()], cancellationToken);
                if (result.FailedIndex < writes.Count)
                {
                    return result with { ETags = [.. result.ETags.Take(writes.Count)] };
                }
            }
        }
        finally
        {
            // Also after an error: the batch may be stored.
            Mark(partition);
        }
    }

    /// <summary>
    /// Counts the subscribers of the partition and stores the numbers, unless it has none. Returns how many rows it read. A concurrent
    /// change of a status makes it count again.
    /// </summary>
    internal async Task<int> CountAsync(int number, CancellationToken cancellationToken)
    {
        var (partition, read) = (ReaderPartitions.NameOf(number), 0);
        while (true)
        {
            var row = ReaderCountRow.Read(
                await tables.GetAsync(Tables.Subscribers, partition, ReaderCountRow.Key, cancellationToken));
            var (now, found) = (new FigureCounts(), 0);
            await foreach (var one in tables.ScanAsync(Tables.Subscribers, partition, ReaderCountRow.Subscribers, cancellationToken))
            {
                found++;
                foreach (var name in ReaderChange.StatesOf(
                    SubscriberRow.StatusOf(one), SubscriberRow.PausedUntilOf(one), SubscriberRow.ReadRest(one)))
                {
                    now.Add(name, 1);
                }
            }

            read += found;
            if ((found == 0 && row.ETag is null) || (await tables.WriteAsync(
                Tables.Subscribers, partition, (row with { Counted = true, Now = now }).ToWrite(), cancellationToken)).IsDone)
            {
                changed[number] = true;
                return read;
            }
        }
    }
}
