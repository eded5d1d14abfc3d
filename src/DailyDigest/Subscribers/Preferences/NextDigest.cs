using DailyDigest.Calendar;

namespace DailyDigest.Subscribers;

/// <summary>
/// The time at which a subscriber's next digest is due. A day with too few stories is skipped, which is not known in advance.
/// </summary>
/// <param name="At">The instant.</param>
/// <param name="Zone">IANA zone of date and time.</param>
/// <param name="Date">The local date.</param>
/// <param name="Time">The local time: the chosen hour, or another time if the clock skips that hour.</param>
public sealed record NextDigest(DateTimeOffset At, string Zone, DateOnly Date, TimeOnly Time)
{
    /// <summary>The first digest that is due after the instant; null if there is none.</summary>
    public static NextDigest? After(Subscriber person, DateTimeOffset now) =>
        person.Status != SubscriberStatus.Active ? null : person.Placements
        .Where(placement => !placement.Removed)
        .Select(placement => First(placement, person.QuietUntil, now))
        .OfType<NextDigest>()
        .MinBy(next => next.At);

    private static NextDigest? First(Placement placement, DateOnly? quietUntil, DateTimeOffset now)
    {
        var (cohort, from) = (placement.Cohort, placement.From);
        var today = Zones.LocalDate(cohort.Zone, now);
        from = quietUntil > from ? quietUntil.Value : from;
        from = today > from ? today : from;
        return cohort.NextDue(from, now) is var (date, due) && placement.Covers(date)
            ? new NextDigest(due, cohort.Zone, date, Zones.LocalTime(cohort.Zone, due))
            : null;
    }
}
