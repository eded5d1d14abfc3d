using DailyDigest.Calendar;

namespace DailyDigest.Subscribers;

/// <summary>
/// Reads the audience of some slices in pages, in the order of subscriber ids, tombstones and rows for other dates included.
/// </summary>
/// <param name="audience">The store.</param>
/// <param name="cohort">The cohort whose audience is read.</param>
/// <param name="slices">The slices, in order.</param>
/// <param name="pageSize">Rows that one request returns at most, 1 to 1,000.</param>
internal sealed class AudiencePages(AudienceStore audience, Cohort cohort, IReadOnlyList<string> slices, int pageSize)
{
    private int slice;
    private string? after;

    /// <summary>True when the last page was read.</summary>
    public bool AtEnd { get; private set; } = slices.Count == 0;

    /// <summary>The next page begins after that subscriber; null for the first.</summary>
    public void MoveAfter(string? subscriberId)
    {
        slice = subscriberId is null ? 0 : slices.TakeWhile(one => string.CompareOrdinal(one, subscriberId[..1]) < 0).Count();
        (after, AtEnd) = (subscriberId, slice >= slices.Count);
    }

    /// <summary>Nothing is read any more.</summary>
    public void MoveToEnd() => AtEnd = true;

    /// <summary>Returns the next page; it may be empty, as at the end of a slice.</summary>
    public async Task<IReadOnlyList<AudienceEntry>> NextAsync(CancellationToken cancellationToken)
    {
        if (AtEnd)
        {
            return [];
        }

        var page = await audience.QueryAsync(cohort, slices[slice][0], after, pageSize, cancellationToken);
        if (page.Count == pageSize)
        {
            after = page[^1].SubscriberId;
        }
        else
        {
            (slice, after, AtEnd) = (slice + 1, null, slice + 1 == slices.Count);
        }

        return page;
    }
}
