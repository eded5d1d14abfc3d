using System.Text.Json.Serialization;
using DailyDigest.Calendar;
using DailyDigest.Edits;
using DailyDigest.Selection;

namespace DailyDigest.Digests;

/// <summary>The frozen selection of one run in order, or why there is none. Stored before anything is sent, and never changed.</summary>
public sealed record Digest
{
    /// <summary>The local date in the cohort's zone.</summary>
    public required DateOnly Date { get; init; }

    /// <summary>The key of the cohort (see <see cref="Cohort"/>).</summary>
    public required string Cohort { get; init; }

    /// <summary>The sections of the readers that it is for; empty for readers of all sections.</summary>
    public IReadOnlyList<string> Sections { get; init; } = [];

    /// <summary>The languages of the stories of these readers; empty for all.</summary>
    public IReadOnlyList<string> Languages { get; init; } = [];

    /// <summary>The choice of its readers.</summary>
    [JsonIgnore]
    public StoryChoice Choice => new(Sections, Languages);

    /// <summary>Its key among the digests of the date, and that of its history.</summary>
    [JsonIgnore]
    public string Key => Choice.DigestKey(Cohort);

    /// <summary>No edited texts.</summary>
    internal static readonly IReadOnlyDictionary<string, EditedTexts> NoTexts = new Dictionary<string, EditedTexts>();

    /// <summary>When it was frozen.</summary>
    public required DateTimeOffset FrozenAt { get; init; }

    /// <summary>The items in order: articles, then blog posts. Empty if skipped.</summary>
    public required IReadOnlyList<DigestItem> Items { get; init; }

    /// <summary>Why nothing is sent, a sentence; null if there are items.</summary>
    public string? Skipped { get; init; }

    /// <summary>A sentence that says who approved it, or that nobody did; null if no approval is required.</summary>
    public string? Approval { get; init; }

    /// <summary>Subject and preheader that an editor wrote, by language tag. Only a digest for readers of all sections has them.</summary>
    public IReadOnlyDictionary<string, EditedTexts> Texts { get; init; } = NoTexts;

    /// <summary>Candidates that were not taken, with the reason, best first, at most 50. For the desk.</summary>
    public IReadOnlyList<PassedOver> PassedOver { get; init; } = [];

    /// <summary>The stories that the readers' history must contain: the items and all members of their clusters.</summary>
    public IReadOnlyList<SentStory> ToRemember { get; init; } = [];
}
