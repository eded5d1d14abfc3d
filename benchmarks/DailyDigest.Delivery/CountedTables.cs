using DailyDigest.Storage;

namespace DailyDigest.DeliveryBenchmark;

/// <summary>The store, with its calls counted: each is a request where the store is a service (a batch is one).</summary>
internal sealed class CountedTables(ITableStore tables) : ITableStore
{
    private long calls;

    /// <summary>Calls so far.</summary>
    public long Calls => Interlocked.Read(ref calls);

    public Task PrepareAsync(CancellationToken cancellationToken) => tables.PrepareAsync(cancellationToken);

    public Task<TableRow?> GetAsync(string table, string partition, string row, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref calls);
        return tables.GetAsync(table, partition, row, cancellationToken);
    }

    public Task<IReadOnlyList<TableRow>> QueryAsync(
        string table, string partition, RowRange range, int take, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref calls);
        return tables.QueryAsync(table, partition, range, take, cancellationToken);
    }

    public Task<WriteResult> WriteAsync(
        string table, string partition, IReadOnlyList<TableWrite> writes, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref calls);
        return tables.WriteAsync(table, partition, writes, cancellationToken);
    }
}
