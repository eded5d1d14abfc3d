using NodaTime;
using NodaTime.Text;
using NodaTime.TimeZones;

namespace DailyDigest.Calendar;

/// <summary>IANA zones from the tz database in NodaTime: equal on every machine and platform.</summary>
public static class Zones
{
    /// <summary>True if the tz database has the zone.</summary>
    public static bool Exists(string? zone) => zone is { Length: > 0 } && DateTimeZoneProviders.Tzdb.GetZoneOrNull(zone) is not null;

    /// <summary>All zone names, sorted.</summary>
    public static IReadOnlyList<string> All { get; } = [.. DateTimeZoneProviders.Tzdb.Ids];

    /// <summary>The zones to choose from: every place under its present name, and UTC. Sorted.</summary>
    public static IReadOnlyList<string> Offered => [.. Places.Value.Append("Etc/UTC").Order(StringComparer.Ordinal)];

    /// <summary>The zone's offset from UTC at the instant, as UTC+05:30.</summary>
    /// <exception cref="ArgumentException">The zone does not exist.</exception>
    public static string Offset(string zone, DateTimeOffset instant)
    {
        var offset = Zone(zone).GetUtcOffset(Instant.FromDateTimeOffset(instant));
        return offset == NodaTime.Offset.Zero ? "UTC" : "UTC" + OffsetPattern.CreateWithInvariantCulture("+HH:mm").Format(offset);
    }

    /// <summary>
    /// The present name of a zone that has an old one, such as Asia/Kolkata for Asia/Calcutta; otherwise the same name. A place of its own,
    /// such as Europe/Stockholm, keeps its name, even if its clock was always that of another place.
    /// </summary>
    public static string Current(string zone) =>
        Places.Value.Contains(zone) || zone.StartsWith("Etc/", StringComparison.Ordinal) ? zone
            : TzdbDateTimeZoneSource.Default.CanonicalIdMap.TryGetValue(zone, out var current) ? current : zone;

    private static readonly Lazy<HashSet<string>> Places = new(
        () => [.. (TzdbDateTimeZoneSource.Default.ZoneLocations ?? []).Select(place => place.ZoneId)]);

    /// <summary>The local date in the zone at the instant.</summary>
    /// <exception cref="ArgumentException">The zone does not exist.</exception>
    public static DateOnly LocalDate(string zone, DateTimeOffset instant) =>
        Instant.FromDateTimeOffset(instant).InZone(Zone(zone)).Date.ToDateOnly();

    /// <summary>The local time in the zone at the instant.</summary>
    /// <exception cref="ArgumentException">The zone does not exist.</exception>
    public static TimeOnly LocalTime(string zone, DateTimeOffset instant) =>
        Instant.FromDateTimeOffset(instant).InZone(Zone(zone)).TimeOfDay.ToTimeOnly();

    /// <summary>
    /// The instant of the local hour on the date, or null if the zone skips the date. If the clock skips the hour: the first instant after
    /// the gap if it is on the same date, otherwise the last minute before it. If the hour occurs twice: the first one.
    /// </summary>
    /// <exception cref="ArgumentException">The zone does not exist.</exception>
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
