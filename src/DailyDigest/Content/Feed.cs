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

    /// <summary>The section of its stories for which the feed names none; null for none.</summary>
    public string? Section { get; init; }

    /// <summary>The language of its stories for which the feed names none, BCP 47 tag; null for none.</summary>
    public string? Language { get; init; }

    /// <summary>Since when it is not polled, because an editor paused it; null if it is polled.</summary>
    public DateTimeOffset? Paused { get; init; }

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

    /// <summary>The kind of the fault in <see cref="LastError"/>; null after a successful poll.</summary>
    public FeedProblem? Problem { get; init; }

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

    /// <summary>How it is now.</summary>
    public FeedState State => Paused is not null ? FeedState.Paused
        : IsFailing ? FeedState.Failing
        : Failures > 0 ? FeedState.Unsteady
        : LastPolled is null ? FeedState.New
        : Notes is not null ? FeedState.Odd : FeedState.Good;

    /// <summary>True if it failed so often in a row that it needs a person. A paused feed needs none.</summary>
    public bool IsFailing => Paused is null && Failures >= FailuresToAlert;

    /// <summary>
    /// Stands for what an editor can change. Polls change the row every few minutes and leave this as it is, so that a form is refused only
    /// after another editor's change.
    /// </summary>
    public string Version => Hash($"{Name}\n{Kind}\n{Ranked}\n{Section}\n{Language}\n{Paused?.UtcTicks}");

    /// <summary>The id of a feed that is added with this URL. It stays if the feed moves.</summary>
    public static string IdOf(string url) => Hash(url);

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..12];
}
