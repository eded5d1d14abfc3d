using DailyDigest.Calendar;
using DailyDigest.Runs;
using DailyDigest.Sending;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Repair;

/// <summary>The result of retrying at once. Readers who have left since are in none of the numbers.</summary>
/// <param name="Deferred">
/// Readers deferred by the relay, or because it refused us, who are due now; in a dry run those who would be.
/// </param>
/// <param name="InDoubt">Readers in doubt to whom the policy sends again anyway; due now. Held readers are not among them.</param>
/// <param name="NotTakenUp">Readers whom the run had not reached, in parts that continue now.</param>
/// <param name="InOtherHands">Deferred or in doubt, in parts that a worker holds at present: unchanged.</param>
public sealed record RetryNowReport(long Deferred, long InDoubt, long NotTakenUp, long InOtherHands)
{
    /// <summary>Nobody.</summary>
    public static readonly RetryNowReport Nobody = new(0, 0, 0, 0);

    /// <summary>Readers who are tried now.</summary>
    public long Total => Deferred + InDoubt + NotTakenUp;

    /// <summary>Adds the numbers.</summary>
    public static RetryNowReport operator +(RetryNowReport one, RetryNowReport other) => new(
        one.Deferred + other.Deferred, one.InDoubt + other.InDoubt, one.NotTakenUp + other.NotTakenUp,
            one.InOtherHands + other.InOtherHands);
}

/// <summary>
/// Makes the waiting readers of an open run due at once, after an operator has repaired the relay. Each part is changed under its lease, in
/// fenced batches; a part that a worker holds is not changed. Nothing is enqueued: the caller delivers the parts, because the serving
/// program may still have the relay paused. If the caller does not, the sweep enqueues them half a minute later.
/// </summary>
public sealed partial class RetryNow(
    ITableStore tables, AudienceStore audience, PartLeases leases, DeliveryOptions options, TimeProvider time, ILogger<RetryNow> logger)
{
    private const int MaxChecked = 50;

    /// <summary>
    /// Counts them and, unless <paramref name="dryRun"/>, makes them due. Repeatable. In a run that is not open, or is cancelled, nobody
    /// waits.
    /// </summary>
    /// <param name="run">The run, as read.</param>
    /// <param name="dryRun">True to count only.</param>
    /// <param name="cancellationToken">Stops it; the next call continues.</param>
    /// <exception cref="StorageException">The store failed and stayed so; the next call continues.</exception>
    public async Task<RetryNowReport> ExecuteAsync(Run run, bool dryRun, CancellationToken cancellationToken)
    {
        var all = RetryNowReport.Nobody;
        if (run is not { State: RunState.Open, Cancelled: false } || !Cohort.TryParse(run.Cohort, out var cohort))
        {
            return all;
        }

        foreach (var (part, control) in (await LedgerReader.PartsAsync(tables, run, cancellationToken)).Where(one => !one.Control.Done))
        {
            var readers = new PartReaders(part, cohort, run, SendAgainTo.Missing, null, tables, audience, time);
            if (dryRun)
            {
                var counted = await CountAsync(readers, part, control, cancellationToken);
                all += control.Owner is null || PartOwner.IsGone(control.Owner) ? counted : InHand(counted);
                continue;
            }

            using var lease = await leases.TakeAsync(part, cancellationToken, evenIdle: true);
            all += lease is not null
                && await new PartRetry(tables, lease, readers, options, time).ExecuteAsync(cancellationToken) is { } turned
                ? turned : InHand(await CountAsync(readers, part, control, cancellationToken));
        }

        if (!dryRun)
        {
            Log.Now(logger, run.Date, run.Cohort, all.Total);
        }

        return all;
    }

    /// <summary>
    /// Makes a waiting part due that has no reader left to send to: all have left, or were held. Its run then closes without trying the
    /// relay, which may be down for hours. Returns true if it did.
    /// </summary>
    public async Task<bool> IfNobodyIsLeftAsync(Run run, Part part, PartControl control, CancellationToken cancellationToken)
    {
        if (control is not { Done: false, Owner: null, Paused: false, Cancelled: false } || !(control.NextRetry > time.GetUtcNow())
            || !Cohort.TryParse(run.Cohort, out var cohort) || await IsAnybodyLeftAsync(part, cohort, control, cancellationToken))
        {
            return false;
        }

        using var lease = await leases.TakeAsync(part, cancellationToken, evenIdle: true);
        return lease is not null
            && await new PartRetry(
                tables, lease, new PartReaders(part, cohort, run, SendAgainTo.Missing, null, tables, audience, time), options, time)
                .ExecuteAsync(cancellationToken) is not null;
    }

    /// <summary>
    /// Usually three reads, because the first waiting reader is still subscribed. If many have left it may return true although nobody is
    /// left; the part then waits for its time.
    /// </summary>
    private async Task<bool> IsAnybodyLeftAsync(Part part, Cohort cohort, PartControl control, CancellationToken cancellationToken)
    {
        var waiting = await tables.QueryAsync(Tables.Ledger, part.Partition, part.RetryRange, MaxChecked, cancellationToken);
        foreach (var index in waiting)
        {
            if (await RetryReads.RowAsync(tables, part, index.Key, cancellationToken) is { } row
                && await audience.GetAsync(cohort, row.SubscriberId, cancellationToken) is { } entry && entry.CountsOn(part.Date))
            {
                return true;
            }
        }

        if (waiting.Count == MaxChecked || control.Exhausted)
        {
            return waiting.Count == MaxChecked;
        }

        var pages = new AudiencePages(audience, cohort, part.AudienceSlices, MaxChecked);
        pages.MoveAfter(control.Cursor);
        while (!pages.AtEnd)
        {
            var page = await pages.NextAsync(cancellationToken);
            if (page.Count == MaxChecked || page.Any(entry => entry.CountsOn(part.Date)))
            {
                return true;
            }
        }

        return false;
    }

    private static RetryNowReport InHand(RetryNowReport found) =>
        RetryNowReport.Nobody with { InOtherHands = found.Deferred + found.InDoubt };

    private static async Task<RetryNowReport> CountAsync(
        PartReaders readers, Part part, PartControl control, CancellationToken cancellationToken)
    {
        var found = RetryNowReport.Nobody;
        await foreach (var (row, entry) in readers.ReadAsync(cancellationToken))
        {
            found += PartRetry.Count(row, entry, part, control);
        }

        return found;
    }

    private static partial class Log
    {
        [LoggerMessage(362, LogLevel.Information, "Run {Date:yyyy-MM-dd} {Cohort}: {Count} waiting readers are retried now")]
        public static partial void Now(ILogger logger, DateOnly date, string cohort, long count);
    }
}
