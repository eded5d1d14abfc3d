using System.Globalization;
using DailyDigest.Calendar;

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
        "created", "subscribed date", "date subscribed", "subscribed since", "subscriber since", "subscription time", "opted in on",
        "date of consent", "consent given at", "registered on", "signed up on", "joined", "joined on", "date joined", "member since",
        "start date",
    ];

    private static readonly HashSet<string> Letters = [.. Names.Select(DepartureColumn.Key)];

    /// <summary>The name of the column with the date of consent; null for none.</summary>
    public static string? Column(IEnumerable<string> headers)
    {
        var columns = headers.Where(header => header is not null)
            .GroupBy(DepartureColumn.Key).ToDictionary(group => group.Key, group => group.First());
        return Names.Select(name => columns.GetValueOrDefault(DepartureColumn.Key(name))).FirstOrDefault(column => column is not null);
    }

    /// <summary>True for a name of such a column.</summary>
    public static bool IsColumn(string name) => Letters.Contains(DepartureColumn.Key(name));

    /// <summary>
    /// Reads a date or an instant; without a zone it is UTC. Returns null, or why it is refused. A date whose day and month could be
    /// swapped is refused, unless <paramref name="order"/> is known.
    /// </summary>
    public static string? TryRead(string text, DayMonth order, DateTimeOffset now, out DateTimeOffset instant)
    {
        instant = default;
        if (Numbers(text.Trim()) is var (first, second, year, rest) && first <= 12 && second <= 12)
        {
            if (first != second && order == DayMonth.Unknown)
            {
                return string.Create(CultureInfo.InvariantCulture,
                    $"day and month could be swapped; write {year:0000}-{first:00}-{second:00} or {year:0000}-{second:00}-{first:00}, "
                        + $"or say which with --dates.");
            }

            var (month, day) = order == DayMonth.MonthFirst ? (first, second) : (second, first);
            text = string.Create(CultureInfo.InvariantCulture, $"{year:0000}-{month:00}-{day:00}{rest}");
        }

        var context = new WrittenContext { Now = now, Order = order, NeedsDay = true };
        if (WrittenDates.Read(text, context) is { } read && read <= now.AddDays(1) && read.Year >= 1971)
        {
            instant = read;
            return null;
        }

        return "not a date in the past that can be read, such as 2025-03-01T10:00:00Z.";
    }

    // Day and month in either order, then the year: 02/03/2025, 2.3.2025 10:00.
    private static (int First, int Second, int Year, string Tail)? Numbers(string text)
    {
        var end = text.IndexOfAny([' ', ',', 'T']);
        var (date, rest) = end < 0 ? (text, "") : (text[..end], text[end..]);
        return date.Split('/', '.', '-') is [{ Length: 1 or 2 } one, { Length: 1 or 2 } two, { Length: 4 } last]
            && Whole(one) is { } first && Whole(two) is { } second && Whole(last) is { } year ? (first, second, year, rest) : null;
    }

    private static int? Whole(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
