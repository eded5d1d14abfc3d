using DailyDigest.Content;

namespace DailyDigest.Selection;

/// <summary>
/// What a cohort was sent. A story counts as sent when its id or URL, its cluster, or news told under a near-identical title was sent:
/// so an update of a sent story and a wire copy that arrives later under another URL are repeats too.
/// </summary>
/// <param name="Clusters">Ids of the clusters.</param>
/// <param name="Stories">Ids and canonical URLs of the stories, in one set.</param>
/// <param name="Titles">The titles of the look-back, for likeness.</param>
internal sealed record SentHistory(IReadOnlySet<string> Clusters, IReadOnlySet<string> Stories, IReadOnlyList<TitlePrint> Titles)
{
    /// <summary>
    /// How long titles are compared: wire copies come within days, while a month later "Central bank leaves rates unchanged" is news again.
    /// </summary>
    public const int TitleDays = 14;

    /// <summary>A cohort that was sent nothing.</summary>
    public static readonly SentHistory Empty = From([]);

    /// <summary>
    /// The history that these rows tell, in whatever order they come, for a digest of the local date <paramref name="on"/>: titles count for
    /// <see cref="TitleDays"/>, ids and URLs for as long as there are rows. Without a date on either side titles count always.
    /// </summary>
    public static SentHistory From(IEnumerable<SentStory> sent, DateOnly? on = null)
    {
        var rows = sent.ToList();
        return new SentHistory(
            rows.Select(row => row.Cluster).ToHashSet(StringComparer.Ordinal),
            rows.SelectMany(row => new[] { row.StoryId, row.Url }).ToHashSet(StringComparer.Ordinal),
            [.. rows.Where(row => row.Date is not { } date || on is not { } today || date >= today.AddDays(-TitleDays)).OrderBy(row => row.StoryId, StringComparer.Ordinal)
                .Select(row => TitlePrint.Of(row.Title, row.Summary, row.Source))]);
    }

    /// <summary>True if the story itself was sent: by id or by URL.</summary>
    internal bool Has(Story story) => Stories.Contains(story.Id) || Stories.Contains(story.Url);
}
