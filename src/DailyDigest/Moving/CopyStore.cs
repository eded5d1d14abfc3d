using System.Collections.Concurrent;
using DailyDigest.Storage;

namespace DailyDigest.Moving;

/// <summary>A table that is the same on both sides.</summary>
/// <param name="Table">Its name.</param>
/// <param name="Partitions">Partitions with rows.</param>
/// <param name="Sum">Rows and hash over all of them.</param>
/// <param name="Written">Rows that this pass wrote or deleted.</param>
public sealed record CopiedTable(string Table, int Partitions, ContentSum Sum, long Written);

/// <summary>One pass over all tables: makes the destination the same as the source, many partitions at a time.</summary>
internal sealed class CopyStore(StoreSide source, StoreSide destination, MoveWatch watch)
{
    private const int Concurrency = 8;

    /// <summary>Partitions of table Facts that belong to a store and not to the publication.</summary>
    private static readonly string[] OwnFacts = [StoreMarks.Partition, StorePresence.Partition, ProbeStorage.Partition];

    private readonly ConcurrentDictionary<(string Table, string Partition), ContentSum> sums = new();

    /// <summary>True for a partition that is not copied.</summary>
    private static bool IsOwn(string table, string partition) => table == Tables.Facts && OwnFacts.Contains(partition);

    /// <summary>Copies what differs, and verifies each partition.</summary>
    /// <exception cref="StorageException">A store failed, or a row cannot be stored; what was copied stays.</exception>
    public async Task<IReadOnlyList<CopiedTable>> ExecuteAsync(CancellationToken cancellationToken)
    {
        sums.Clear();
        var copied = new List<CopiedTable>();
        foreach (var table in Tables.All.Order(StringComparer.Ordinal))
        {
            copied.Add(await CopyAsync(table, cancellationToken));
        }

        return copied;
    }

    /// <summary>Reads the source once more: what it holds must be what was copied.</summary>
    /// <exception cref="StorageException">Somebody has changed it; the message names the partition.</exception>
    public async Task CheckSourceAsync(CancellationToken cancellationToken)
    {
        var seen = new HashSet<(string, string)>();
        foreach (var table in Tables.All.Order(StringComparer.Ordinal))
        {
            watch.Begin($"reading {table} of the source once more");
            var partitions = await PartitionsAsync(source, table, cancellationToken);
            seen.UnionWith(partitions.Select(partition => (table, partition)));
            await EachAsync(partitions, async (partition, stop) =>
            {
                if (await Reader().SumAsync(source, table, partition, stop) != sums.GetValueOrDefault((table, partition)))
                {
                    throw Changed(table, partition);
                }
            }, cancellationToken);
        }

        foreach (var (gone, _) in sums.Where(sum => sum.Value.Rows > 0 && !seen.Contains(sum.Key)))
        {
            throw Changed(gone.Table, gone.Partition);
        }
    }

    /// <summary>The partitions of a table that a move copies.</summary>
    public static async Task<IReadOnlyList<string>> PartitionsAsync(StoreSide side, string table, CancellationToken cancellationToken)
    {
        var partitions = new List<string>();
        for (var next = await side.Contents.NextPartitionAsync(table, null, cancellationToken); next is not null;
            next = await side.Contents.NextPartitionAsync(table, next, cancellationToken))
        {
            if (!IsOwn(table, next))
            {
                partitions.Add(next);
            }
        }

        return partitions;
    }

    /// <summary>True if the table has a row that a move copies.</summary>
    public static async Task<bool> HasRowsAsync(StoreSide side, string table, CancellationToken cancellationToken)
    {
        string? next = null;
        do
        {
            next = await side.Contents.NextPartitionAsync(table, next, cancellationToken);
        }
        while (next is not null && IsOwn(table, next));
        return next is not null;
    }

    private async Task<CopiedTable> CopyAsync(string table, CancellationToken cancellationToken)
    {
        watch.Begin(table);
        var (sum, written, gate) = (default(ContentSum), 0L, new Lock());
        var wanted = await PartitionsAsync(source, table, cancellationToken);

        // Those that only the destination has are emptied.
        var others = (await PartitionsAsync(destination, table, cancellationToken)).Except(wanted, StringComparer.Ordinal);
        await EachAsync([.. wanted, .. others], async (partition, stop) =>
        {
            var copied = await Reader().ExecuteAsync(table, partition, stop);
            sums[(table, partition)] = copied.Sum;
            lock (gate)
            {
                sum += copied.Sum;
                written += copied.Written;
            }
        }, cancellationToken);
        var done = new CopiedTable(table, sums.Count(one => one.Key.Table == table && one.Value.Rows > 0), sum, written);
        await watch.DoneAsync(done);
        return done;
    }

    private CopyPartition Reader() => new(source, destination, watch.BeatAsync);

    private static Task EachAsync(
        IEnumerable<string> partitions, Func<string, CancellationToken, ValueTask> work, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(
            partitions, new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = cancellationToken }, work);

    private StorageException Changed(string table, string partition) => new(
        $"Table {table}, partition {partition} of {source.Name} was changed while it was copied, although the store is closed: an older "
        + "version or another program writes to it. Stop it.");
}
