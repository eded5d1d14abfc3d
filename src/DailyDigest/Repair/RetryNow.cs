using DailyDigest.Calendar;
using DailyDigest.Runs;
using DailyDigest.Sending;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Repair;

/// <summary>What trying again at once met. Who has left since is among none of the numbers.</summary>
/// <param name="Deferred">Readers who were put off, by the relay or because it refused us, and are due now; in a dry run would be.</param>
/// <param name="InDoubt">Readers who are in doubt and are sent to again by the policy anyway: due now. The held are not among them.</param>
/// <param name="NotTakenUp">Readers of parts that go on now whom the run had not come to.</param>
/// <param name="InOtherHands">Readers put off or in doubt in parts that a worker holds just now: they are as they were.</param>
public sealed record RetryNowReport(long Deferred, long InDoubt, long NotTakenUp, long InOtherHands)
{
    /// <summary>Nobody.</summary>
    public static readonly RetryNowReport Nobody = new(0, 0, 0, 0);

    /// <summary>How many are tried now.</summary>
    public long Total => Deferred + InDoubt + NotTakenUp;

    /// <summary>Both together.</summary>
    public static RetryNowReport operator +(RetryNowReport one, RetryNowReport other) => new(
        one.Deferred + other.Deferred, one.InDoubt + other.InDoubt, one.NotTakenUp + other.NotTakenUp, one.InOtherHands + other.InOtherHands);
}

/// <summary>
/// Makes what waits in an open run due at once: an operator has mended the relay. Each part is changed under its lease, in batches that carry its fence; one
/// that a worker holds is left alone. Nothing is put into the queue: who called this takes up the parts, because the relay may still be one that the serving
/// program leaves alone. If nobody does, the sweep takes them up half a minute later.
/// </summary>
public sealed partial class RetryNow(ITableStore tables, AudienceStore audience, DeliveryOptions options, TimeProvider time, ILogger<RetryNow> logger)
{
    private const int MaxChecked = 50;

    /// <summary>Counts them and, unless <paramref name="dryRun"/>, makes them due. Repeatable. Nobody waits in a run that is not open, or is cancelled.</summary>
    /// <param name="run">The run, as read.</param>
    /// <param name="dryRun">True to count only.</param>
    /// <param name="cancellationToken">Stops it; the next call goes on.</param>
    /// <exception cref="StorageException">The store failed and stayed so; the next call goes on.</exception>
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

            using var lease = await PartLease.TakeAsync(tables, part, options, time, cancellationToken, evenIdle: true);
            all += lease is not null && await new PartRetry(tables, lease, readers, options, time).ExecuteAsync(cancellationToken) is { } turned
                ? turned : InHand(await CountAsync(readers, part, control, cancellationToken));
        }

        if (!dryRun)
        {
            Log.Now(logger, run.Date, run.Cohort, all.Total);
        }

        return all;
    }

    /// <summary>
    /// Makes a part due that waits though nobody is left to whom it could send: all have left, or were held. Its run then closes without asking the relay, which
    /// may be down for hours. Returns true if it did.
    /// </summary>
    public async Task<bool> IfNobodyIsLeftAsync(Run run, Part part, PartControl control, CancellationToken cancellationToken)
    {
        if (control is not { Done: false, Owner: null, Paused: false, Cancelled: false } || !(control.NextRetry > time.GetUtcNow())
            || !Cohort.TryParse(run.Cohort, out var cohort) || await IsAnybodyLeftAsync(part, cohort, control, cancellationToken))
        {
            return false;
        }

        using var lease = await PartLease.TakeAsync(tables, part, options, time, cancellationToken, evenIdle: true);
        return lease is not null
            && await new PartRetry(tables, lease, new PartReaders(part, cohort, run, SendAgainTo.Missing, null, tables, audience, time), options, time)
                .ExecuteAsync(cancellationToken) is not null;
    }

    /// <summary>As a rule three reads: the first who waits is somebody. Where many have left it may say so though nobody is; then their time comes.</summary>
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

    private static RetryNowReport InHand(RetryNowReport found) => RetryNowReport.Nobody with { InOtherHands = found.Deferred + found.InDoubt };

    private static async Task<RetryNowReport> CountAsync(PartReaders readers, Part part, PartControl control, CancellationToken cancellationToken)
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
        [LoggerMessage(362, LogLevel.Information, "Run {Date:yyyy-MM-dd} {Cohort}: {Count} readers who waited are tried now")]
        public static partial void Now(ILogger logger, DateOnly date, string cohort, long count);
    }
}
