using DailyDigest.Calendar;
using DailyDigest.Runs;

namespace DailyDigest.Subscribers;

/// <summary>Tells whether ending the pause would bring a digest earlier.</summary>
public sealed class FindPause(RunStore runs, TimeProvider time)
{
    /// <summary>
    /// Returns the date on which the pause ends; null if there is no pause, or if <see cref="EndPause"/> could not bring a digest earlier.
    /// </summary>
    public async Task<DateOnly?> ExecuteAsync(Subscriber person, CancellationToken cancellationToken) =>
        person is { Status: SubscriberStatus.Active, PausedUntil: { } until } && until > Zones.LocalDate(person.Zone, time.GetUtcNow())
            && until > await FirstDateWithoutPauseAsync(person, cancellationToken) ? until : null;

    /// <summary>
    /// Returns the first date that would have a digest without the pause: today, or later if today's run has begun or no placement covers
    /// today.
    /// </summary>
    internal async Task<DateOnly> FirstDateWithoutPauseAsync(Subscriber person, CancellationToken cancellationToken)
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

        // A subscriber who left and came back after today's run began has no placement before tomorrow.
        var first = placements.Count > 0 ? placements.Min(placement => placement.From) : next;
        return first > next ? first : next;
    }
}
