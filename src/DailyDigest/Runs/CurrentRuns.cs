using DailyDigest.Calendar;
using DailyDigest.Settings;

namespace DailyDigest.Runs;

/// <summary>The runs that concern an operator now.</summary>
public sealed class CurrentRuns(RunStore runs, RestoreHolds holds, Publication publication, TimeProvider time)
{
    private const int DaysBack = 2;
    private const int OpenDaysBack = 3;
    private static readonly TimeSpan Recent = TimeSpan.FromHours(24);

    /// <summary>Today in the home zone.</summary>
    public DateOnly Today => Zones.LocalDate(publication.TimeZone, time.GetUtcNow());

    /// <summary>
    /// The runs of today in the home zone, and runs of other dates that are open or started within the last 24 hours, because other zones
    /// have another date. Ordered by date and cohort.
    /// </summary>
    public async Task<IReadOnlyList<Run>> ListAsync(CancellationToken cancellationToken)
    {
        var (now, today) = (time.GetUtcNow(), Today);
        var near = await runs.ListNearAsync(now, await DaysBackAsync(DaysBack, cancellationToken), cancellationToken);
        return
        [
            .. near.Where(run => run.Date == today || run.IsOpen || run.Started > now - Recent)
                .OrderBy(run => run.Date).ThenBy(run => run.Cohort, StringComparer.Ordinal),
        ];
    }

    /// <summary>Every unfinished run.</summary>
    public async Task<IReadOnlyList<Run>> ListOpenAsync(CancellationToken cancellationToken) =>
        await runs.ListOpenAsync(time.GetUtcNow(), cancellationToken, await DaysBackAsync(OpenDaysBack, cancellationToken));

    /// <summary>A run that is held after a restore waits for its operator for weeks.</summary>
    private async Task<int> DaysBackAsync(int usual, CancellationToken cancellationToken) =>
        (await holds.ListAsync(cancellationToken)).Count > 0 ? RestoreHolds.MaxDaysUndecided : usual;
}
