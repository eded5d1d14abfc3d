using System.Globalization;
using System.Text.RegularExpressions;

namespace DailyDigest.Feeds;

/// <summary>Reads dates in feeds: RFC 822 with common mistakes, ISO 8601 in full or abbreviated. A date without a zone is UTC.</summary>
internal static partial class FeedDates
{
    private static readonly string[] Formats =
    [
        "d MMM yyyy HH:mm:ss zzz", "d MMM yyyy HH:mm zzz", "d MMM yyyy", "d MMM yyyy HH:mm:ss", "d MMM yyyy HH:mm",
        "d MMM yy HH:mm:ss zzz", "d MMM yy HH:mm zzz", "d MMM yy", "d MMMM yyyy HH:mm:ss zzz", "d MMMM yyyy HH:mm zzz", "d MMMM yyyy",
        "MMM d yyyy HH:mm:ss zzz", "MMM d yyyy", "MMMM d yyyy",
        "yyyy-MM-dd HH:mm:ss.FFFFFFF zzz", "yyyy-MM-dd HH:mm:ss zzz", "yyyy-MM-dd HH:mm zzz", "yyyy-MM-dd HH zzz",
        "yyyy-MM-dd HH:mm:ss.FFFFFFF", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd HH:mm", "yyyy-MM-dd", "yyyy-MM", "yyyyMMdd",
        "yyyyMMdd HHmmss zzz",
    ];

    private const RegexOptions Loose = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking;

    /// <summary>The instant in UTC; null if it cannot be read or lies outside the years 1990 to 2200.</summary>
    public static DateTimeOffset? Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text) || text.Length > 100)
        {
            return null;
        }

        text = Spaces().Replace(text.Replace(',', ' '), " ").Trim();
        text = Weekday().Replace(text, "");
        text = IsoT().Replace(text, "$1 $2");
        text = Zone().Replace(text, match => $"{match.Groups[1].Value} {Offset(match.Groups[2].Value)}{match.Groups[3].Value}");
        text = Comment().Replace(text, "").Replace("Sept ", "Sep ", StringComparison.OrdinalIgnoreCase);
        return DateTimeOffset.TryParseExact(
                text, Formats, CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AllowWhiteSpaces, out var instant)
            && instant.UtcDateTime.Year is >= 1990 and <= 2200
                ? instant.ToUniversalTime()
                : null;
    }

    // RFC 822 section 5.1. Any other name counts as UTC (RFC 5322 section 4.3).
    private static string Offset(string zone) => zone.ToUpperInvariant() switch
    {
        "EST" or "CDT" => "-05:00",
        "EDT" => "-04:00",
        "CST" or "MDT" => "-06:00",
        "MST" or "PDT" => "-07:00",
        "PST" => "-08:00",
        "CET" or "BST" or "MEZ" => "+01:00",
        "CEST" or "EET" or "MESZ" => "+02:00",
        _ => char.IsLetter(zone[0]) ? "+00:00" : zone.Contains(':') ? zone : zone.Insert(3, ":"),
    };

    [GeneratedRegex(@"\s+", RegexOptions.NonBacktracking)]
    private static partial Regex Spaces();

    [GeneratedRegex(@"^(mon|tue|wed|thu|fri|sat|sun)[a-z]*\.? ", Loose)]
    private static partial Regex Weekday();

    [GeneratedRegex(@"^(\d{4}-?\d\d-?\d\d)[Tt](\d)", RegexOptions.NonBacktracking)]
    private static partial Regex IsoT();

    [GeneratedRegex(@"(:\d\d(?:\.\d{1,7})?| \d{6}) ?([A-Za-z]{1,5}|[+-]\d\d:?\d\d)( ?\(.*\))?$", RegexOptions.NonBacktracking)]
    private static partial Regex Zone();

    [GeneratedRegex(@" ?\([^)]*\)$", RegexOptions.NonBacktracking)]
    private static partial Regex Comment();
}
