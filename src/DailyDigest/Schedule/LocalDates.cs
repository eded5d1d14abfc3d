using System.Globalization;

namespace DailyDigest.Schedule;

/// <summary>Local dates as they stand in keys and rows: yyyy-MM-dd.</summary>
public static class LocalDates
{
    /// <summary>The text form.</summary>
    public static string Text(this DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>Reads exactly yyyy-MM-dd.</summary>
    public static bool TryParse(string? text, out DateOnly date) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out date);
}
