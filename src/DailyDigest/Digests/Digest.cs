using DailyDigest.Calendar;
using DailyDigest.Selection;

namespace DailyDigest.Digests;

/// <summary>The selection frozen for one run, in order, or the reason why there is none. Stored before anything is sent; never changed.</summary>
public sealed record Digest
{
    /// <summary>The local date of the cohort's zone.</summary>
    public required DateOnly Date { get; init; }

    /// <summary>The key of the cohort (see <see cref="Cohort"/>).</summary>
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
