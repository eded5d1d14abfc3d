using DailyDigest.Digests;
using DailyDigest.Runs;

namespace DailyDigest.Clock;

/// <summary>Makes a run that was missed begin after all. <see cref="StartRun"/> or the next sweep then begins it.</summary>
public sealed class ReopenMissed(RunStore runs, DigestStore digests, RestoreHolds holds, TimeProvider time)
{
    /// <summary>
    /// Returns the run in preparation. Null if it was not missed, if a later digest has sent its stories, or if it was changed since it
    /// was read.
    /// </summary>
    public async Task<Run?> ExecuteAsync(Run run, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return !run.Missed || await IsToldLaterAsync(run, now, cancellationToken) ? null : await runs.ChangeAsync(
            run with
            {
                State = RunState.Preparing,
                Started = now,
                Deadline = now + (run.Deadline - run.Started),
                Ended = null,
                Why = null,
                Missed = false,
                CountsAsSent = true,
                Held = await holds.CoverAsync(run.Due, cancellationToken),
            },
            cancellationToken);
    }

    /// <summary>
    /// A frozen digest never changes: if its run was missed, its stories went into the next digest and would be sent again.
    /// </summary>
    internal async Task<bool> IsToldLaterAsync(Run run, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var last = DateOnly.FromDateTime(now.UtcDateTime).AddDays(1);
        var dates = await digests.ListDatesAsync(run.Cohort, run.Date, last, cancellationToken);
        return dates.Contains(run.Date) && dates.Any(date => date > run.Date);
    }
}
