using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>
/// At a start: puts addresses on the suppression list whose reason is from before there was a list. It reads every address once in the life
/// of a store; the daily purge does it again, because an earlier version may use the store beside this one, or after it.
/// </summary>
public sealed class ListEarlierSuppressions(ITableStore tables, AddressStore addresses)
{
    private const int MaxConcurrency = 16;
    private const string Row = "listed";

    /// <summary>Lists them. Repeatable, also by several processes at once; after the first time it costs one request.</summary>
    public async Task ExecuteAsync(CancellationToken cancellationToken)
    {
        if (await tables.GetAsync(Tables.Facts, SuppressionStore.FactPartition, Row, cancellationToken) is not null)
        {
            return;
        }

        await Parallel.ForAsync(
            0, ReaderPartitions.Count,
            new ParallelOptions { MaxDegreeOfParallelism = MaxConcurrency, CancellationToken = cancellationToken },
            async (number, stop) => await addresses.FollowAllAsync(ReaderPartitions.NameOf(number), stop));
        await tables.WriteAsync(
            Tables.Facts, SuppressionStore.FactPartition, TableWrite.Upsert(new TableRow(Row)), cancellationToken);
    }
}
