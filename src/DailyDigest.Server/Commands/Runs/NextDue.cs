using DailyDigest.Calendar;
using DailyDigest.Subscribers;

namespace DailyDigest.Server.Commands;

/// <summary>Finds the next digest that is due.</summary>
internal sealed class NextDue(IServiceProvider services)
{
    /// <summary>The next due cohort with readers, and its time; null if no cohort has readers.</summary>
    public async Task<(Cohort Cohort, DateTimeOffset Due)?> FindAsync(CancellationToken cancellationToken)
    {
        var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
        var readers = new CohortReaders(services.GetRequiredService<AudienceStore>());
        var dues = (await services.GetRequiredService<CohortStore>().ListAsync(cancellationToken)).Select(
            row => (row.Cohort, Next: row.NextDue(now)));
        foreach (var (cohort, next) in dues.Where(one => one.Next is not null).OrderBy(one => one.Next!.Value.Due))
        {
            if (await readers.AnyAsync(cohort, next!.Value.Date, cancellationToken))
            {
                return (cohort, next.Value.Due);
            }
        }

        return null;
    }
}
