using DailyDigest.Calendar;
using DailyDigest.Runs;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>
/// Keeps a person who left out of runs that are under way: writes <c>withheld</c> into each open run's ledger where no attempt was begun.
/// Called after the audience's tombstone was written and before the person is told "done".
/// </summary>
public sealed class Withhold(ITableStore tables, RunStore runs, TimeProvider time)
{
    /// <summary>
    /// After this returns, the subscriber gets no mail of any run, except what was already attempting. Only the runs of a cohort in which the subscriber
    /// was on their date: a row under another one would stand in the way of today's digest if the person came back before its hour.
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
        // A run that is being prepared may not have frozen its date's slices yet; its worker will read the tombstone.
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
                return; // Attempting or settled: what was begun is not called back.
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
