using DailyDigest.Storage;

namespace DailyDigest.Testing.Storage;

/// <summary>A table store that passes every call on. A test overrides the calls that it changes or watches.</summary>
public abstract class PassThroughTableStore(ITableStore store) : ITableStore
{
    /// <inheritdoc/>
    public virtual Task PrepareAsync(CancellationToken cancellationToken) => store.PrepareAsync(cancellationToken);

    /// <inheritdoc/>
    public virtual Task<TableRow?> GetAsync(string table, string partition, string row, CancellationToken cancellationToken) =>
        store.GetAsync(table, partition, row, cancellationToken);

    /// <inheritdoc/>
    public virtual Task<IReadOnlyList<TableRow>> QueryAsync(
        string table, string partition, RowRange range, int take, CancellationToken cancellationToken) =>
        store.QueryAsync(table, partition, range, take, cancellationToken);

    /// <inheritdoc/>
    public virtual Task<WriteResult> WriteAsync(
        string table, string partition, IReadOnlyList<TableWrite> writes, CancellationToken cancellationToken) =>
        store.WriteAsync(table, partition, writes, cancellationToken);
}
