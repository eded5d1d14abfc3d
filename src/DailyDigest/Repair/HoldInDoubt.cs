using DailyDigest.Runs;
using DailyDigest.Storage;

namespace DailyDigest.Repair;

/// <summary>The result of holding.</summary>
/// <param name="Held">Deliveries that were in doubt and are held now; in a dry run those that would be.</param>
/// <param name="OnTheWire">Deliveries in "attempting": their outcome is not known yet.</param>
public sealed record HeldReport(long Held, long OnTheWire);

/// <summary>
/// Holds the deliveries of a run that are in doubt: they are sent again only if an operator releases them. No lease is needed: a delivery
/// that the part's owner has just begun has another version, and one of the two writes fails.
/// </summary>
public sealed class HoldInDoubt(ITableStore tables, TimeProvider time)
{
    /// <summary>Turns every unknown delivery of the run to held; only counts them in a dry run. Repeatable.</summary>
    public async Task<HeldReport> ExecuteAsync(Run run, bool dryRun, CancellationToken cancellationToken)
    {
        var (held, onTheWire) = (0L, 0L);
        await foreach (var row in LedgerReader.DeliveriesAsync(tables, run, cancellationToken))
        {
            onTheWire += row.State == DeliveryState.Attempting ? 1 : 0;
            held += row.State == DeliveryState.Unknown && (dryRun || await HoldAsync(run, row, cancellationToken)) ? 1 : 0;
        }

        return new HeldReport(held, onTheWire);
    }

    private async Task<bool> HoldAsync(Run run, DeliveryRow row, CancellationToken cancellationToken)
    {
        var partition = Part.LedgerPartition(run.Date, Part.SliceOf(row.SubscriberId, run.Slices));
        for (var current = row; current is { State: DeliveryState.Unknown };)
        {
            // The index row of the retry stays: it leads to a settled delivery, and the worker deletes it.
            var next = current with { State = DeliveryState.Held, Reason = "held by an operator", At = time.GetUtcNow(), Until = null };
            if ((await tables.WriteAsync(
                    Tables.Ledger, partition, TableWrite.Update(next.ToRow(), current.ETag!), cancellationToken)).IsDone)
            {
                return true;
            }

            var stored = await tables.GetAsync(Tables.Ledger, partition, row.SubscriberId, cancellationToken);
            current = stored is null ? null : DeliveryRow.Read(stored);
        }

        return false;
    }
}
