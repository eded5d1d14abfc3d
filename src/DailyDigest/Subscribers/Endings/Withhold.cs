using DailyDigest.Calendar;
using DailyDigest.Runs;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>
/// Excludes a person who left from open runs: writes <c>withheld</c> into the ledger of each open run where no attempt started.
/// Call it after the audience's tombstone is written and before the page confirms that the person left.
/// </summary>
public sealed class Withhold(ITableStore tables, RunStore runs, TimeProvider time)
{
    /// <summary>
    /// After this returns, no run sends a digest to the subscriber, except one that is already attempting. Only runs of a cohort that the
    /// subscriber was in on the run's date get a row: another row would block today's digest if the person came back before its hour.
    /// </summary>
    public async Task ExecuteAsync(Subscriber subscriber, CancellationToken cancellationToken)
    {
        foreach (var run in await runs.ListOpenAsync(time.GetUtcNow(), cancellationToken))
        {
            if (subscriber.Placements.Any(placement => placement.Cohort.Key == run.Cohort && placement.Covers(run.Date)))
            {
                await WithholdAsync(run, subscriber.Id, cancellationToken);
            }
        }
    }

    private async Task WithholdAsync(Run run, string subscriberId, CancellationToken cancellationToken)
    {
        // A run in preparation may not have frozen the slices of its date yet; its worker will read the tombstone.
        if (await runs.FrozenSlicesAsync(run.Date, cancellationToken) is not { } slices)
        {
            return;
        }

        var partition = Part.LedgerPartition(run.Date, Part.SliceOf(subscriberId, slices));
        while (true)
        {
            var withheld = new DeliveryRow
            {
                SubscriberId = subscriberId,
                Cohort = run.Cohort,
                State = DeliveryState.Withheld,
                Reason = "left or changed",
                At = time.GetUtcNow(),
            };
            var inserted = await tables.WriteAsync(Tables.Ledger, partition, TableWrite.Insert(withheld.ToRow()), cancellationToken);
            if (inserted.IsDone)
            {
                return;
            }

            var stored = await tables.GetAsync(Tables.Ledger, partition, subscriberId, cancellationToken);
            if (stored is null || DeliveryRow.Read(stored) is not { State: DeliveryState.Deferred or DeliveryState.Unknown } row)
            {
                return; // Attempting or settled: a started attempt is not cancelled.
            }

            var changed = row with { State = DeliveryState.Withheld, Reason = "left or changed", At = time.GetUtcNow(), Until = null };
            if ((await tables.WriteAsync(
                    Tables.Ledger, partition, TableWrite.Update(changed.ToRow(), row.ETag!), cancellationToken)).IsDone)
            {
                return;
            }
        }
    }
}
