using DailyDigest.Calendar;
using DailyDigest.Digests;
using DailyDigest.Edits;
using DailyDigest.Runs;
using DailyDigest.Selection;
using DailyDigest.Settings;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Clock;

/// <summary>
/// Creates a cohort's run for a local date: run row, frozen digest, parts, hints. Every step inserts if absent, in an order that can
/// stop anywhere and be repeated by any process.
/// </summary>
public sealed partial class StartRun(
    ITableStore tables, IQueueStore queues, RunStore runs, CohortStore cohorts, AudienceStore audience, ChangeStore changes,
    RestoreHolds holds, PrepareDigest prepare, AskForApproval approval, SteerRun steerRun, Publication publication,
    DeliveryOptions options, TimeProvider time, ILogger<StartRun> logger)
{
    /// <summary>Returns the run as stored: open, or skipped and why, or as another process left it.</summary>
    /// <param name="cohort">The cohort.</param>
    /// <param name="date">The local date.</param>
    /// <param name="due">The cohort's hour on the date.</param>
    /// <param name="cancellationToken">Stops it; the next tick continues.</param>
    public async Task<Run> ExecuteAsync(Cohort cohort, DateOnly date, DateTimeOffset due, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var held = await holds.CoverAsync(due, cancellationToken);
        var run = await runs.BeginAsync(New(cohort, date, due, now, RunState.Preparing) with { Held = held }, cancellationToken);
        if (run.State != RunState.Preparing)
        {
            return run;
        }

        // A run begun after the window was begun at an operator's order, and its deadline counts from now.
        // A held run waits for an operator, however late it is.
        var late = !run.Held
            && now - (run.Started - due > options.CatchUp ? run.Started : due) > options.CatchUp + approval.MaxWait;
        if (late)
        {
            const string Late = "its preparation broke off and was not taken up again in time";
            Log.Missed(logger, date, cohort.Key, Late);
            var skipped = run with { State = RunState.Skipped, Why = Late, Ended = now, CountsAsSent = false, Missed = true };
            return await ChangeAsync(skipped, "skipped", cancellationToken);
        }

        // The home cohort's digest is also shown in the archive. Other cohorts without readers get none: a digest would be stored for
        // nobody every day.
        if (cohort != publication.HomeCohort && !await HasReadersAsync(cohort, date, cancellationToken))
        {
            return await ChangeAsync(
                run with { State = RunState.Skipped, Why = Run.NoReaders, Ended = now, CountsAsSent = false },
                "skipped",
                cancellationToken);
        }

        // The copy of a restore may not have the run's stories before the feeds are polled: an empty digest would be kept for ever.
        if (run.IsUndecided && (await prepare.ChooseAsync(cohort, date, StoryChoice.All, now, cancellationToken)).Items.Count == 0)
        {
            return run;
        }

        var answer = await approval.ExecuteAsync(date, due, now, cancellationToken);
        if (answer is ApprovalAnswer.Wait wait)
        {
            // The sweep of every tick comes back to a run in preparation.
            if (run.AwaitsApprovalUntil != wait.Until
                && await runs.ChangeAsync(run with { AwaitsApprovalUntil = wait.Until }, cancellationToken) is { } waiting)
            {
                Log.Waits(logger, date, cohort.Key, wait.Until);
                return waiting;
            }

            return run;
        }

        if (answer is ApprovalAnswer.Skip skip)
        {
            Log.Skipped(logger, date, cohort.Key, skip.Why);
            return await ChangeAsync(
                run with { State = RunState.Skipped, Why = skip.Why, Ended = now, CountsAsSent = false }, "skipped", cancellationToken);
        }

        var digest = await prepare.ExecuteAsync(cohort, date, cancellationToken, (answer as ApprovalAnswer.Go)?.Record);
        if (!await HasItemsAsync(cohort, digest, cancellationToken))
        {
            Log.Skipped(logger, date, cohort.Key, digest.Skipped);
            return await ChangeAsync(
                run with { State = RunState.Skipped, Why = digest.Skipped, Ended = now, CountsAsSent = false },
                "skipped",
                cancellationToken);
        }

        var slices = await runs.FrozenSlicesAsync(date, cancellationToken)
            ?? await runs.SlicesAsync(date, await WantedSlicesAsync(cancellationToken), cancellationToken);
        foreach (var slice in Part.SlicesOf(slices))
        {
            var part = new Part(date, slice, cohort.Key);
            await tables.WriteAsync(
                Tables.Ledger, part.Partition, TableWrite.Insert(new PartControl().ToRow(part)), cancellationToken);
        }

        // Open before the hints are enqueued: a worker drops a hint of a run in preparation. The sweep replaces lost hints.
        run = await ChangeAsync(run with { State = RunState.Open, Slices = slices }, "opened", cancellationToken);
        if (run.State == RunState.Preparing)
        {
            // An operator paused or cancelled it meanwhile: repeat with the run as stored now.
            return await ExecuteAsync(cohort, date, due, cancellationToken);
        }

        if (run.State == RunState.Open)
        {
            if (run.IsStopped || run.Cancelled)
            {
                await steerRun.FollowAsync(run, cancellationToken);
            }

            foreach (var slice in Part.SlicesOf(run.Slices))
            {
                await queues.EnqueueAsync(Queues.Deliver, new Part(date, slice, cohort.Key).ToString(), TimeSpan.Zero, cancellationToken);
            }

            Log.Opened(logger, date, cohort.Key, digest.Items.Count);
        }

        return run;
    }

    /// <summary>
    /// Records that the date's digest was not made, and why. Does nothing if the date has a run. If the date may have been sent without the
    /// store's knowledge, its run is begun and held instead; an older one is recorded with this reason.
    /// </summary>
    public async Task<Run> SkipAsync(Cohort cohort, DateOnly date, DateTimeOffset due, string why, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (await holds.CoverAsync(due, cancellationToken))
        {
            return date >= DateOnly.FromDateTime(now.UtcDateTime).AddDays(-Run.MaxDaysBack)
                ? await ExecuteAsync(cohort, date, due, cancellationToken)
                : await runs.BeginAsync(
                    New(cohort, date, due, now, RunState.Skipped) with
                    {
                        Why = Run.Forgotten,
                        Ended = now,
                        CountsAsSent = false,
                        Held = true,
                    },
                    cancellationToken);
        }

        var run = await runs.BeginAsync(
            New(cohort, date, due, now, RunState.Skipped) with { Why = why, Ended = now, CountsAsSent = false, Missed = true },
            cancellationToken);
        if (run.Why == why && run.Started == now)
        {
            Log.Missed(logger, date, cohort.Key, why);
        }

        return run;
    }

    private Run New(Cohort cohort, DateOnly date, DateTimeOffset due, DateTimeOffset now, RunState state) => new()
    {
        Date = date,
        Cohort = cohort.Key,
        State = state,
        Due = due,
        Started = now,
        Deadline = now + options.Deadline,
    };

    private async Task<Run> ChangeAsync(Run run, string outcome, CancellationToken cancellationToken)
    {
        if (await runs.ChangeAsync(run, cancellationToken) is { } changed)
        {
            Telemetry.Runs.Add(1, Telemetry.Outcome(outcome));
            return changed;
        }

        return await runs.GetAsync(run.Date, run.Cohort, cancellationToken)
            ?? throw new StorageException($"The run of {run.Cohort} on {run.Date.Text()} is gone.");
    }

    /// <summary>
    /// True if a digest has items: that of all stories, or of one language, in which stories of the days before may have waited. The home
    /// cohort has each, because the archive shows them. In other cohorts they are made when the first of their readers is sent to.
    /// </summary>
    private async Task<bool> HasItemsAsync(Cohort cohort, Digest whole, CancellationToken cancellationToken) =>
        whole.Items.Count > 0 && cohort != publication.HomeCohort
        || (await prepare.EachLanguageAsync(whole, cancellationToken)).Append(whole).Any(digest => digest.Items.Count > 0);

    /// <summary>
    /// False if there is certainly no reader. A change that is stored and not yet projected may bring the first one; a change that begins
    /// after this check comes too late for a date whose hour has passed.
    /// </summary>
    private async Task<bool> HasReadersAsync(Cohort cohort, DateOnly date, CancellationToken cancellationToken) =>
        await changes.ScanAsync(cancellationToken).AnyAsync(cancellationToken)
        || await audience.ScanAsync(cohort, cancellationToken).AnyAsync(entry => entry.CountsOn(date), cancellationToken);

    private async Task<int> WantedSlicesAsync(CancellationToken cancellationToken)
    {
        var all = await cohorts.ListAsync(cancellationToken);
        var readers = all.Sum(cohort => cohort.Audience ?? 0);
        foreach (var cohort in all.Where(cohort => cohort.Audience is null))
        {
            if (readers >= options.SliceFrom)
            {
                break;
            }

            readers += await CountAsync(cohort.Cohort, options.SliceFrom - readers, cancellationToken);
        }

        return readers >= options.SliceFrom ? Part.Sixteen.Count : 1;
    }

    /// <summary>
    /// Counts the readers of a cohort that had no run yet, up to <paramref name="enough"/>: on a publisher's first day there may be a
    /// million.
    /// </summary>
    private async Task<long> CountAsync(Cohort cohort, long enough, CancellationToken cancellationToken)
    {
        var count = 0L;
        await foreach (var entry in audience.ScanAsync(cohort, cancellationToken))
        {
            count += entry.Removed ? 0 : 1;
            if (count >= enough)
            {
                break;
            }
        }

        return count;
    }

    private static partial class Log
    {
        [LoggerMessage(201, LogLevel.Information, "Run {Date:yyyy-MM-dd} {Cohort} opened with {Items} items")]
        public static partial void Opened(ILogger logger, DateOnly date, string cohort, int items);

        [LoggerMessage(202, LogLevel.Warning, "Run {Date:yyyy-MM-dd} {Cohort} skipped: {Why}")]
        public static partial void Skipped(ILogger logger, DateOnly date, string cohort, string? why);

        [LoggerMessage(204, LogLevel.Warning,
            "Run {Date:yyyy-MM-dd} {Cohort} waits until {Until:yyyy-MM-dd HH:mm} UTC for an editor's approval")]
        public static partial void Waits(ILogger logger, DateOnly date, string cohort, DateTimeOffset until);

        [LoggerMessage(203, LogLevel.Error, "Run {Date:yyyy-MM-dd} {Cohort} missed: {Why}")]
        public static partial void Missed(ILogger logger, DateOnly date, string cohort, string why);
    }
}
