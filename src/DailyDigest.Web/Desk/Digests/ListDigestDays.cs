using DailyDigest.Digests;
using DailyDigest.Runs;

namespace DailyDigest.Web;

/// <summary>The digests of one local date.</summary>
/// <param name="Date">The local date.</param>
/// <param name="Digests">The digests of its cohorts, sent or skipped; that of the home cohort first.</param>
public sealed record DeskDay(DateOnly Date, IReadOnlyList<DeskDigest> Digests);

/// <summary>A digest of a list.</summary>
/// <param name="Cohort">The key of its cohort.</param>
/// <param name="IsHome">True if this is the home cohort.</param>
/// <param name="Digest">The digest; null if it was not read, because the date has too many.</param>
public sealed record DeskDigest(string Cohort, bool IsHome, Digest? Digest);

/// <summary>Lists the digests of the last two weeks, newest date first.</summary>
internal sealed class ListDigestDays(DigestStore digests, RunStore runs, LatestDigest latest)
{
    private const int DaysBack = 13;
    private const int MaxRead = 10;

    /// <summary>Returns the dates that have digests. At most ten digests of a date are read.</summary>
    public async Task<IReadOnlyList<DeskDay>> ExecuteAsync(CancellationToken cancellationToken)
    {
        var days = new List<DeskDay>();

        // In zones where it is tomorrow already, tomorrow's digest may exist.
        for (var (date, last) = (latest.Today.AddDays(1), latest.Today.AddDays(-DaysBack)); date >= last; date = date.AddDays(-1))
        {
            var ofDay = new List<DeskDigest>();
            if (await digests.GetAsync(date, latest.Home.Key, cancellationToken) is { } home)
            {
                ofDay.Add(new DeskDigest(home.Cohort, true, home));
            }

            foreach (var run in (await runs.ListAsync(date, cancellationToken))
                .Where(run => run.Cohort != latest.Home.Key && run is { Missed: false, State: not RunState.Preparing }))
            {
                var digest = ofDay.Count < MaxRead ? await digests.GetAsync(date, run.Cohort, cancellationToken) : null;
                ofDay.Add(new DeskDigest(run.Cohort, false, digest));
            }

            if (ofDay.Count > 0)
            {
                days.Add(new DeskDay(date, ofDay));
            }
        }

        return days;
    }
}
