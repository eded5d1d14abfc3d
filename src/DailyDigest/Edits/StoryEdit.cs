using DailyDigest.Content;

namespace DailyDigest.Edits;

/// <summary>An editor's decision about one story, for the digests of one local date. Null changes nothing.</summary>
public sealed record StoryEdit
{
    /// <summary>No decision.</summary>
    public static readonly StoryEdit Nothing = new();

    /// <summary>Puts the story at the top.</summary>
    public bool Pinned { get; init; }

    /// <summary>Keeps the story out.</summary>
    public bool Dropped { get; init; }

    /// <summary>Factor on the score, above 0 and up to <see cref="MaxBoost"/>; 1 changes nothing.</summary>
    public double Boost { get; init; } = 1;

    /// <summary>The title in the digest: plain text, at most <see cref="ContentText.MaxTitle"/> characters.</summary>
    public string? Title { get; init; }

    /// <summary>The teaser in the digest: plain text, at most <see cref="ContentText.MaxSummary"/> characters; empty for none.</summary>
    public string? Summary { get; init; }

    /// <summary>The picture in the digest.</summary>
    public StoryImage? Image { get; init; }

    /// <summary>True if the story has no picture in the digest. <see cref="Image"/> is null then.</summary>
    public bool NoImage { get; init; }

    /// <summary>The largest factor.</summary>
    public const double MaxBoost = 100;

    /// <summary>The story as selection sees it: an edit adds to the desk's lasting decisions and never removes one.</summary>
    internal Story Decide(Story story) => story with
    {
        Desk = story.Desk with
        {
            Pinned = story.Desk.Pinned || Pinned,
            Dropped = story.Desk.Dropped || Dropped,
            Boost = story.Desk.Boost * Boost,
        },
    };

    /// <summary>The story as readers see it.</summary>
    internal Story Rewrite(Story story) => story with
    {
        Title = Title ?? story.Title,
        Summary = Summary ?? story.Summary,
        Image = NoImage ? null : Image ?? story.Image,
    };

    /// <summary>The rewritten parts, for the reasons of the item: "title", "teaser", "picture".</summary>
    public IReadOnlyList<string> Rewritten =>
    [
        .. new[]
        {
            Title is null ? "" : "title", Summary is null ? "" : "teaser", NoImage || Image is not null ? "picture" : "",
        }.Where(word => word.Length > 0),
    ];

    /// <summary>One line per fault, which begins with the field's name.</summary>
    internal IEnumerable<string> Faults()
    {
        if (Title is not null && (Title.Length == 0 || Title != ContentText.Line(Title, ContentText.MaxTitle)))
        {
            yield return $"title: plain text, 1 to {ContentText.MaxTitle} characters, in one line";
        }

        if (Summary is not null && Summary != ContentText.Line(Summary, ContentText.MaxSummary))
        {
            yield return $"teaser: plain text, at most {ContentText.MaxSummary} characters, in one line";
        }

        if (Image is not null && (NoImage || !CanonicalUrl.TryLink(Image.Url, out _)))
        {
            yield return "picture: an absolute http(s) URL of at most 2,000 characters";
        }

        if (!(Boost is > 0 and <= MaxBoost))
        {
            yield return $"boost: above 0 and up to {MaxBoost:0}";
        }
    }
}
