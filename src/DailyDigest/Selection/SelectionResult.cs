using DailyDigest.Content;

namespace DailyDigest.Selection;

/// <summary>The items of a digest, or why there is none.</summary>
/// <param name="Items">
/// In mail order: articles, then blog posts; within a block pinned first, then by score. Empty if there are too few.
/// </param>
/// <param name="TooFew">Why there is no digest, a sentence; null if there are items.</param>
/// <param name="PassedOver">Candidates that were not taken, with the reason, best first, at most <see cref="MaxPassedOver"/>.</param>
internal sealed record SelectionResult(IReadOnlyList<DigestItem> Items, string? TooFew, IReadOnlyList<PassedOver> PassedOver)
{
    /// <summary>Maximum number of entries, so that a frozen digest stays small.</summary>
    public const int MaxPassedOver = 50;

    /// <summary>
    /// The stories that the cohort's history must contain after the digest is frozen: the items and all members of their clusters,
    /// unordered.
    /// Empty if <see cref="Items"/> is empty.
    /// </summary>
    public IReadOnlyList<SentStory> ToRemember { get; init; } = [];
}

/// <summary>A row of a cohort's history: a story that was sent, or another member of its cluster.</summary>
/// <param name="StoryId">The story's id.</param>
/// <param name="Cluster">The id of the cluster.</param>
/// <param name="Url">Canonical URL.</param>
/// <param name="Title">The title when sent.</param>
/// <param name="Summary">The summary when sent; empty if none.</param>
/// <param name="Source">The source.</param>
/// <param name="Date">The local date of the digest; null if unknown.</param>
public sealed record SentStory(
    string StoryId, string Cluster, string Url, string Title, string Summary, string Source, DateOnly? Date = null)
{
    /// <summary>The history row of a story in a cluster.</summary>
    public static SentStory Of(Story story, string cluster) => new(story.Id, cluster, story.Url, story.Title, story.Summary, story.Source);

    /// <summary>The history row of an item of a frozen digest, which does not list the other members of the cluster.</summary>
    public static SentStory Of(DigestItem item) => Of(item.Story, item.Cluster);
}
