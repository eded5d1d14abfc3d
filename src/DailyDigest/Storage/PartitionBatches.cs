namespace DailyDigest.Storage;

/// <summary>Writes to many partitions: items in batches of one partition, in the order of their keys, many batches at a time.</summary>
internal static class PartitionBatches
{
    // SQLite commits the batches that wait together in one transaction: the more there are, the fewer pages it writes twice.
    private const int MaxConcurrency = 64;

    /// <summary>The items in batches, each of one partition.</summary>
    /// <param name="items">The items, in any order.</param>
    /// <param name="partition">The partition of an item.</param>
    /// <param name="row">Its row key.</param>
    /// <param name="max">Items of a batch at most.</param>
    public static IEnumerable<T[]> Of<T>(
        IEnumerable<T> items, Func<T, string> partition, Func<T, string> row, int max = TableRules.MaxBatch) => items
        .GroupBy(partition, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal)
        .SelectMany(group => group.OrderBy(row, StringComparer.Ordinal).Chunk(max));

    /// <summary>Calls <paramref name="write"/> for each batch. Returns all items that the calls returned.</summary>
    public static async Task<List<TDone>> EachAsync<T, TDone>(
        IEnumerable<T[]> batches, Func<T[], Task<IEnumerable<TDone>>> write, CancellationToken cancellationToken)
    {
        var done = new List<TDone>();
        foreach (var some in batches.Chunk(MaxConcurrency))
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var written in await Task.WhenAll(some.Select(write)))
            {
                done.AddRange(written);
            }
        }

        return done;
    }
}
