using System.Globalization;

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

    /// <summary>The short form in the language: 22 Nov or Nov 22.</summary>
    public static string InShort(this DateOnly date, CultureInfo culture) => date.ToString(
        culture.Name == "en" ? "d MMM" : culture.DateTimeFormat.MonthDayPattern.Replace("MMMM", "MMM", StringComparison.Ordinal), culture);
}
