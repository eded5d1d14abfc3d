using System.Globalization;
using DailyDigest.Content;

namespace DailyDigest.Selection;

/// <summary>Explains a score to editors.</summary>
internal static class Reasons
{
    private static readonly string[] Ordinals =
        ["", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];

    /// <summary>One line per term in the order of application, with its value: points as (+1.8), factors as (x0.87).</summary>
    public static IReadOnlyList<string> Of(Story story, StoryScore score, double ageHours)
    {
        var lines = new List<string>();
        if (story.Desk.Pinned)
        {
            lines.Add("pinned by the desk");
        }

        var known = ReaderSignal.All.Select(signal => (signal, count: signal.Count(story.Signals))).Where(pair => pair.count is not null)
            .Select(pair => $"{Number(pair.count!.Value)} {(pair.count == 1 ? pair.signal.One : pair.signal.Many)}").ToList();
        lines.Add(known.Count > 0
            ? $"{List(known)}: {Compared(score.Engagement)} ({Points(score.Engagement)})"
            : "nothing known of its readers: taken as usual (+0.0)");

        if (score.Position > 0)
        {
            lines.Add($"{Ordinal(story.Signals.FeedPosition!.Value)} in the top-stories feed ({Points(score.Position)})");
        }

        lines.Add($"published {Ago(ageHours)} ({Factor(score.Freshness)})");
        if (score.Boost != 1)
        {
            lines.Add($"{(score.Boost > 1 ? "boosted" : "toned down")} by the desk ({Factor(score.Boost)})");
        }

        return lines;
    }

    /// <summary>An instant in UTC for operators.</summary>
    public static string At(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>"1 article", "3 articles".</summary>
    public static string Counted(int count, string one) => $"{Number(count)} {one}{(count == 1 ? "" : "s")}";

    private static string Compared(double points) => points switch
    {
        >= 1 => "well above usual",
        >= 0.25 => "above usual",
        > -0.25 => "about usual",
        > -1 => "below usual",
        _ => "well below usual",
    };

    private static string Ago(double hours) => hours switch
    {
        < 1 => Counted((int)(hours * 60), "minute") + " ago",
        < 48 => Counted((int)hours, "hour") + " ago",
        _ => Counted((int)Math.Min(hours / 24, int.MaxValue), "day") + " ago",
    };

    private static string Ordinal(int place)
    {
        if (place < Ordinals.Length)
        {
            return Ordinals[place];
        }

        var isTeen = (place % 100) is >= 11 and <= 13;
        return Number(place) + (isTeen ? "th" : (place % 10) switch { 1 => "st", 2 => "nd", 3 => "rd", _ => "th" });
    }

    private static string List(List<string> words) =>
        words.Count == 1 ? words[0] : string.Join(", ", words.Take(words.Count - 1)) + " and " + words[^1];

    private static string Number(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    private static string Points(double points) => points.ToString("+0.0;-0.0;+0.0", CultureInfo.InvariantCulture);

    private static string Factor(double factor) => "x" + factor.ToString("0.00", CultureInfo.InvariantCulture);
}
