using DailyDigest.Schedule;
using DailyDigest.Storage;
using DailyDigest.Subscribers;

namespace DailyDigest.Server.Commands;

/// <summary>A cohort that has readers and gets nothing for a date because they joined after its hour had come. The date is its first digest's.</summary>
internal sealed record LaterCohort(DateOnly Date, string Cohort, bool IsToCome);

/// <summary>Finds out why nothing is due for readers who are there.</summary>
internal sealed class LaterCohorts(IServiceProvider services)
{
    private readonly CohortStore cohorts = services.GetRequiredService<CohortStore>();
    private readonly AudienceStore audience = services.GetRequiredService<AudienceStore>();
    private readonly TimeProvider time = services.GetRequiredService<TimeProvider>();

    /// <summary>
    /// The cohorts, by first digest, whose readers joined after their hour of the local date; without a date, of each cohort's today.
    /// Those that have begun since are among them only with <paramref name="begunToo"/>.
    /// </summary>
    public async Task<IReadOnlyList<LaterCohort>> ListAsync(DateOnly? date, bool begunToo, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var later = new List<LaterCohort>();
        foreach (var row in await cohorts.ListAsync(cancellationToken))
        {
            var cohort = row.Cohort;
            var today = Zones.LocalDate(cohort.Zone, now);
            var day = date ?? today;
            if (row.FirstDate > day && cohort.Rhythm.Includes(day) && Zones.DueAt(cohort.Zone, day, cohort.Hour) <= now
                && FirstDigest(row) is var first && (begunToo || first > today) && await HasReadersAsync(cohort, first, cancellationToken))
            {
                later.Add(new LaterCohort(first, cohort.Key, first > today));
            }
        }

        return [.. later.OrderBy(one => one.Date).ThenBy(one => one.Cohort, StringComparer.Ordinal)];
    }

    /// <summary>A line for each date on which some of them begin.</summary>
    public static IEnumerable<string> Lines(IEnumerable<LaterCohort> later) =>
        later.GroupBy(one => (one.Date, one.IsToCome)).Select(group => (group.Count(), group.Key.IsToCome) switch
        {
            (1, var toCome) => $"1 cohort {(toCome ? "begins" : "began")} on {group.Key.Date.Text()}: its readers joined after its hour",
            (var count, var toCome) => $"{Said.Count(count)} cohorts {(toCome ? "begin" : "began")} on {group.Key.Date.Text()}: their readers joined after their hour",
        });

    private static DateOnly FirstDigest(CohortRow row)
    {
        var date = row.FirstDate;
        while (!row.Cohort.Rhythm.Includes(date) || Zones.DueAt(row.Cohort.Zone, date, row.Cohort.Hour) is null)
        {
            date = date.AddDays(1);
        }

        return date;
    }

    // The publication's own cohort is there without readers, and others may have lost theirs.
    private async Task<bool> HasReadersAsync(Cohort cohort, DateOnly date, CancellationToken cancellationToken)
    {
        foreach (var slice in AudienceStore.Slices)
        {
            IReadOnlyList<AudienceEntry> page = [];
            do
            {
                page = await audience.QueryAsync(cohort, slice, page.Count == 0 ? null : page[^1].SubscriberId, TableRules.MaxPage, cancellationToken);
                if (page.Any(entry => entry.CountsOn(date)))
                {
                    return true;
                }
            }
            while (page.Count == TableRules.MaxPage);
        }

        return false;
    }
}
