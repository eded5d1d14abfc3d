using DailyDigest.Delivery;

namespace DailyDigest.Schedule;

/// <summary>Begins a local date's runs at an operator's word, also those whose hour lies beyond the catch-up window.</summary>
public sealed class BeginDate(CohortStore cohorts, RunStore runs, StartRun startRun, Publication publication, TimeProvider time)
{
    /// <summary>How many days before today (UTC) a date may lie: for older ones an unsubscribe would no longer reach mail under way.</summary>
    public const int DaysBack = 2;

    /// <summary>
    /// Begins the run of every cohort whose hour has come on the date and that has no run and no record of a skipped one. Returns the runs it began.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The date lies more than <see cref="DaysBack"/> days back.</exception>
    public async Task<IReadOnlyList<Run>> ExecuteAsync(DateOnly date, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        ArgumentOutOfRangeException.ThrowIfLessThan(date, DateOnly.FromDateTime(now.UtcDateTime).AddDays(-DaysBack));
        await cohorts.EnsureAsync(Tick.Home(publication), cancellationToken);
        var begun = new List<Run>();
        foreach (var row in await cohorts.ListAsync(cancellationToken))
        {
            var cohort = row.Cohort;
            if (date >= row.FirstDate && cohort.Rhythm.Includes(date) && Zones.DueAt(cohort.Zone, date, cohort.Hour) is { } due && due <= now
                && await runs.GetAsync(date, cohort.Key, cancellationToken) is null)
            {
                begun.Add(await startRun.ExecuteAsync(cohort, date, due, cancellationToken, evenLate: true));
            }
        }

        return begun;
    }
}
