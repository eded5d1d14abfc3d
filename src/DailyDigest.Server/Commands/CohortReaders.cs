using DailyDigest.Calendar;
using DailyDigest.Storage;
using DailyDigest.Subscribers;

namespace DailyDigest.Server.Commands;

/// <summary>Whether a cohort has readers. The publication's own is there without any, and others may have lost theirs.</summary>
internal sealed class CohortReaders(AudienceStore audience)
{
    // Behind so many who left somebody may still be: whoever asks then hears of readers, rather than that there are none.
    private const int MostSeen = 5 * TableRules.MaxPage;

    /// <summary>True if somebody is to get the cohort's digest of the date. A row of each slice at most, unless those who left stand before the others.</summary>
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
        while (seen < MostSeen)
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
