using DailyDigest.Calendar;
using DailyDigest.Repair;
using DailyDigest.Returns;
using DailyDigest.Runs;
using DailyDigest.Storage;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Clock;

/// <summary>
/// Restarts what has stalled: runs whose preparation was interrupted, parts whose hint was lost or whose owner has ended, runs that were
/// not closed, and closed runs whose refused readers are not handled yet. It also carries out what an operator ordered for a large run.
/// Last, it adds up the figures.
/// </summary>
public sealed partial class Sweep(
    ITableStore tables, IQueueStore queues, RunStore runs, StartRun startRun, CloseRun closeRun, EndRefused endRefused, SteerRun steerRun,
    PartLeases leases, RetryNow retryNow, CarryOutTask carryOut, SumFigures figures, DeliveryOptions options, TimeProvider time,
    ILogger<Sweep> logger)
{
    private const int NearBack = 3;
    private static readonly TimeSpan HintTimeout = TimeSpan.FromSeconds(30);

    // The next tick begins only when this one has ended. The rest of many runs to close or to follow up is left to it, so that each has its
    // turn.
    private static readonly TimeSpan MaxDuration = TimeSpan.FromSeconds(20);
    private volatile string? continueWith;

    /// <summary>As many days back as the purge keeps the ledger of an open run.</summary>
    private int FarBack => options.KeepDays + Purge.OpenRunDays;

    // A service that was off for days has left open runs: at its start the sweep looks far back, and goes on until it finds none of them.
    private volatile bool lookFarBack = true;

    /// <summary>
    /// Returns the number of hints that were enqueued. After 20 seconds the rest is left to the next tick. A failure of one run does not
    /// stop the others; it is logged and retried.
    /// </summary>
    public async Task<int> ExecuteAsync(CancellationToken cancellationToken)
    {
        var hints = 0;
        var now = time.GetUtcNow();
        var near = await runs.ListNearAsync(now, lookFarBack ? FarBack : NearBack, cancellationToken);
        var left = near.Where(run => run.IsOpen || run.HasRefusedToEnd || run.Ordered is not null).ToList();

        // The last near day included: tomorrow a near look would not find its runs.
        lookFarBack = left.Any(run => run.Date <= DateOnly.FromDateTime(now.UtcDateTime).AddDays(-NearBack));
        var (began, first) = (time.GetTimestamp(), left.FindIndex(run => string.CompareOrdinal(Name(run), continueWith) >= 0));
        continueWith = null;
        foreach (var run in first > 0 ? [.. left[first..], .. left[..first]] : left)
        {
            if (time.GetElapsedTime(began) > MaxDuration)
            {
                continueWith = Name(run);
                break;
            }

            try
            {
                hints += await SweepAsync(run, cancellationToken);
            }
            catch (Exception exception) when (exception is not (OperationCanceledException or OutOfMemoryException))
            {
                Log.Trouble(logger, run.Date, run.Cohort, exception);
            }
        }

        await figures.ExecuteAsync(near, cancellationToken);
        return hints;
    }

    private static string Name(Run run) => $"{run.Date.Text()} {run.Cohort}";

    private async Task<int> SweepAsync(Run run, CancellationToken cancellationToken)
    {
        if (run.Ordered is not null && run.State != RunState.Preparing)
        {
            await carryOut.ExecuteAsync(run, cancellationToken);
            return 0;
        }

        if (run.State == RunState.Preparing && Cohort.TryParse(run.Cohort, out var cohort))
        {
            await startRun.ExecuteAsync(cohort, run.Date, run.Due, cancellationToken);
            return 0;
        }

        if (run.HasRefusedToEnd)
        {
            await endRefused.ExecuteAsync(run, cancellationToken);
            return 0;
        }

        var parts = await LedgerReader.PartsAsync(tables, run, cancellationToken);
        if (parts.Count > 0 && parts.All(part => part.Control.Done))
        {
            await closeRun.ExecuteAsync(run, cancellationToken);
            return 0;
        }

        if (parts.Any(part => !part.Control.Done && !SteerRun.Follows(part.Control, run)))
        {
            // An operator's order whose copy to the parts was interrupted.
            await steerRun.FollowAsync(run, cancellationToken);
            parts = await LedgerReader.PartsAsync(tables, run, cancellationToken);
        }

        var hints = 0;
        foreach (var (part, control) in parts)
        {
            if (await HasStalledAsync(run, part, control, cancellationToken)
                || await retryNow.IfNobodyIsLeftAsync(run, part, control, cancellationToken))
            {
                await queues.EnqueueAsync(Queues.Deliver, part.ToString(), TimeSpan.Zero, cancellationToken);
                hints++;
            }
        }

        return hints;
    }

    /// <summary>True if the part has something to do now and no worker seems to do it. A superfluous hint is harmless.</summary>
    private async Task<bool> HasStalledAsync(Run run, Part part, PartControl control, CancellationToken cancellationToken)
    {
        if (control.Done || (control.Paused && !control.Cancelled))
        {
            return false;
        }

        if (control.Owner is { } owner)
        {
            if (leases.Holds(owner))
            {
                return false;
            }

            if (PartOwner.IsGone(owner))
            {
                return true;
            }
        }

        if (!control.Cancelled && control.NextRetry is { } retry && time.GetUtcNow() < retry + HintTimeout)
        {
            return false;
        }

        // The part is younger than its run. Asking the store for its clock costs two requests for each part of a run that has just begun.
        var sinceStart = time.GetUtcNow() - run.Started;
        if (sinceStart >= TimeSpan.Zero && sinceStart < HintTimeout)
        {
            return false;
        }

        var age = await leases.AgeAsync(part, control, cancellationToken);
        return age > (control.Owner is null ? HintTimeout : options.Lease + HintTimeout);
    }

    private static partial class Log
    {
        [LoggerMessage(221, LogLevel.Error,
            "Run {Date:yyyy-MM-dd} {Cohort} could not be checked for stalled parts; the next tick tries again")]
        public static partial void Trouble(ILogger logger, DateOnly date, string cohort, Exception exception);
    }
}
