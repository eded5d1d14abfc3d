using DailyDigest.Calendar;
using DailyDigest.Runs;
using DailyDigest.Settings;

namespace DailyDigest.Clock;

/// <summary>Begins a local date's runs at an operator's order, also after the catch-up window of their hour.</summary>
public sealed class BeginDate(
    CohortStore cohorts, RunStore runs, ReopenMissed reopen, StartRun startRun, Publication publication, TimeProvider time)
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
                && await IsFreeAsync(await runs.GetAsync(date, cohort.Key, cancellationToken), cancellationToken))
            {
                begun.Add(await startRun.ExecuteAsync(cohort, date, due, cancellationToken));
            }
        }

        return begun;
    }

    private async Task<bool> IsFreeAsync(Run? run, CancellationToken cancellationToken) =>
        run is null || await reopen.ExecuteAsync(run, cancellationToken) is not null;
}
