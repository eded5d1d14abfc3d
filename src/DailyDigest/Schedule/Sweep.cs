using DailyDigest.Delivery;
using DailyDigest.Storage;

namespace DailyDigest.Schedule;

/// <summary>Takes up what has stalled: runs whose preparation broke off, parts whose hint was lost or whose owner is gone, runs that nobody closed.</summary>
public sealed class Sweep(
    ITableStore tables, IQueueStore queues, RunStore runs, StartRun startRun, CloseRun closeRun,
    DeliveryOptions options, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Returns the number of hints that were enqueued.</summary>
    public async Task<int> ExecuteAsync(CancellationToken cancellationToken)
    {
        var hints = 0;
        foreach (var open in await runs.ListOpenAsync(time.GetUtcNow(), cancellationToken))
        {
            var run = open;
            if (run.State == RunState.Preparing && Cohort.TryParse(run.Cohort, out var cohort))
            {
                await startRun.ExecuteAsync(cohort, run.Date, run.Due, cancellationToken);
                continue;
            }

            var parts = await LedgerReader.PartsAsync(tables, run, cancellationToken);
            if (parts.Count > 0 && parts.All(part => part.Control.Done))
            {
                await closeRun.ExecuteAsync(run, cancellationToken);
                continue;
            }

            foreach (var (part, control) in parts)
            {
                if (await HasStalledAsync(part, control, cancellationToken))
                {
                    await queues.EnqueueAsync(Queues.Deliver, part.ToString(), TimeSpan.Zero, cancellationToken);
                    hints++;
                }
            }
        }

        return hints;
    }

    /// <summary>True if the part has something to do now and nobody seems to do it. A hint too many is harmless.</summary>
    private async Task<bool> HasStalledAsync(Part part, PartControl control, CancellationToken cancellationToken)
    {
        if (control.Done || (control.Paused && !control.Cancelled))
        {
            return false;
        }

        if (control.Owner is { } owner && PartOwner.IsGone(owner))
        {
            return true;
        }

        if (control.NextRetry is { } retry && time.GetUtcNow() < retry + Patience)
        {
            return false;
        }

        var age = await StoreClock.NowAsync(tables, part.Partition, cancellationToken) - control.Timestamp;
        return age > (control.Owner is null ? Patience : options.Lease + Patience);
    }
}
