using System.Globalization;

namespace DailyDigest.Calendar;

/// <summary>
/// The active subscribers who share zone, hour and rhythm. A cohort becomes due as a unit and has a history of sent stories. Its key, such
/// as
/// <c>daily_07_America.New_York</c>, is a row key: a dot replaces the slash of the zone, because no zone name contains a dot.
/// </summary>
/// <param name="Zone">IANA zone.</param>
/// <param name="Hour">Local hour, 0 to 23.</param>
/// <param name="Rhythm">The dates with a digest.</param>
public sealed record Cohort(string Zone, int Hour, Rhythm Rhythm)
{
    // One week for the rhythm, and one more because a zone can skip a date.
    private const int DaysAhead = 14;

    /// <summary>The key.</summary>
    public string Key => string.Create(CultureInfo.InvariantCulture, $"{Rhythm}_{Hour:00}_{Zone.Replace('/', '.')}");

    /// <summary>When the digest of the local date is due; null if the rhythm or the zone skips the date.</summary>
    /// <exception cref="ArgumentException">The zone does not exist.</exception>
    public DateTimeOffset? DueAt(DateOnly date) => Rhythm.Includes(date) ? Zones.DueAt(Zone, date, Hour) : null;

    /// <summary>
    /// The first digest of the local date or later that is due after the instant; null if there is none within two weeks of the date.
    /// </summary>
    /// <exception cref="ArgumentException">The zone does not exist.</exception>
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

    /// <summary>Parses a <see cref="Key"/>. Returns false if the zone does not exist.</summary>
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
