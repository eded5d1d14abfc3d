using DailyDigest.Calendar;

namespace DailyDigest.Subscribers;

/// <summary>When a subscriber's next digest is due. A day whose stories do not suffice is skipped; nobody knows that in advance.</summary>
/// <param name="At">When.</param>
/// <param name="Zone">IANA zone that the date and the time are told in.</param>
/// <param name="Date">The local date.</param>
/// <param name="Time">The local time: the hour chosen, but where the clocks skip it.</param>
public sealed record NextDigest(DateTimeOffset At, string Zone, DateOnly Date, TimeOnly Time)
{
    /// <summary>The first digest after the instant; null for who gets none. What is due but not sent yet does not count.</summary>
    public static NextDigest? After(Subscriber person, DateTimeOffset now) => person.Status != SubscriberStatus.Active ? null : person.Placements
        .Where(placement => !placement.Removed)
        .Select(placement => First(placement, person.PausedUntil, now))
        .OfType<NextDigest>()
        .MinBy(next => next.At);

    private static NextDigest? First(Placement placement, DateOnly? pausedUntil, DateTimeOffset now)
    {
        var (cohort, from) = (placement.Cohort, placement.From);
        var today = Zones.LocalDate(cohort.Zone, now);
        from = pausedUntil > from ? pausedUntil.Value : from;
        from = today > from ? today : from;
        return cohort.NextDue(from, now) is var (date, due) && placement.Covers(date)
            ? new NextDigest(due, cohort.Zone, date, Zones.LocalTime(cohort.Zone, due))
            : null;
    }
}
