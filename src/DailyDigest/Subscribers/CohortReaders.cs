using DailyDigest.Calendar;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>
/// Answers whether a cohort has readers. The home cohort exists without any, and every reader of another cohort may have left.
/// </summary>
public sealed class CohortReaders(AudienceStore audience)
{
    // A bound on the cost. A slice with this many tombstones counts as one that has readers: a needless digest costs less than a missing
    // one.
    private const int MaxRows = 5 * TableRules.MaxPage;

    /// <summary>
    /// True if at least one reader gets the cohort's digest of the date. Reads one row of each slice, more only behind tombstones.
    /// </summary>
    public async Task<bool> AnyAsync(Cohort cohort, DateOnly date, CancellationToken cancellationToken)
    {
        if (await AnyInAsync(cohort, AudienceStore.Slices[0], date, cancellationToken))
        {
            return true;
        }

        var others = await Task.WhenAll(AudienceStore.Slices.Skip(1).Select(slice => AnyInAsync(cohort, slice, date, cancellationToken)));
        return others.Contains(true);
    }

    private async Task<bool> AnyInAsync(Cohort cohort, char slice, DateOnly date, CancellationToken cancellationToken)
    {
        var (seen, take, after) = (0, 1, (string?)null);
        while (seen < MaxRows)
        {
            var page = await audience.QueryAsync(cohort, slice, after, take, cancellationToken);
            if (page.Any(entry => entry.CountsOn(date)))
            {
                return true;
            }

            if (page.Count < take)
            {
                return false;
            }

            (seen, take, after) = (seen + page.Count, TableRules.MaxPage, page[^1].SubscriberId);
        }

        return true;
    }
}
