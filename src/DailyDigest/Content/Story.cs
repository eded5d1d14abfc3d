using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;

namespace DailyDigest.Content;

/// <summary>The kinds of item in a digest. Each has its own block and limits.</summary>
public enum StoryKind
{
    /// <summary>News, reports, features.</summary>
    Article,

    /// <summary>A post of one of the publication's blogs.</summary>
    BlogPost,
}

/// <summary>One item: the cleaned data from a feed or the API, and the desk's decisions.</summary>
public sealed record Story
{
    /// <summary>
    /// 32 lower-case hex digits: the first half of SHA-256 over the canonical URL (<see cref="CanonicalUrl"/>). If a feed tells entries
    /// apart that have one page, over what tells them apart too.
    /// </summary>
    public required string Id { get; init; }

    /// <summary>Article or blog post.</summary>
    public required StoryKind Kind { get; init; }

    /// <summary>Canonical absolute http(s) URL with the fragment that the source gives (see <see cref="CanonicalUrl"/>).</summary>
    public required string Url { get; init; }

    /// <summary>Plain text, one line, never empty, at most 300 characters.</summary>
    public required string Title { get; init; }

    /// <summary>Plain text, at most 600 characters; empty if the source has none.</summary>
    public string Summary { get; init; } = "";

    /// <summary>The author, plain text; null if unknown.</summary>
    public string? Byline { get; init; }

    /// <summary>The section's name as the source gives it, plain text; null if none.</summary>
    public string? Section { get; init; }

    /// <summary>BCP 47 tag such as en or ar-EG; null if unknown.</summary>
    public string? Language { get; init; }

    /// <summary>The lead image; null if none.</summary>
    public StoryImage? Image { get; init; }

    /// <summary>The source: a feed's id, or "api".</summary>
    public required string Source { get; init; }

    /// <summary>When it was or will be published. If the source has no date: when it was first seen.</summary>
    public required DateTimeOffset Published { get; init; }

    /// <summary>
    /// True if the source has no date that can be read and the story may be old: it is kept, but is no news. A date that is read later,
    /// here or in another source, ends this.
    /// </summary>
    public bool IsUndated { get; init; }

    /// <summary>When the source last changed it; null if unknown.</summary>
    public DateTimeOffset? Updated { get; init; }

    /// <summary>When this product first saw it.</summary>
    public required DateTimeOffset FirstSeen { get; init; }

    /// <summary>The reactions of readers.</summary>
    public Signals Signals { get; init; } = Signals.None;

    /// <summary>The desk's decisions.</summary>
    public Desk Desk { get; init; } = Desk.Nothing;

    /// <summary>
    /// Stands for what editors decided about it. Polls and signals leave it as it is, so that a form is refused only after another editor's
    /// decision.
    /// </summary>
    [JsonIgnore]
    public string Version => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Desk.ToString())))[..12];
}

/// <summary>A story's lead image.</summary>
/// <param name="Url">Absolute http(s) URL.</param>
/// <param name="Alt">Alternative text; empty if decorative or unknown.</param>
/// <param name="Caption">Caption, null if none.</param>
/// <param name="Credit">Photographer or agency, null if none.</param>
/// <param name="Width">Pixels, null if unknown.</param>
/// <param name="Height">Pixels, null if unknown.</param>
public sealed record StoryImage(string Url, string Alt, string? Caption, string? Credit, int? Width, int? Height);

/// <summary>The reactions of readers to a story. Totals, not increments; null if unknown.</summary>
/// <param name="Views">Page views.</param>
/// <param name="Votes">Votes or likes.</param>
/// <param name="Comments">Comments (slash:comments in RSS).</param>
/// <param name="Clicks">Clicks from earlier mail or the front page.</param>
/// <param name="FeedPosition">Place in a feed that is ordered by importance, 1 = top.</param>
public sealed record Signals(long? Views = null, long? Votes = null, long? Comments = null, long? Clicks = null, int? FeedPosition = null)
{
    /// <summary>Nothing known.</summary>
    public static readonly Signals None = new();

    /// <summary>These signals, replaced by those of <paramref name="newer"/> that are known.</summary>
    public Signals With(Signals newer) => new(
        newer.Views ?? Views, newer.Votes ?? Votes, newer.Comments ?? Comments, newer.Clicks ?? Clicks, newer.FeedPosition ?? FeedPosition);
}

/// <summary>An editor's decisions about a story.</summary>
/// <param name="Pinned">Puts the story at the top of the next digest.</param>
/// <param name="Dropped">Excludes the story from every digest.</param>
/// <param name="Boost">Factor on the score, above 0; 1 changes nothing.</param>
/// <param name="Section">The section that an editor gave it; null for the source's own.</param>
public sealed record Desk(bool Pinned = false, bool Dropped = false, double Boost = 1, string? Section = null)
{
    /// <summary>No decision.</summary>
    public static readonly Desk Nothing = new();
}
