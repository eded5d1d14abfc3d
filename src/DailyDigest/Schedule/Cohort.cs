using System.Globalization;

namespace DailyDigest.Schedule;

/// <summary>
/// Active subscribers who share zone, hour and rhythm: the unit that becomes due, and that has a history of what it was sent.
/// Its key, e.g. <c>daily_07_America.New_York</c>, is a row key, so the zone's slash is written as a dot (no zone has one).
/// </summary>
/// <param name="Zone">IANA zone.</param>
/// <param name="Hour">Local hour, 0 to 23.</param>
/// <param name="Rhythm">On which dates.</param>
public sealed record Cohort(string Zone, int Hour, Rhythm Rhythm)
{
    /// <summary>The key.</summary>
    public string Key => string.Create(CultureInfo.InvariantCulture, $"{Rhythm}_{Hour:00}_{Zone.Replace('/', '.')}");

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
