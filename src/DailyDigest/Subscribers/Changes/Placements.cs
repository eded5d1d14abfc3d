using DailyDigest.Calendar;

namespace DailyDigest.Subscribers;

/// <summary>
/// Which cohort's digest counts on which dates. After the first date there is none without a cohort, and hardly one with two: on a change the old cohort keeps what has begun, and the new one takes over with the first date whose hour is still to come.
/// </summary>
internal static class Placements
{
    // Far more than anybody uses; keeps the row within its limits for somebody who changes the hour every minute.
    private const int Most = 100;
    private const int Returning = 3;

    /// <summary>The placements of a subscriber who from now on belongs to the cohort.</summary>
    /// <param name="placements">Those there are.</param>
    /// <param name="to">The cohort.</param>
    /// <param name="now">When.</param>
    /// <param name="begun">True if the cohort's run of today has begun: whoever was in no cohort till now is not of its audience, and begins tomorrow.</param>
    public static IReadOnlyList<Placement> Move(IReadOnlyList<Placement> placements, Cohort to, DateTimeOffset now, bool begun)
    {
        if (placements.Any(placement => placement is { Removed: false, Until: null } && placement.Cohort == to))
        {
            return placements;
        }

        // Who joined a moment ago and was served by nobody yet moves like anybody else: never into a run that has begun, and the date to come is kept.
        var joins = placements.All(placement => placement.Removed);
        var from = joins ? Zones.LocalDate(to.Zone, now).AddDays(begun ? 1 : 0)
            : Served(placements, now) is { } date ? Max(date.AddDays(1), FirstDue(to, now)) : FirstDue(to, now);
        var kept = placements.Select(placement => Kept(placement, from)).ToList();

        // The one that serves until the change keeps every date up to it.
        var last = kept.FindLastIndex(placement => !placement.Removed);
        for (var index = 0; index < kept.Count; index++)
        {
            if (!kept[index].Removed && (index == last || kept[index].Until >= from))
            {
                kept[index] = kept[index] with { Until = from.AddDays(-1) };
            }
        }

        // Who returns to a cohort that served a few days ago keeps those days, because a run of theirs may still be at work. A date between them is
        // then in two cohorts; the ledger, which has one row per subscriber and date, sends it once.
        var returning = kept.Find(placement => placement.Cohort == to && !placement.Removed && placement.Until >= from.AddDays(-Returning));
        kept.RemoveAll(placement => placement.Cohort == to);
        kept.Add(new Placement(to, returning?.From ?? from));
        return [.. kept.TakeLast(Most)];
    }

    /// <summary>The placements of a subscriber who gets nothing more.</summary>
    public static IReadOnlyList<Placement> End(IReadOnlyList<Placement> placements) =>
        placements.Any(placement => !placement.Removed) ? [.. placements.Select(placement => placement with { Removed = true })] : placements;

    // The dates of one that is removed say when it counted, to the end: whoever leaves later is kept out of the runs of those dates and no other.
    private static Placement Kept(Placement placement, DateOnly from) => placement switch
    {
        _ when placement.From >= from => placement with { Removed = true, Until = placement.From.AddDays(-1) },
        { Removed: true } when placement.Until is null || placement.Until >= from => placement with { Until = from.AddDays(-1) },
        _ => placement,
    };

    // The latest date that some cohort has served or may be serving just now.
    private static DateOnly? Served(IReadOnlyList<Placement> placements, DateTimeOffset now)
    {
        DateOnly? served = null;
        foreach (var placement in placements.Where(placement => !placement.Removed))
        {
            var today = Zones.LocalDate(placement.Cohort.Zone, now);
            if (placement.From <= today)
            {
                var last = placement.Until < today ? placement.Until.Value : today;
                served = served is { } date ? Max(date, last) : last;
            }
        }

        return served;
    }

    // Moving east can bring a reader past the new hour of the date that would come next: the old cohort serves that date too. Whatever the rhythm: a date
    // that the new one leaves out is without a digest, not the old one's.
    private static DateOnly FirstDue(Cohort cohort, DateTimeOffset now) =>
        (cohort with { Rhythm = Rhythm.Daily }).NextDue(Zones.LocalDate(cohort.Zone, now), now)!.Value.Date;

    private static DateOnly Max(DateOnly one, DateOnly other) => one > other ? one : other;
}
