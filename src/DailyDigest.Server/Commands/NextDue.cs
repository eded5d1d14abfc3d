using DailyDigest.Calendar;
using DailyDigest.Subscribers;

namespace DailyDigest.Server.Commands;

/// <summary>Finds out when a digest leaves next.</summary>
internal sealed class NextDue(IServiceProvider services)
{
    /// <summary>The cohort that is due next among those that have readers, and when; null if none has any.</summary>
    public async Task<(Cohort Cohort, DateTimeOffset Due)?> FindAsync(CancellationToken cancellationToken)
    {
        var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
        var readers = new CohortReaders(services.GetRequiredService<AudienceStore>());
        var dues = (await services.GetRequiredService<CohortStore>().ListAsync(cancellationToken)).Select(row => (row.Cohort, Next: Of(row, now)));
        foreach (var (cohort, next) in dues.Where(one => one.Next is not null).OrderBy(one => one.Next!.Value.Due))
        {
            if (await readers.AnyAsync(cohort, next!.Value.Date, cancellationToken))
            {
                return (cohort, next.Value.Due);
            }
        }

        return null;
    }

    /// <summary>When the cohort's hour comes next, and of which date; null if not within two weeks.</summary>
    public static (DateOnly Date, DateTimeOffset Due)? Of(CohortRow row, DateTimeOffset now)
    {
        var today = Zones.LocalDate(row.Cohort.Zone, now);
        var from = row.FirstDate > today ? row.FirstDate : today;
        return row.Cohort.NextDue(from, now);
    }
}
