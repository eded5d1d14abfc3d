using DailyDigest.Calendar;
using DailyDigest.Runs;

namespace DailyDigest.Subscribers;

/// <summary>Whether a pause keeps anything back that its reader could have by ending it.</summary>
public sealed class FindPause(RunStore runs, TimeProvider time)
{
    /// <summary>
    /// Returns the date before which the subscriber gets no digest; null if there is no pause, or only what <see cref="EndPause"/> would leave of one.
    /// </summary>
    public async Task<DateOnly?> ExecuteAsync(Subscriber person, CancellationToken cancellationToken) =>
        person is { Status: SubscriberStatus.Active, PausedUntil: { } until } && until > Zones.LocalDate(person.Zone, time.GetUtcNow())
            && until > await WithoutAsync(person, cancellationToken) ? until : null;

    /// <summary>Returns the first date without a pause: the first whose run has not begun, in any cohort that serves today, and that is in a cohort at all.</summary>
    internal async Task<DateOnly> WithoutAsync(Subscriber person, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var next = Zones.LocalDate(person.Zone, now);
        var placements = person.Placements.Where(placement => !placement.Removed).ToList();
        foreach (var placement in placements)
        {
            var date = Zones.LocalDate(placement.Cohort.Zone, now);
            if (placement.Covers(date) && date >= next
                && await runs.GetAsync(date, placement.Cohort.Key, cancellationToken) is { Missed: false })
            {
                next = date.AddDays(1);
            }
        }

        // Who left and came back after today's run had begun is in no cohort before tomorrow, pause or not.
        var first = placements.Count > 0 ? placements.Min(placement => placement.From) : next;
        return first > next ? first : next;
    }
}
