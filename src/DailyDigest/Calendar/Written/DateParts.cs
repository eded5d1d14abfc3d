using System.Globalization;

namespace DailyDigest.Calendar;

/// <summary>The parts of a written date.</summary>
internal sealed record DateParts
{
    public int Year { get; init; }

    public int Month { get; init; } = 1;

    public int Day { get; init; } = 1;

    /// <summary>Since midnight; up to 24 hours, and a leap second more.</summary>
    public TimeSpan Time { get; init; }

    /// <summary>Offset from UTC; null if none is written, or a name gives it.</summary>
    public int? Minutes { get; init; }

    /// <summary>The zone's name; null if none is written, or an offset.</summary>
    public string? Zone { get; init; }

    /// <summary>The order of day and month, if the date itself tells it.</summary>
    public DayMonth Order { get; init; }

    /// <summary>True if the day is missing, or the month, too.</summary>
    public bool IsPartial { get; init; }

    public bool IsDate => Year is >= 1 and <= 9998 && Month is >= 1 and <= 12 && Day >= 1 && Day <= DateTime.DaysInMonth(Year, Month);

    /// <summary>The instant in UTC; null if the zone is not known for certain.</summary>
    public DateTimeOffset? Instant(WrittenContext context)
    {
        if (!IsDate || Year < 2)
        {
            return null;
        }

        var local = new DateTime(Year, Month, Day) + Time;
        var minutes = Minutes ?? (Zone is null ? 0 : WrittenZones.Minutes(Zone, local, context));
        return minutes is null ? null : new DateTimeOffset(local.AddMinutes(-minutes.Value), TimeSpan.Zero);
    }

    /// <summary>The ticks of a fraction of a second with any number of digits; the rest is cut.</summary>
    public static long Ticks(string fraction) =>
        fraction.Length == 0 ? 0 : long.Parse(fraction.PadRight(7, '0')[..7], CultureInfo.InvariantCulture);

    /// <summary>A year of two digits, as RFC 5322 (4.3) reads it.</summary>
    public static int FullYear(int two) => two < 50 ? 2000 + two : 1900 + two;
}
