using System.Security.Cryptography;
using System.Text;

namespace DailyDigest.Content;

/// <summary>A source that is polled: RSS, Atom or JSON Feed.</summary>
public sealed record Feed
{
    /// <summary>12 lower-case hex digits of SHA-256 over the URL as added.</summary>
    public required string Id { get; init; }

    /// <summary>Absolute http(s) URL.</summary>
    public required string Url { get; init; }

    /// <summary>The name an operator reads, and the source that is capped.</summary>
    public required string Name { get; init; }

    /// <summary>What its items are.</summary>
    public StoryKind Kind { get; init; } = StoryKind.Article;

    /// <summary>True when the feed's order is its editors' ranking (a "top stories" feed): positions then are signals.</summary>
    public bool Ranked { get; init; }

    /// <summary>The validator of the last reading, for If-None-Match.</summary>
    public string? ETag { get; init; }

    /// <summary>The validator of the last reading, verbatim, for If-Modified-Since.</summary>
    public string? LastModified { get; init; }

    /// <summary>Last attempt; null if never polled.</summary>
    public DateTimeOffset? LastPolled { get; init; }

    /// <summary>Last attempt that gave stories or "not modified".</summary>
    public DateTimeOffset? LastGood { get; init; }

    /// <summary>Failures in a row; 0 when the last attempt was good.</summary>
    public int Failures { get; init; }

    /// <summary>Why the last attempt failed, a sentence for an operator; null when it was good.</summary>
    public string? LastError { get; init; }

    /// <summary>The id of a feed added under this URL; it stays when the feed moves.</summary>
    public static string IdOf(string url) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(url)))[..12];
}

/// <summary>Fetches and reads a feed. One implementation speaks HTTP (DailyDigest.Feeds); tests have their own.</summary>
public interface IFeedReader
{
    /// <summary>Polls the feed conditionally. Trouble of any kind is <see cref="FeedReading.Failed"/>, never an exception (but cancellation).</summary>
    Task<FeedReading> ReadAsync(Feed feed, CancellationToken cancellationToken);
}

/// <summary>What a poll gave.</summary>
public abstract record FeedReading
{
    private FeedReading() { }

    /// <summary>Nothing new (304).</summary>
    public sealed record NotModified : FeedReading;

    /// <summary>Stories in the feed's order, cleaned, without desk decisions; entries that could not be used are counted.</summary>
    public sealed record Read(IReadOnlyList<Story> Stories, int Refused, string? ETag, string? LastModified, string? MovedTo) : FeedReading;

    /// <summary>No stories, and why, in a sentence for an operator.</summary>
    public sealed record Failed(string Reason) : FeedReading;
}
