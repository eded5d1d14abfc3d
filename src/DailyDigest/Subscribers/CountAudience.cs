using DailyDigest.Schedule;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>Counts whom a cohort's digest of a date goes to.</summary>
public sealed class CountAudience(AudienceStore audience)
{
    /// <summary>Returns the number of readers of the cohort on the local date. Reads the whole audience of the cohort, in pages.</summary>
    public async Task<long> ExecuteAsync(Cohort cohort, DateOnly date, CancellationToken cancellationToken)
    {
        var count = 0L;
        foreach (var slice in AudienceStore.Slices)
        {
            IReadOnlyList<AudienceEntry> page = [];
            do
            {
                page = await audience.QueryAsync(cohort, slice, page.Count == 0 ? null : page[^1].SubscriberId, TableRules.MaxPage, cancellationToken);
                count += page.Count(entry => entry.CountsOn(date));
            }
            while (page.Count == TableRules.MaxPage);
        }

        return count;
    }
}
