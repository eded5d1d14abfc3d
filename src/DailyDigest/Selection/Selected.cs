using DailyDigest.Content;

namespace DailyDigest.Selection;

/// <summary>What a digest is made of, or why there is none.</summary>
/// <param name="Items">In mail order: articles, then blog posts; within a block pinned first, then by score. Empty when there are too few.</param>
/// <param name="TooFew">Why there is no digest, a sentence; null when there are items.</param>
/// <param name="PassedOver">Candidates that were not taken, with the reason, best first, at most <see cref="PassedOverLimit"/>.</param>
internal sealed record Selected(IReadOnlyList<DigestItem> Items, string? TooFew, IReadOnlyList<PassedOver> PassedOver)
{
    /// <summary>More than an editor reads; keeps a frozen digest small.</summary>
    public const int PassedOverLimit = 50;

    /// <summary>
    /// What the cohort's history must hold once this is frozen: the items and every copy that was folded into them, in no order of meaning.
    /// Empty when <see cref="Items"/> is.
    /// </summary>
    public IReadOnlyList<SentStory> ToRemember { get; init; } = [];
}

/// <summary>A story that a cohort was sent, or a copy of one: what a row of the history keeps.</summary>
/// <param name="StoryId">The story's id.</param>
/// <param name="Cluster">The piece of news it was sent as.</param>
/// <param name="Url">Canonical URL.</param>
/// <param name="Title">Its title when sent.</param>
/// <param name="Summary">Its summary when sent; empty if none.</param>
/// <param name="Source">Where it came from.</param>
/// <param name="Date">The local date of the digest; null if not known.</param>
public sealed record SentStory(string StoryId, string Cluster, string Url, string Title, string Summary, string Source, DateOnly? Date = null)
{
    /// <summary>The story as sent in the cluster.</summary>
    public static SentStory Of(Story story, string cluster) => new(story.Id, cluster, story.Url, story.Title, story.Summary, story.Source);

    /// <summary>From a frozen digest, where the folded copies are no longer known.</summary>
    public static SentStory Of(DigestItem item) => Of(item.Story, item.Cluster);
}
