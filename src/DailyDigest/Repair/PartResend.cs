using DailyDigest.Runs;
using DailyDigest.Sending;
using DailyDigest.Storage;

namespace DailyDigest.Repair;

/// <summary>
/// Makes the chosen readers of a part due again, in batches under the part's lease, and releases the part. A reader whose row changes
/// meanwhile is skipped: the reader left, or another writer settled the delivery.
/// </summary>
internal sealed class PartResend(
    ITableStore tables, PartLease lease, Run run, PartReaders readers, DeliveryOptions options, TimeProvider time)
{
    // Two rows for a reader; the control row and the count of late refusals beside them.
    private const int MaxReaders = (TableRules.MaxBatch - 2) / 2;

    private readonly PartBatch<DeliveryRow?> batch = new(lease, MaxReaders, _ => { }, time);
    private bool any;

    /// <summary>Returns what was chosen; null if another worker took the part. The readers committed until then stay due.</summary>
    public async Task<ResendTally?> ExecuteAsync(CancellationToken cancellationToken)
    {
        var tally = new ResendTally();
        await foreach (var (row, entry) in readers.ReadAsync(cancellationToken))
        {
            if (row is { State: DeliveryState.Attempting } && lease.WasAbandoned)
            {
                // A part may be released only when no row of its last owner is left in "attempting".
                batch.Add(row, [.. Outcomes.Rows(lease.Part, Outcomes.AfterCrash(row, time.GetUtcNow(), options.InDoubt))]);
            }
            else if (readers.Choose(row, entry, tally) is { } next)
            {
                var write = row is null ? TableWrite.Insert(next.ToRow()) : TableWrite.Update(next.ToRow(), row.ETag!);
                batch.Add(row, [write, TableWrite.Upsert(new TableRow(lease.Part.RetryKey(next.Until!.Value, next.SubscriberId)))]);
                any = true;
            }

            if (batch.IsDue && !await CommitAsync(control => control))
            {
                return null;
            }
        }

        return await CommitAsync(control => control) && await CommitAsync(control => control with { Owner = null, NextRetry = null })
            ? tally : null;
    }

    /// <summary>Returns false when the part is lost.</summary>
    private Task<bool> CommitAsync(Func<PartControl, PartControl> next) => batch.CommitAsync(
        control => next(control) with
        {
            Done = control.Done && !any,
            Cancelled = false,
            Paused = control.Paused && run.State == RunState.Open,
            Other = Math.Max(0, control.Other - batch.Items.Count(before => before is { IsSettled: true })),
        },
        async () => batch.Items.Count(before => before is { RefusedLate: true }) is > 0 and var refused
            ? await LateRefusals.ChangeAsync(tables, lease.Part.Partition, lease.Part.Cohort, -refused, CancellationToken.None)
            : null);
}
