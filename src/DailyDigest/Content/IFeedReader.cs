using System.Globalization;

namespace DailyDigest.Content;

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
        /// <summary>The feed's own title, plain text; empty if it has none.</summary>
        public string Title { get; init; } = "";

        /// <summary>The format: RSS, Atom or JSON Feed; empty if unknown.</summary>
        public string Format { get; init; } = "";

        /// <summary>The name of the charset in which it was read, such as utf-8; empty if unknown.</summary>
        public string Charset { get; init; } = "";

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
        /// <summary>The kind of the fault.</summary>
        public FeedProblem Problem { get; init; } = IsTooSlow ? FeedProblem.TooSlow : FeedProblem.Unreadable;

        /// <summary>The feeds that the document names, if it is a page.</summary>
        public IReadOnlyList<string> Named { get; init; } = [];
    }
}
