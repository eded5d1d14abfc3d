using DailyDigest.Runs;
using DailyDigest.Storage;

namespace DailyDigest.Repair;

/// <summary>
/// Carries out what an operator ordered for a run, and records the result in the run. If it is stopped, the order stays, and the sweep
/// repeats it: each kind of work can be repeated. It also stays while a worker holds readers of it, for a little longer than the lease of a
/// worker that has died.
/// </summary>
public sealed class CarryOutTask(
    ITableStore tables, IQueueStore queues, RunStore runs, RetryNow retryNow, SendAgain sendAgain, HoldInDoubt holdInDoubt,
    DeliveryOptions options, TimeProvider time)
{
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(5);

    /// <summary>Returns the result; null if nothing was ordered.</summary>
    /// <exception cref="StorageException">The store failed and stayed so; the next call continues.</exception>
    public async Task<RunTaskResult?> ExecuteAsync(Run run, CancellationToken cancellationToken)
    {
        if (run.Ordered is not { } task)
        {
            return null;
        }

        var (readers, busy) = task switch
        {
            RunTask.Retry => await RetryAsync(run, cancellationToken),
            RunTask.Hold => await HoldAsync(run, cancellationToken),
            _ => await SendAsync(run, task == RunTask.Missing ? SendAgainTo.Missing : SendAgainTo.Held, cancellationToken),
        };
        var result = new RunTaskResult(task, time.GetUtcNow(), readers, busy);
        while (await runs.GetAsync(run.Date, run.Cohort, cancellationToken) is { } current
            && current.Ordered == task && current.OrderedAt == run.OrderedAt)
        {
            // A reader who is retried twice is one reader; one who is sent to again is not found twice.
            var before = current.LastTask?.Readers ?? 0;
            var all = result with { Readers = task == RunTask.Retry ? Math.Max(before, readers) : before + readers };
            var goesOn = busy > 0 && all.At < current.OrderedAt + options.Lease + Margin;
            if (await runs.ChangeAsync(
                current with { Ordered = goesOn ? task : null, LastTask = all }, cancellationToken) is not null)
            {
                return all;
            }
        }

        return result;
    }

    private async Task<(long Readers, long Busy)> RetryAsync(Run run, CancellationToken cancellationToken)
    {
        var report = await retryNow.ExecuteAsync(run, dryRun: false, cancellationToken);
        foreach (var (part, control) in await LedgerReader.PartsAsync(tables, run, cancellationToken))
        {
            if (control is { Done: false, Owner: null, NextRetry: null })
            {
                await queues.EnqueueAsync(Queues.Deliver, part.ToString(), TimeSpan.Zero, cancellationToken);
            }
        }

        return (report.Total, report.InOtherHands);
    }

    private async Task<(long Readers, long Busy)> HoldAsync(Run run, CancellationToken cancellationToken)
    {
        var report = await holdInDoubt.ExecuteAsync(run, dryRun: false, cancellationToken);
        return (report.Held, report.OnTheWire);
    }

    private async Task<(long Readers, long Busy)> SendAsync(Run run, SendAgainTo to, CancellationToken cancellationToken)
    {
        var report = await sendAgain.ExecuteAsync(run, to, null, dryRun: false, cancellationToken);
        return (report.Total, report.InOtherHands);
    }
}
