using DailyDigest.Storage;

namespace DailyDigest.Moving;

/// <summary>
/// A table store that takes no write of a process that may have missed a move: one that could not renew its presence for a minute asks
/// first. An embedded file refuses such writes itself.
/// </summary>
public sealed class GuardedTableStore(ITableStore store, StorePresence presence) : ITableStore
{
    /// <inheritdoc/>
    public Task PrepareAsync(CancellationToken cancellationToken) => store.PrepareAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<TableRow?> GetAsync(string table, string partition, string row, CancellationToken cancellationToken) =>
        store.GetAsync(table, partition, row, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<TableRow>> QueryAsync(
        string table, string partition, RowRange range, int take, CancellationToken cancellationToken) =>
        store.QueryAsync(table, partition, range, take, cancellationToken);

    /// <inheritdoc/>
    public async Task<WriteResult> WriteAsync(
        string table, string partition, IReadOnlyList<TableWrite> writes, CancellationToken cancellationToken)
    {
        await presence.ConfirmAsync(cancellationToken);
        return await store.WriteAsync(table, partition, writes, cancellationToken);
    }
}
