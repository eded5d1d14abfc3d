using DailyDigest.Calendar;
using DailyDigest.Digests;
using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Repair;

/// <summary>To whom an operator wants to send a run again.</summary>
public enum SendAgainTo
{
    /// <summary>
    /// Readers who certainly did not get it: expired, refused for a reason that may have gone, withheld by a cancel, or never begun.
    /// </summary>
    Missing,

    /// <summary>Readers who may have it and are held: they get it with the same Message-ID.</summary>
    Held,
}

/// <summary>The outcome of sending a run again.</summary>
public enum SendAgainOutcome
{
    /// <summary>The readers found are being sent to, or were counted; see the numbers.</summary>
    Done,

    /// <summary>The run is being prepared or was skipped, so that it missed nobody.</summary>
    NotDelivered,

    /// <summary>The date is too long ago: an unsubscribe would no longer stop mail being sent.</summary>
    TooOld,

    /// <summary>The run sent nothing, and a later digest has its stories.</summary>
    SentLater,

    /// <summary>Its digest cannot be read.</summary>
    NoDigest,
}

/// <summary>The result of sending again.</summary>
/// <param name="Run">The run as stored.</param>
/// <param name="Outcome">The outcome.</param>
/// <param name="Found">Readers to send to, by their former state, such as "rejected: mailbox-full".</param>
/// <param name="Left">Readers who would have been chosen and have left or changed since: nothing is sent to them.</param>
/// <param name="InOtherHands">Readers in parts that a worker holds at present: unchanged; the command can be repeated.</param>
public sealed record SendAgainReport(
    Run Run, SendAgainOutcome Outcome, IReadOnlyDictionary<string, long> Found, long Left, long InOtherHands)
{
    /// <summary>In <see cref="Found"/>: readers whom the run never reached.</summary>
    public const string NotTakenUp = "not taken up";

    /// <summary>
    /// Readers who have not got it yet and are not among those found. An open run sends to them anyway; a closed run, in which an earlier
    /// call was interrupted, once it is opened.
    /// </summary>
    public long Waiting { get; init; }

    /// <summary>Readers to send to.</summary>
    public long Total => Found.Values.Sum();
}

/// <summary>
/// Sends a run to exactly the readers it missed, or to those who are held. First the parts are changed, each under its lease; then the run
/// is opened. No worker sends in a closed run, so an interruption leaves readers deferred in a closed run, and the next call finds them
/// again.
/// </summary>
public sealed partial class SendAgain(
    ITableStore tables, IQueueStore queues, RunStore runs, DigestStore digests, SentStoryStore sent, AudienceStore audience,
    PartLeases leases, SteerRun steerRun, DeliveryOptions options, TimeProvider time, ILogger<SendAgain> logger)
{
    /// <summary>Finds the readers and, unless <paramref name="dryRun"/>, makes them due and enqueues their parts. Repeatable.</summary>
    /// <param name="run">The run, as read.</param>
    /// <param name="to">To whom.</param>
    /// <param name="subscriberId">One reader; null for all.</param>
    /// <param name="dryRun">True to count only.</param>
    /// <param name="cancellationToken">Stops it; the next call finds the rest.</param>
    /// <exception cref="StorageException">The store failed and stayed so; the next call continues.</exception>
    public async Task<SendAgainReport> ExecuteAsync(
        Run run, SendAgainTo to, string? subscriberId, bool dryRun, CancellationToken cancellationToken)
    {
        if (await RefusalAsync(run, cancellationToken) is { } refusal)
        {
            return new SendAgainReport(run, refusal, new Dictionary<string, long>(), 0, 0);
        }

        if (run is { State: RunState.Open, Cancelled: true } && !dryRun)
        {
            // Before its parts: a worker would withhold the readers chosen here.
            run = await OpenAsync(run, cancellationToken) ?? run;
        }

        _ = Cohort.TryParse(run.Cohort, out var cohort);
        var (all, inOtherHands, turned) = (new ResendTally(), 0L, new List<Part>());
        foreach (var slice in Part.SlicesOf(run.Slices)
            .Where(slice => subscriberId is null || Part.SliceOf(subscriberId, run.Slices) == slice))
        {
            var part = new Part(run.Date, slice, run.Cohort);
            var readers = new PartReaders(part, cohort, run, to, subscriberId, tables, audience, time);
            var here = await readers.CountAsync(cancellationToken);
            if (here.Total == 0 || dryRun)
            {
                all.Add(here);
                continue;
            }

            using var lease = await leases.TakeAsync(part, cancellationToken, evenIdle: true);
            if (lease is not null
                && await new PartResend(tables, lease, run, readers, options, time).ExecuteAsync(cancellationToken) is { } done)
            {
                all.Add(done);
                turned.Add(part);
            }
            else
            {
                inOtherHands += here.Total;
                all.Waiting += here.Waiting;
            }
        }

        if (turned.Count > 0)
        {
            // A run that sent nothing did not count its stories as sent. Now they count, before the first mail leaves.
            await (run.CountsAsSent ? Task.CompletedTask
                : sent.RememberAsync((await digests.GetAsync(run.Date, run.Cohort, cancellationToken))!, cancellationToken));
            run = await OpenAsync(run, cancellationToken) ?? run;
            foreach (var part in turned)
            {
                await queues.EnqueueAsync(Queues.Deliver, part.ToString(), TimeSpan.Zero, cancellationToken);
            }

            Log.Again(logger, run.Date, run.Cohort, all.Total, to);
        }

        return new SendAgainReport(run, SendAgainOutcome.Done, all.Found, all.Left, inOtherHands) { Waiting = all.Waiting };
    }

    /// <summary>Why the run cannot be sent again; null if it can. A few reads.</summary>
    internal async Task<SendAgainOutcome?> RefusalAsync(Run run, CancellationToken cancellationToken)
    {
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        return run.State is not (RunState.Open or RunState.Closed) ? SendAgainOutcome.NotDelivered
            : run.Date < today.AddDays(-Run.MaxDaysBack) ? SendAgainOutcome.TooOld
            : !Cohort.TryParse(run.Cohort, out _) || await digests.GetAsync(run.Date, run.Cohort, cancellationToken) is null
                ? SendAgainOutcome.NoDigest
            : !run.CountsAsSent
                && (await digests.ListDatesAsync(run.Cohort, run.Date.AddDays(1), today.AddDays(1), cancellationToken)).Count > 0
                ? SendAgainOutcome.SentLater
            : null;
    }

    /// <summary>
    /// Opens the run with a new deadline. Written also if it is open: a process that closes it on what it read before must notice.
    /// </summary>
    private async Task<Run?> OpenAsync(Run run, CancellationToken cancellationToken)
    {
        for (Run? current = run; current is { State: RunState.Open or RunState.Closed }; current = await runs.GetAsync(
            run.Date, run.Cohort, cancellationToken))
        {
            var opened = current with
            {
                State = RunState.Open,
                Ended = null,
                CountsAsSent = true,
                Deadline = time.GetUtcNow() + options.Deadline,
                Cancelled = false,
                Held = current.IsUndecided,
                Paused = current is { State: RunState.Open, Paused: true },
                Counts = new Dictionary<DeliveryState, long>(),
            };
            if (await runs.ChangeAsync(opened, cancellationToken) is { } changed)
            {
                await steerRun.FollowAsync(changed, cancellationToken);
                return changed;
            }
        }

        return null;
    }

    private static partial class Log
    {
        [LoggerMessage(361, LogLevel.Information, "Run {Date:yyyy-MM-dd} {Cohort}: {Count} readers will be sent to again ({Whom})")]
        public static partial void Again(ILogger logger, DateOnly date, string cohort, long count, SendAgainTo whom);
    }
}
