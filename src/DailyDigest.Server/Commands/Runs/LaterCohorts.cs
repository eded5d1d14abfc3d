using DailyDigest.Calendar;
using DailyDigest.Subscribers;

namespace DailyDigest.Server.Commands;

/// <summary>
/// A cohort that gets nothing for a date because its readers joined after its hour. The date is that of its first digest.
/// </summary>
internal sealed record LaterCohort(DateOnly Date, string Cohort, bool IsToCome);

/// <summary>Explains why nothing is due for cohorts that have readers.</summary>
internal sealed class LaterCohorts(IServiceProvider services)
{
    private const int MaxNames = 5;

    private readonly CohortStore cohorts = services.GetRequiredService<CohortStore>();
    private readonly CohortReaders readers = new(services.GetRequiredService<AudienceStore>());
    private readonly TimeProvider time = services.GetRequiredService<TimeProvider>();

    /// <summary>
    /// The cohorts whose readers joined after their hour of the local date, ordered by first digest; without a date, of each cohort's
    /// today. Cohorts whose first digest is past are included only with <paramref name="begunToo"/>.
    /// </summary>
    public async Task<IReadOnlyList<LaterCohort>> ListAsync(DateOnly? date, bool begunToo, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var later = new List<LaterCohort>();
        foreach (var row in await cohorts.ListAsync(cancellationToken))
        {
            var cohort = row.Cohort;
            var day = date ?? Zones.LocalDate(cohort.Zone, now);
            if (row.FirstDate > day && cohort.DueAt(day) <= now
                && cohort.NextDue(row.FirstDate, DateTimeOffset.MinValue) is var (first, due)
                && (begunToo || due > now) && await readers.AnyAsync(cohort, first, cancellationToken))
            {
                later.Add(new LaterCohort(first, cohort.Key, due > now));
            }
        }

        return [.. later.OrderBy(one => one.Date).ThenBy(one => one.Cohort, StringComparer.Ordinal)];
    }

    /// <summary>One line per first date, with the names of up to five cohorts.</summary>
    public static IEnumerable<string> Lines(IEnumerable<LaterCohort> later) =>
        later.GroupBy(one => (one.Date, one.IsToCome), one => one.Cohort).Select(group =>
        {
            var (names, count) = (group.Take(MaxNames).ToList(), group.Count());
            var who = string.Join(", ", names) + (count > names.Count ? $" and {Format.Count(count - names.Count)} more" : "");
            return (count, group.Key.IsToCome) switch
            {
                (1, var toCome) => $"{who} {(toCome ? "begins" : "began")} on {group.Key.Date.Text()}: its readers joined after its hour",
                (_, var toCome) =>
                    $"{who} {(toCome ? "begin" : "began")} on {group.Key.Date.Text()}: their readers joined after their hour",
            };
        });
}
