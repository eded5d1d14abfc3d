using DailyDigest.Content;
using DailyDigest.Selection;

namespace DailyDigest.Digests;

/// <summary>The selection frozen for one run, in order, or the reason why there is none. Stored before anything is sent; never changed.</summary>
public sealed record Digest
{
    /// <summary>The local date of the cohort's zone.</summary>
    public required DateOnly Date { get; init; }

    /// <summary>The key of the cohort (see <see cref="Schedule.Cohort"/>).</summary>
    public required string Cohort { get; init; }

    /// <summary>When it was frozen.</summary>
    public required DateTimeOffset FrozenAt { get; init; }

    /// <summary>What is sent, in order: articles first, then blog posts. Empty when skipped.</summary>
    public required IReadOnlyList<DigestItem> Items { get; init; }

    /// <summary>Why nothing is sent, a sentence; null when there are items.</summary>
    public string? Skipped { get; init; }

    /// <summary>Candidates that were not taken, with the reason, best first (at most 50): for the desk.</summary>
    public IReadOnlyList<PassedOver> PassedOver { get; init; } = [];

    /// <summary>What the cohort's history must hold: the items and every copy that was folded into them.</summary>
    public IReadOnlyList<SentStory> ToRemember { get; init; } = [];
}

/// <summary>A story in a digest, and why it is there.</summary>
/// <param name="Story">As it was when frozen.</param>
/// <param name="Cluster">The piece of news it stands for; never sent to the cohort again.</param>
/// <param name="Score">What it was ranked by; higher is earlier.</param>
/// <param name="Reasons">The score's terms, in words a person understands, in the order they were applied.</param>
/// <param name="AlsoIn">Sources whose copies were folded into it.</param>
public sealed record DigestItem(Story Story, string Cluster, double Score, IReadOnlyList<string> Reasons, IReadOnlyList<string> AlsoIn);

/// <summary>A candidate that was not taken.</summary>
/// <param name="StoryId">The story.</param>
/// <param name="Title">Its title.</param>
/// <param name="Score">What it would have been ranked by.</param>
/// <param name="Reason">Why not, in words a person understands.</param>
public sealed record PassedOver(string StoryId, string Title, double Score, string Reason);
