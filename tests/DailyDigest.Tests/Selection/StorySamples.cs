using System.Security.Cryptography;
using System.Text;
using DailyDigest.Content;
using DailyDigest.Selection;

namespace DailyDigest.Tests.Selection;

/// <summary>Stories and windows for the tests of selection.</summary>
internal static class StorySamples
{
    public static readonly DateTimeOffset Now = new(2026, 11, 3, 7, 0, 0, TimeSpan.Zero);

    public static readonly DateTimeOffset Since = Now.AddDays(-1);

    // No two of these words are alike, and titles made of three of them share too little to be folded.
    private static readonly string[] Words =
    [
        "harbour", "teachers", "glacier", "orchestra", "vaccine", "railway", "election", "drought", "museum", "satellite", "bakery",
        "mountain", "festival", "pension", "turbine", "library", "football", "volcano", "parliament", "airport", "cathedral", "theatre",
        "hospital", "vineyard", "submarine", "chess", "lighthouse", "budget", "refinery", "monastery", "dolphins", "census",
    ];

    public static Story Story(
        string name, double hoursAgo = 5, Signals? signals = null, Desk? desk = null, StoryKind kind = StoryKind.Article) => new()
        {
            Id = Id(name),
            Kind = kind,
            Url = $"https://news.example/{Uri.EscapeDataString(name)}",
            Title = Title(name),
            Source = "feed-" + name,
            Published = Now.AddHours(-hoursAgo),
            FirstSeen = Now.AddHours(-hoursAgo),
            Signals = signals ?? Signals.None,
            Desk = desk ?? Desk.Nothing,
        };

    /// <summary>Stories that fill a digest and are as usual as can be.</summary>
    public static IReadOnlyList<Story> Filler(int count, double hoursAgo = 5) =>
        [.. Enumerable.Range(1, count).Select(number => Story($"filler {number}", hoursAgo))];

    public static Story Titled(string title, string name, string summary = "", double hoursAgo = 5) =>
        Story(name, hoursAgo) with { Title = title, Summary = summary };

    public static string Id(string name) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..32];

    public static SelectionResult Select(IReadOnlyList<Story> candidates, SentHistory? sent = null, SelectionOptions? options = null) =>
        SelectStories.Select(
            candidates, sent ?? SentHistory.Empty, options ?? new SelectionOptions { MinArticles = 0, MinStories = 1 }, Since, Now);

    /// <summary>The names' titles are alike only by accident; this gives the titles in mail order.</summary>
    public static IReadOnlyList<string> Order(SelectionResult selected) => [.. selected.Items.Select(item => item.Story.Id)];

    public static string? ReasonAgainst(this SelectionResult selected, Story story) =>
        selected.PassedOver.SingleOrDefault(passed => passed.StoryId == story.Id)?.Reason;

    private static string Title(string name)
    {
        var bytes = SHA256.HashData(Encoding.UTF8.GetBytes("title of " + name));
        return $"{Words[bytes[0] % 32]} {Words[bytes[1] % 32]} {Words[bytes[2] % 32]} {Words[bytes[3] % 32]} {name.Replace(' ', 'q')}";
    }
}
