using DailyDigest.Calendar;
using DailyDigest.Runs;
using DailyDigest.Storage;

namespace DailyDigest.Testing.Storage;

/// <summary>
/// A deliberate defect: a program on this store sends without committed attempts. Every test of exact delivery must detect it.
/// </summary>
public sealed class WithoutAttempts(ITableStore store) : PassThroughTableStore(store)
{
    /// <inheritdoc/>
    public override Task<WriteResult> WriteAsync(
        string table, string partition, IReadOnlyList<TableWrite> writes, CancellationToken cancellationToken)
    {
        var kept = writes.Where(write => write.Row.Text("state") != nameof(DeliveryState.Attempting)).ToList();
        return base.WriteAsync(table, partition, kept, cancellationToken);
    }
}
