using DailyDigest.Calendar;

namespace DailyDigest.Subscribers;

/// <summary>
/// Computes on which dates a subscriber belongs to which cohort. After the first date every date has a cohort, and few dates have two.
/// On a change the old cohort keeps the dates that have begun; the new one starts with the first date whose hour is still to come.
/// </summary>
internal static class Placements
{
    // Keeps the row within its size limits if a subscriber changes the hour every minute.
    private const int MaxPlacements = 100;

    // Days after which a cohort that the subscriber left can have no open run.
    private const int ReturnDays = 3;

    /// <summary>Returns the placements of a subscriber who moves to the cohort.</summary>
    /// <param name="placements">The present placements.</param>
    /// <param name="to">The new cohort.</param>
    /// <param name="now">The present instant.</param>
    /// <param name="begun">True if the cohort's run of today has begun: a subscriber who was in no cohort then starts tomorrow.</param>
    public static IReadOnlyList<Placement> Move(IReadOnlyList<Placement> placements, Cohort to, DateTimeOffset now, bool begun)
    {
        if (placements.Any(placement => placement is { Removed: false, Until: null } && placement.Cohort == to))
        {
            return placements;
        }

        // A subscriber who joined a moment ago and has had no digest yet moves like any other: never into a run that has begun.
        var joins = placements.All(placement => placement.Removed);
        var from = joins ? Zones.LocalDate(to.Zone, now).AddDays(begun ? 1 : 0)
            : DateOfReturn(placements, to, now) is { } back ? back
            : LastServed(placements, now) is { } date ? Max(date.AddDays(1), FirstDue(to, now)) : FirstDue(to, now);
        var kept = placements.Select(placement => Kept(placement, from)).ToList();

        // The placement in force until the change keeps every date before it.
        var last = kept.FindLastIndex(placement => !placement.Removed);
        for (var index = 0; index < kept.Count; index++)
        {
            if (!kept[index].Removed && (index == last || kept[index].Until >= from))
            {
                kept[index] = kept[index] with { Until = from.AddDays(-1) };
            }
        }

        // A subscriber who returns to a cohort within a few days keeps the earlier days, because one of its runs may still be open. A date
        // in between is then in two cohorts; the ledger has one row per subscriber and date, so one digest is sent.
        var returning = kept.Find(
            placement => placement.Cohort == to && !placement.Removed && placement.Until >= from.AddDays(-ReturnDays));
        kept.RemoveAll(placement => placement.Cohort == to);
        kept.Add(new Placement(to, returning?.From ?? from));
        return [.. kept.TakeLast(MaxPlacements)];
    }

    /// <summary>Returns the placements of a subscriber who leaves: all removed.</summary>
    public static IReadOnlyList<Placement> End(IReadOnlyList<Placement> placements) =>
        placements.Any(placement => !placement.Removed)
            ? [.. placements.Select(placement => placement with { Removed = true })]
            : placements;

    // A removed placement keeps the dates on which it counted: a later ending excludes the subscriber from the runs of those dates only.
    private static Placement Kept(Placement placement, DateOnly from) => placement switch
    {
        _ when placement.From >= from => placement with { Removed = true, Until = placement.From.AddDays(-1) },
        { Removed: true } when placement.Until is null || placement.Until >= from => placement with { Until = from.AddDays(-1) },
        _ => placement,
    };

    // A choice that is taken back before it had an effect, such as a wrong zone: the first date that the cohort does not serve any more.
    // Null if another cohort's hour has come since on such a date, or that cohort's own.
    private static DateOnly? DateOfReturn(IReadOnlyList<Placement> placements, Cohort to, DateTimeOffset now)
    {
        if (placements.LastOrDefault(placement => placement.Cohort == to && !placement.Removed)?.Until is not { } until)
        {
            return null;
        }

        var back = until.AddDays(1);
        return Begins(to, back) > now && placements.All(placement => placement.Removed || placement.Until < back
            || Begins(placement.Cohort, Max(placement.From, back)) > now) ? back : null;
    }

    private static DateTimeOffset Begins(Cohort cohort, DateOnly date) =>
        (cohort with { Rhythm = Rhythm.Daily }).NextDue(date, DateTimeOffset.MinValue)!.Value.Due;

    // The latest date whose digest a cohort has sent or may be sending now.
    private static DateOnly? LastServed(IReadOnlyList<Placement> placements, DateTimeOffset now)
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

    // After a move east the new hour of the next date may have passed: the old cohort serves that date too. The rhythm is ignored: a date
    // that the new rhythm leaves out has no digest and does not go to the old cohort.
    private static DateOnly FirstDue(Cohort cohort, DateTimeOffset now) =>
        (cohort with { Rhythm = Rhythm.Daily }).NextDue(Zones.LocalDate(cohort.Zone, now), now)!.Value.Date;

    private static DateOnly Max(DateOnly one, DateOnly other) => one > other ? one : other;
}
