using System.Globalization;

namespace DailyDigest.Calendar;

/// <summary>Local dates: as they stand in keys and rows, yyyy-MM-dd, and as people read them.</summary>
public static class LocalDates
{
    /// <summary>The text form.</summary>
    public static string Text(this DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>Reads exactly yyyy-MM-dd.</summary>
    public static bool TryParse(string? text, out DateOnly date) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out date);

    /// <summary>Sunday, 22 November 2026, as the language writes it. English of no country puts the day first, as most of its readers do.</summary>
    public static string InWords(this DateOnly date, CultureInfo culture) => date.ToString(culture.Name == "en" ? "dddd, d MMMM yyyy" : "D", culture);

    /// <summary>22 Nov or Nov 22, in the same order.</summary>
    public static string InShort(this DateOnly date, CultureInfo culture) => date.ToString(
        culture.Name == "en" ? "d MMM" : culture.DateTimeFormat.MonthDayPattern.Replace("MMMM", "MMM", StringComparison.Ordinal), culture);
}
