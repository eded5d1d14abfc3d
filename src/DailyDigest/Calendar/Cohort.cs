using System.Globalization;

namespace DailyDigest.Calendar;

/// <summary>
/// Active subscribers who share zone, hour and rhythm: the unit that becomes due, and that has a history of what it was sent.
/// Its key, e.g. <c>daily_07_America.New_York</c>, is a row key, so the zone's slash is written as a dot (no zone has one).
/// </summary>
/// <param name="Zone">IANA zone.</param>
/// <param name="Hour">Local hour, 0 to 23.</param>
/// <param name="Rhythm">On which dates.</param>
public sealed record Cohort(string Zone, int Hour, Rhythm Rhythm)
{
    // A week for the rhythm, and another because a zone can leave out a date.
    private const int DaysAhead = 14;

    /// <summary>The key.</summary>
    public string Key => string.Create(CultureInfo.InvariantCulture, $"{Rhythm}_{Hour:00}_{Zone.Replace('/', '.')}");

    /// <summary>When its digest of the local date is due; null if its rhythm leaves the date out, or its zone does.</summary>
    /// <exception cref="ArgumentException">There is no such zone.</exception>
    public DateTimeOffset? DueAt(DateOnly date) => Rhythm.Includes(date) ? Zones.DueAt(Zone, date, Hour) : null;

    /// <summary>Its first digest of the local date or a later one that is due after the instant; null if there is none within two weeks of the date.</summary>
    /// <exception cref="ArgumentException">There is no such zone.</exception>
    public (DateOnly Date, DateTimeOffset Due)? NextDue(DateOnly from, DateTimeOffset after)
    {
        for (var date = from; date <= from.AddDays(DaysAhead); date = date.AddDays(1))
        {
            if (DueAt(date) is { } due && due > after)
            {
                return (date, due);
            }
        }

        return null;
    }

    /// <summary>Reads a key that <see cref="Key"/> wrote. The zone must exist.</summary>
    public static bool TryParse(string? key, out Cohort cohort)
    {
        cohort = null!;
        var parts = key?.Split('_', 3);
        if (parts is not [var rhythmText, var hourText, var zoneText]
            || !Rhythm.TryParse(rhythmText, out var rhythm)
            || !int.TryParse(hourText, NumberStyles.None, CultureInfo.InvariantCulture, out var hour) || hour > 23 || hourText.Length != 2)
        {
            return false;
        }

        var zone = zoneText.Replace('.', '/');
        if (!Zones.Exists(zone))
        {
            return false;
        }

        cohort = new Cohort(zone, hour, rhythm);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => Key;
}
