using DailyDigest.Calendar;
using DailyDigest.Digests;
using DailyDigest.Runs;
using DailyDigest.Settings;

namespace DailyDigest.Clock;

/// <summary>Begins a local date's runs at an operator's order, also after the catch-up window of their hour.</summary>
public sealed class BeginDate(
    CohortStore cohorts, RunStore runs, DigestStore digests, RestoreHolds holds, StartRun startRun, Publication publication,
    TimeProvider time)
{
    /// <summary>
    /// Begins the run of every cohort whose hour has passed on the date and that has no run, or whose run was missed. A day that was
    /// skipped for lack of stories stays skipped; so does a day whose digest was frozen and whose stories a later digest has sent. Returns
    /// the runs it began.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The date lies more than <see cref="Run.MaxDaysBack"/> days back.</exception>
    public async Task<IReadOnlyList<Run>> ExecuteAsync(DateOnly date, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        ArgumentOutOfRangeException.ThrowIfLessThan(date, DateOnly.FromDateTime(now.UtcDateTime).AddDays(-Run.MaxDaysBack));
        await cohorts.EnsureAsync(publication.HomeCohort, cancellationToken);
        var begun = new List<Run>();
        foreach (var row in await cohorts.ListAsync(cancellationToken))
        {
            var cohort = row.Cohort;
            if (date >= row.FirstDate && cohort.DueAt(date) is { } due && due <= now
                && await IsFreeAsync(await runs.GetAsync(date, cohort.Key, cancellationToken), now, cancellationToken))
            {
                begun.Add(await startRun.ExecuteAsync(cohort, date, due, cancellationToken));
            }
        }

        return begun;
    }

    /// <summary>True if there is no run, or one that was missed and that this call has reset.</summary>
    private async Task<bool> IsFreeAsync(Run? run, DateTimeOffset now, CancellationToken cancellationToken) => run switch
    {
        null => true,
        { Missed: true } => !await IsToldLaterAsync(run, now, cancellationToken) && await runs.ChangeAsync(
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
            cancellationToken) is not null,
        _ => false,
    };

    /// <summary>
    /// A frozen digest never changes: if its run was missed, its stories went into the next digest and would be sent again.
    /// </summary>
    private async Task<bool> IsToldLaterAsync(Run run, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var last = DateOnly.FromDateTime(now.UtcDateTime).AddDays(1);
        var dates = await digests.ListDatesAsync(run.Cohort, run.Date, last, cancellationToken);
        return dates.Contains(run.Date) && dates.Any(date => date > run.Date);
    }
}
