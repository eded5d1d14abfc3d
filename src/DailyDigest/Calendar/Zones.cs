using NodaTime;

namespace DailyDigest.Calendar;

/// <summary>IANA zones, from the edition of the tz database that NodaTime carries: the same on every machine and platform.</summary>
public static class Zones
{
    /// <summary>True if the zone is one of the tz database's names.</summary>
    public static bool Exists(string? zone) => zone is { Length: > 0 } && DateTimeZoneProviders.Tzdb.GetZoneOrNull(zone) is not null;

    /// <summary>Every name, sorted.</summary>
    public static IReadOnlyList<string> All { get; } = [.. DateTimeZoneProviders.Tzdb.Ids];

    /// <summary>The local date in the zone at the instant.</summary>
    /// <exception cref="ArgumentException">There is no such zone.</exception>
    public static DateOnly LocalDate(string zone, DateTimeOffset instant) =>
        Instant.FromDateTimeOffset(instant).InZone(Zone(zone)).Date.ToDateOnly();

    /// <summary>The local time in the zone at the instant.</summary>
    /// <exception cref="ArgumentException">There is no such zone.</exception>
    public static TimeOnly LocalTime(string zone, DateTimeOffset instant) =>
        Instant.FromDateTimeOffset(instant).InZone(Zone(zone)).TimeOfDay.ToTimeOnly();

    /// <summary>
    /// The instant at which the local hour comes on the date, or null if the date does not exist in the zone.
    /// An hour that is skipped goes at the first instant after the gap if that is still the same date, else at the last whole minute before it;
    /// an hour that happens twice goes at the first.
    /// </summary>
    /// <exception cref="ArgumentException">There is no such zone.</exception>
    public static DateTimeOffset? DueAt(string zone, DateOnly date, int hour)
    {
        var local = NodaTime.LocalDate.FromDateOnly(date).At(new LocalTime(hour, 0));
        var mapping = Zone(zone).MapLocal(local);
        if (mapping.Count > 0)
        {
            return mapping.First().ToDateTimeOffset().ToUniversalTime();
        }

        var after = mapping.LateInterval.Start;
        if (after.InZone(Zone(zone)).Date.ToDateOnly() == date)
        {
            return after.ToDateTimeOffset();
        }

        var before = after - Duration.FromMinutes(1);
        return before.InZone(Zone(zone)).Date.ToDateOnly() == date ? before.ToDateTimeOffset() : null;
    }

    private static DateTimeZone Zone(string zone) =>
        DateTimeZoneProviders.Tzdb.GetZoneOrNull(zone) ?? throw new ArgumentException($"There is no zone {zone}.", nameof(zone));
}
