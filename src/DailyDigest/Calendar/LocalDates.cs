using System.Globalization;
using System.Text;

namespace DailyDigest.Calendar;

/// <summary>Dates as text: yyyy-MM-dd in keys and rows, and as people read them.</summary>
public static class LocalDates
{
    /// <summary>The UTC date of the instant.</summary>
    public static DateOnly Utc(DateTimeOffset instant) => DateOnly.FromDateTime(instant.UtcDateTime);

    /// <summary>The UTC hour of the instant as a partition key, yyyy-MM-dd-HH.</summary>
    public static string UtcHourText(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd-HH", CultureInfo.InvariantCulture);

    /// <summary>The date as yyyy-MM-dd.</summary>
    public static string Text(this DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>Reads exactly yyyy-MM-dd.</summary>
    public static bool TryParse(string? text, out DateOnly date) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out date);

    /// <summary>The long form in the language, such as Sunday, 22 November 2026. English without a country puts the day first.</summary>
    public static string InWords(this DateOnly date, CultureInfo culture) =>
        date.ToString(culture.Name == "en" ? "dddd, d MMMM yyyy" : "D", culture);

    /// <summary>The time in the language's own form, such as 7:30 AM or 07:30.</summary>
    /// <param name="time">The time.</param>
    /// <param name="culture">The language.</param>
    /// <param name="hours">12 or 24 for that form in every language; 0 for the language's own.</param>
    public static string InWords(this TimeOnly time, CultureInfo culture, int hours) =>
        time.ToString(TimePattern(culture.DateTimeFormat, hours), culture).Replace('\u202F', ' ').Replace('\u00A0', ' ');

    private static string TimePattern(DateTimeFormatInfo format, int hours)
    {
        var own = format.ShortTimePattern;
        var plain = string.Concat(own.Split('\'').Where((_, index) => index % 2 == 0));
        if (hours == 0 || (hours == 12) == plain.Contains('h', StringComparison.Ordinal)
            || (hours == 12 && format.AMDesignator.Length == 0))
        {
            return own;
        }

        // Quoted parts are words, such as the h of "07 h 30" in Canada.
        var pattern = new StringBuilder();
        foreach (var (index, part) in own.Split('\'').Index())
        {
            pattern.Append(index % 2 == 1 ? $"'{part}'"
                : hours == 12 ? part.Replace("HH", "H", StringComparison.Ordinal).Replace('H', 'h')
                : part.Replace("t", "", StringComparison.Ordinal).Replace("hh", "h", StringComparison.Ordinal)
                    .Replace("h", "HH", StringComparison.Ordinal));
        }

        return pattern.ToString().Trim(' ', '\u00A0', '\u202F') + (hours == 12 ? " tt" : "");
    }

    /// <summary>The short form in the language: 22 Nov or Nov 22.</summary>
    public static string InShort(this DateOnly date, CultureInfo culture) => date.ToString(
        culture.Name == "en" ? "d MMM" : culture.DateTimeFormat.MonthDayPattern.Replace("MMMM", "MMM", StringComparison.Ordinal), culture);
}
