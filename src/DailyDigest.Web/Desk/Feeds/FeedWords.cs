using System.Globalization;
using System.Text.RegularExpressions;
using DailyDigest.Content;
using DailyDigest.Figures;

namespace DailyDigest.Web;

/// <summary>Feeds in the words of the desk's language.</summary>
public sealed partial class FeedWords(DeskView desk)
{
    /// <summary>A whole number with separators.</summary>
    public string Number(long number) => number.ToString("N0", desk.Texts.Culture);

    /// <summary>The colour of the state.</summary>
    public static string Colour(FeedState state) => state switch
    {
        FeedState.Failing => "tag bad",
        FeedState.Unsteady or FeedState.Odd => "tag care",
        FeedState.Good => "tag good",
        _ => "tag",
    };

    /// <summary>Host and path of the address, for a line of a list.</summary>
    public static string Address(Feed feed) => Uri.TryCreate(feed.Url, UriKind.Absolute, out var url)
        ? url.Authority + (url.PathAndQuery == "/" ? "" : url.PathAndQuery) : feed.Url;

    /// <summary>The advice about the fault.</summary>
    public string Advice(FeedProblem? problem) =>
        problem is { } known ? desk["Feeds.Do." + known] : desk["Today.Feed.Do"];

    /// <summary>The counts of the last seven days: new stories and refused entries.</summary>
    public (long New, long Refused) Week(Feed feed)
    {
        var days = FigureDays.Parse(feed.Days).Where(day => FigureDays.IsSummed(day.Key, desk.Page.Today)).ToList();
        return (days.Sum(day => day.Value["new"]), days.Sum(day => day.Value["refused"]));
    }

    /// <summary>When it is read next.</summary>
    public string Next(Feed feed) => feed.Paused is not null ? desk["Feeds.Next.Paused"]
        : feed.NotBefore is { } wait && wait > desk.Page.Now
            ? desk["Feeds.Next.Waits", desk.Clock(wait)] : desk["Feeds.Next.Round"];

    /// <summary>
    /// The notes of a reading, each with what to do. A refusal that has no text of its own, and every repair, is shown as it was
    /// recorded, in English.
    /// </summary>
    public IReadOnlyList<FeedNote> Notes(string? record)
    {
        var notes = new List<FeedNote>();
        foreach (var phrase in (record ?? "").Split("; ", StringSplitOptions.RemoveEmptyEntries))
        {
            var known = phrase.StartsWith("refused: ", StringComparison.Ordinal) ? Refusal().Matches(phrase) : null;
            if (known is { Count: > 0 })
            {
                notes.AddRange(known.Select(one => Note("Feeds.Refused." + Key(one.Groups[2].Value), one.Groups[1].Value)));
            }
            else if (Undated().Match(phrase) is { Success: true } undated)
            {
                notes.Add(Note(phrase.Contains("no news", StringComparison.Ordinal) ? "Feeds.Undated.Old" : "Feeds.Undated",
                    undated.Groups[1].Value));
            }
            else if (Same().Match(phrase) is { Success: true } same)
            {
                notes.Add(Note("Feeds.Same", same.Groups[1].Value));
            }
            else if (phrase.StartsWith("read with repairs: ", StringComparison.Ordinal))
            {
                var isCut = phrase.Contains("the end is missing", StringComparison.Ordinal);
                notes.Add(new FeedNote(desk["Feeds.Repairs"], desk[isCut ? "Feeds.Repairs.Cut" : "Feeds.Repairs.Do"])
                {
                    English = phrase[19..] + ".",
                });
            }
            else
            {
                notes.Add(new FeedNote("", null) { English = phrase });
            }
        }

        return notes;
    }

    private FeedNote Note(string key, string count) =>
        new(desk[key, Number(long.Parse(count, NumberStyles.AllowThousands, CultureInfo.InvariantCulture))], desk[key + ".Do"]);

    private static string Key(string reason) => reason switch
    {
        "without a title" => "Title",
        "without a usable link" => "Link",
        "beyond the first 2,000" => "Many",
        _ => "Broken",
    };

    [GeneratedRegex(@"([0-9][0-9,]*) (without a title|without a usable link|beyond the first 2,000|not an object|that could not be read)",
        RegexOptions.NonBacktracking)]
    private static partial Regex Refusal();

    [GeneratedRegex(@"^without a date that can be read: ([0-9][0-9,]*)", RegexOptions.NonBacktracking)]
    private static partial Regex Undated();

    [GeneratedRegex(@"^left out: ([0-9][0-9,]*) the same", RegexOptions.NonBacktracking)]
    private static partial Regex Same();
}

/// <summary>A note of a reading in words.</summary>
/// <param name="Text">In the desk's language; empty if there is only the English text.</param>
/// <param name="Do">The advice; null for none.</param>
public sealed record FeedNote(string Text, string? Do)
{
    /// <summary>The words as they were recorded; null if <see cref="Text"/> says all.</summary>
    public string? English { get; init; }
}
