using DailyDigest.Content;

namespace DailyDigest.Selection;

/// <summary>
/// The stories that a cohort was sent. A story counts as sent if its id, URL, cluster or a near-identical title was sent. So an update of a
/// sent story and a later copy under another URL are repeats too.
/// </summary>
/// <param name="Clusters">Ids of the clusters.</param>
/// <param name="Stories">Ids and canonical URLs of the stories, in one set.</param>
/// <param name="Titles">The titles of the last <see cref="TitleDays"/> days, for comparison.</param>
internal sealed record SentHistory(IReadOnlySet<string> Clusters, IReadOnlySet<string> Stories, IReadOnlyList<TitleFingerprint> Titles)
{
    /// <summary>
    /// Days for which titles are compared. Copies arrive within days; a month later "Central bank leaves rates unchanged" is news again.
    /// </summary>
    public const int TitleDays = 14;

    /// <summary>The history of a cohort that was sent nothing.</summary>
    public static readonly SentHistory Empty = From([]);

    /// <summary>
    /// Builds the history from rows in any order, for a digest of the local date <paramref name="on"/>. Titles count for
    /// <see cref="TitleDays"/>, ids and URLs as long as there are rows. If one of the dates is unknown, titles count always.
    /// </summary>
    public static SentHistory From(IEnumerable<SentStory> sent, DateOnly? on = null)
    {
        var rows = sent.ToList();
        return new SentHistory(
            rows.Select(row => row.Cluster).ToHashSet(StringComparer.Ordinal),
            rows.SelectMany(row => new[] { row.StoryId, row.Url }).ToHashSet(StringComparer.Ordinal),
            [.. rows.Where(row => row.Date is not { } date || on is not { } today || date >= today.AddDays(-TitleDays))
                .OrderBy(row => row.StoryId, StringComparer.Ordinal)
                .Select(row => TitleFingerprint.Of(row.Title, row.Summary, row.Source))]);
    }

    /// <summary>
    /// True if the story itself was sent: by id, or by URL. The URL of stories that share a page says nothing about one of them.
    /// </summary>
    internal bool Has(Story story) =>
        Stories.Contains(story.Id) || (Stories.Contains(story.Url) && CanonicalUrl.TryParse(story.Url, out var page)
            && story.Id == StoryId.From(page));
}
