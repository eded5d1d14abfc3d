using DailyDigest.Calendar;
using DailyDigest.Runs;
using DailyDigest.Storage;

namespace DailyDigest.Testing.Storage;

/// <summary>
/// A deliberate defect: a program on this store sends without committed attempts. Every test of exact delivery must detect it.
/// </summary>
public sealed class WithoutAttempts(ITableStore store) : ITableStore
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
    public Task<WriteResult> WriteAsync(
        string table, string partition, IReadOnlyList<TableWrite> writes, CancellationToken cancellationToken)
    {
        var kept = writes.Where(write => write.Row.Text("state") != nameof(DeliveryState.Attempting)).ToList();
        return store.WriteAsync(table, partition, kept, cancellationToken);
    }
}
