using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DailyDigest.Figures;

namespace DailyDigest.Content;

/// <summary>A source that is polled: RSS, Atom or JSON Feed.</summary>
public sealed record Feed
{
    /// <summary>12 lower-case hex digits of SHA-256 over the URL as added.</summary>
    public required string Id { get; init; }

    /// <summary>Absolute http(s) URL.</summary>
    public required string Url { get; init; }

    /// <summary>The name for operators and readers.</summary>
    public required string Name { get; init; }

    /// <summary>The kind of its items.</summary>
    public StoryKind Kind { get; init; } = StoryKind.Article;

    /// <summary>True if the feed is ordered by importance (a "top stories" feed): positions are then signals.</summary>
    public bool Ranked { get; init; }

    /// <summary>The ETag of the last successful poll, for If-None-Match.</summary>
    public string? ETag { get; init; }

    /// <summary>The Last-Modified of the last successful poll, verbatim, for If-Modified-Since.</summary>
    public string? LastModified { get; init; }

    /// <summary>The last poll; null if never polled.</summary>
    public DateTimeOffset? LastPolled { get; init; }

    /// <summary>The last successful poll, also with "not modified".</summary>
    public DateTimeOffset? LastGood { get; init; }

    /// <summary>Consecutive failed polls; 0 after a successful one.</summary>
    public int Failures { get; init; }

    /// <summary>So many failures in a row are an alert.</summary>
    public const int FailuresToAlert = 3;

    /// <summary>Why the last poll failed, a sentence for an operator; null after a successful one.</summary>
    public string? LastError { get; init; }

    /// <summary>
    /// Notes of the last complete reading for an operator: repairs, refused entries, entries left out. Null if there are none.
    /// </summary>
    public string? Notes { get; init; }

    /// <summary>Polls that hit the time limit since the last successful one.</summary>
    public int SlowPolls { get; init; }

    /// <summary>The feed is not polled before this instant, because it hit the time limit; null if it is polled in every round.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>The counts of its polls on the last dates (<see cref="FigureDays"/>); null if there are none.</summary>
    public string? Days { get; init; }

    /// <summary>The id of a feed that is added with this URL. It stays if the feed moves.</summary>
    public static string IdOf(string url) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(url)))[..12];
}

/// <summary>Fetches and parses a feed. DailyDigest.Feeds implements it with HTTP; tests have their own.</summary>
public interface IFeedReader
{
    /// <summary>Polls the feed conditionally. Every error is <see cref="FeedReading.Failed"/>; only cancellation throws.</summary>
    Task<FeedReading> ReadAsync(Feed feed, CancellationToken cancellationToken);
}

/// <summary>The result of a poll.</summary>
public abstract record FeedReading
{
    private FeedReading() { }

    /// <summary>The feed is unchanged (304).</summary>
    public sealed record NotModified : FeedReading;

    /// <summary>
    /// The stories in the feed's order, cleaned, without desk decisions, and the number of entries that could not be used.
    /// </summary>
    public sealed record Read(IReadOnlyList<Story> Stories, int Refused, string? ETag, string? LastModified, string? MovedTo) : FeedReading
    {
        /// <summary>Entries left out because another entry of the document is the same story.</summary>
        public int Same { get; init; }

        /// <summary>
        /// Notes for an operator: repairs, why entries were refused, entries left out. Each is a phrase: "refused: 2 without a title".
        /// </summary>
        public IReadOnlyList<string> Notes { get; init; } = [];

        /// <summary>The notes as one line; null if there are none.</summary>
        public string? Note => Notes.Count == 0 ? null : ContentText.Line(string.Join("; ", Notes), ContentText.MaxSummary);

        /// <summary>Why the reading is useless although the feed has entries; null if a story was read, or if there is no entry.</summary>
        public string? Error => Stories.Count > 0 || Refused == 0 ? null
            : Note is { } note ? $"no entry can be used ({note})" : "no entry can be used";

        /// <summary>Stories whose source has no date that can be read.</summary>
        public int Undated { get; init; }

        /// <summary>False if these stories may be old, so that they are kept and are no news.</summary>
        public bool UndatedAreNews { get; init; }

        /// <summary>The notes for the feed's record, as one line: also stories without a date. Null if there are none.</summary>
        public string? Record => Undated == 0 ? Note : ContentText.Line(
            (Note is { } note ? note + "; " : "") + string.Create(
                CultureInfo.InvariantCulture,
                $"without a date that can be read: {Undated:N0}{(UndatedAreNews ? "" : ", kept, but no news")}"),
            ContentText.MaxSummary);
    }

    /// <summary>
    /// The poll failed; the reason is a sentence for an operator. <paramref name="IsTooSlow"/>: it hit the time limit, so that the next
    /// poll should wait.
    /// </summary>
    public sealed record Failed(string Reason, bool IsTooSlow = false) : FeedReading
    {
        /// <summary>The feeds that the document names, if it is a page.</summary>
        public IReadOnlyList<string> Named { get; init; } = [];
    }
}
