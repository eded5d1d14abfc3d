using System.Globalization;

namespace DailyDigest.Subscribers;

/// <summary>The date of consent in a list from elsewhere: its column, and its value.</summary>
internal static class ConsentDate
{
    // The names that programs give the column, in any case and with any separators. The first that a file has is read, the most exact one
    // first.
    private static readonly string[] Names =
    [
        "consent at", "consent date", "consent time", "consented at", "confirmed at", "confirm time", "confirmation time",
        "confirmation date", "opt in at", "opt in time", "opt in date", "opted in at", "subscribed at", "subscribed on", "subscribe date",
        "subscription date", "sign up at", "sign up date", "sign up time", "signed up at", "registered at", "registration date",
        "joined at", "join date", "date added", "added at", "created at", "created on", "created date", "creation date", "date created",
        "created",
    ];

    // After the weekday, the zone's name and the T between date and time are removed.
    private static readonly string[] Dates =
        ["yyyy-MM-dd", "yyyy/MM/dd", "yyyy.MM.dd", "yyyy-M-d", "d MMM yyyy", "d MMMM yyyy", "MMM d, yyyy", "MMMM d, yyyy"];

    private static readonly string[] Times = [" HH:mm:ss", "", " HH:mm", " HH:mm:ss.FFFFFFF", " h:mm tt", " h:mm:ss tt"];

    private static readonly string[] Forms =
        [.. from date in Dates from time in Times from zone in new[] { "", "zzz", " zzz" } select date + time + zone];

    private const DateTimeStyles UtcStyles = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;

    /// <summary>The name of the column with the date of consent; null for none.</summary>
    public static string? Column(IEnumerable<string> headers)
    {
        var columns = headers.Where(header => header is not null)
            .GroupBy(Letters).ToDictionary(group => group.Key, group => group.First());
        return Names.Select(name => columns.GetValueOrDefault(Letters(name))).FirstOrDefault(column => column is not null);
    }

    /// <summary>The letters and digits of a column's name, in lower case.</summary>
    public static string Letters(string name) => string.Concat(name.Where(char.IsAsciiLetterOrDigit)).ToLowerInvariant();

    /// <summary>
    /// Reads a date or an instant; without a zone it is UTC. Returns null, or why it is refused. A date whose day and month could be
    /// swapped is refused.
    /// </summary>
    public static string? TryRead(string text, DateTimeOffset now, out DateTimeOffset instant)
    {
        var plain = Plain(text);
        if (Numbers(plain) is var (first, second, year, rest))
        {
            if (first <= 12 && second <= 12 && first != second)
            {
                instant = default;
                return string.Create(CultureInfo.InvariantCulture,
                    $"day and month could be swapped; write {year:0000}-{first:00}-{second:00} or {year:0000}-{second:00}-{first:00}.");
            }

            var (month, day) = first > 12 ? (second, first) : (first, second);
            plain = string.Create(CultureInfo.InvariantCulture, $"{year:0000}-{month:00}-{day:00}{rest}");
        }

        return DateTimeOffset.TryParseExact(plain, Forms, CultureInfo.InvariantCulture, UtcStyles, out instant)
            && instant <= now.AddDays(1) && instant.Year >= 1971
            ? null : "not a date in the past that can be read, such as 2025-03-01T10:00:00Z.";
    }

    private static string Plain(string text)
    {
        text = text.Trim();
        if (text.Length > 100)
        {
            return "";
        }

        if (text.Length > 5 && text[3] == ',' && char.IsAsciiLetter(text[0]))
        {
            text = text[4..].TrimStart();
        }

        foreach (var zone in new[] { "Z", "UTC", "GMT" })
        {
            if (text.EndsWith(zone, StringComparison.OrdinalIgnoreCase))
            {
                text = text[..^zone.Length].TrimEnd();
                break;
            }
        }

        var time = text.IndexOf('T', StringComparison.Ordinal);
        return time > 0 && time + 1 < text.Length && char.IsAsciiDigit(text[time - 1]) && char.IsAsciiDigit(text[time + 1])
            ? $"{text[..time]} {text[(time + 1)..]}" : text;
    }

    // Day and month in either order, then the year: 02/03/2025, 2.3.2025 10:00.
    private static (int First, int Second, int Year, string Tail)? Numbers(string text)
    {
        var end = text.IndexOf(' ', StringComparison.Ordinal);
        var (date, rest) = end < 0 ? (text, "") : (text[..end], text[end..]);
        return date.Split('/', '.', '-') is [{ Length: 1 or 2 } one, { Length: 1 or 2 } two, { Length: 4 } last]
            && Whole(one) is { } first && Whole(two) is { } second && Whole(last) is { } year ? (first, second, year, rest) : null;
    }

    private static int? Whole(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
