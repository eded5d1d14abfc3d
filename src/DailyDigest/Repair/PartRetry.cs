using DailyDigest.Runs;
using DailyDigest.Sending;
using DailyDigest.Storage;
using DailyDigest.Subscribers;

namespace DailyDigest.Repair;

/// <summary>
/// Makes the waiting readers of a part due at once, in batches under the part's lease, and releases the part without a wait.
/// </summary>
internal sealed class PartRetry(ITableStore tables, PartLease lease, PartReaders readers, DeliveryOptions options, TimeProvider time)
{
    // Three rows for a reader: the delivery, and the index rows of the old and of the new instant; and the control row.
    private const int MaxReaders = (TableRules.MaxBatch - 1) / 3;

    /// <summary>
    /// Returns the readers that are due now; null if another worker took the part. The readers committed until then stay due.
    /// </summary>
    public async Task<RetryNowReport?> ExecuteAsync(CancellationToken cancellationToken)
    {
        var found = RetryNowReport.Nobody;

        // A reader whose row changes meanwhile left or was held, and waits no more.
        var batch = new PartBatch<RetryNowReport>(
            lease, MaxReaders, one => found += RetryNowReport.Nobody with { Deferred = -one.Deferred, InDoubt = -one.InDoubt }, time);
        await foreach (var (row, entry) in readers.ReadAsync(cancellationToken))
        {
            var (now, counted) = (time.GetUtcNow(), Count(row, entry, lease.Part, lease.Control));
            found += counted;
            if (row is { State: DeliveryState.Attempting } && lease.WasAbandoned)
            {
                // A part may be released only when no row of its last owner is left in "attempting".
                batch.Add(counted, [.. Outcomes.Rows(lease.Part, Outcomes.AfterCrash(row, now, options.InDoubt))]);
            }
            else if (row is { State: DeliveryState.Deferred or DeliveryState.Unknown, Until: { } until } && until > now)
            {
                // Also for a reader who has left: the worker withholds that delivery, and the run can close without waiting.
                batch.Add(counted, [
                    TableWrite.Update((row with { Until = now }).ToRow(), row.ETag!),
                    TableWrite.Delete(lease.Part.RetryKey(until, row.SubscriberId)),
                    TableWrite.Upsert(new TableRow(lease.Part.RetryKey(now, row.SubscriberId))),
                ]);
            }

            if (batch.IsDue && !await batch.CommitAsync(control => control))
            {
                return null;
            }
        }

        // The operator asked for it: the relay's next refusal counts as the first.
        return await batch.CommitAsync(control => control) && await DeleteStaleIndexAsync(batch, cancellationToken)
            && await batch.CommitAsync(control => control with { Owner = null, NextRetry = null, Troubles = 0 }) ? found : null;
    }

    /// <summary>
    /// Deletes the index rows of later instants that lead to no delivery: it was held, withheld or reported since. The run need not wait
    /// for them. Returns false when the part is lost.
    /// </summary>
    private async Task<bool> DeleteStaleIndexAsync(PartBatch<RetryNowReport> batch, CancellationToken cancellationToken)
    {
        var later = lease.Part.RetryRange with { From = null, After = lease.Part.RetryKey(time.GetUtcNow(), "g") };
        await foreach (var index in tables.ScanAsync(Tables.Ledger, lease.Part.Partition, later, cancellationToken))
        {
            if (await RetryReads.RowAsync(tables, lease.Part, index.Key, cancellationToken) is null)
            {
                batch.Add(RetryNowReport.Nobody, [TableWrite.Delete(index.Key)]);
            }

            if (batch.IsDue && !await batch.CommitAsync(control => control))
            {
                return false;
            }
        }

        return await batch.CommitAsync(control => control);
    }

    /// <summary>
    /// The kind of a reader of the part. A reader who has left counts as nobody, and so does one whom a part that has read its whole
    /// audience did not take up.
    /// </summary>
    public static RetryNowReport Count(DeliveryRow? row, AudienceEntry? entry, Part part, PartControl control) => (row?.State, entry) switch
    {
        (_, null) => RetryNowReport.Nobody,
        (_, { } reader) when !reader.CountsOn(part.Date) => RetryNowReport.Nobody,
        (null, _) => control.Exhausted ? RetryNowReport.Nobody : RetryNowReport.Nobody with { NotTakenUp = 1 },
        (DeliveryState.Deferred, _) => RetryNowReport.Nobody with { Deferred = 1 },
        (DeliveryState.Unknown, _) => RetryNowReport.Nobody with { InDoubt = 1 },
        _ => RetryNowReport.Nobody,
    };
}
