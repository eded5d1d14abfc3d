using DailyDigest.Schedule;

namespace DailyDigest.Subscribers;

/// <summary>Counts whom a cohort's digest of a date goes to.</summary>
public sealed class CountAudience(AudienceStore audience)
{
    /// <summary>Returns the number of readers of the cohort on the local date. Reads the whole audience of the cohort, in pages.</summary>
    public async Task<long> ExecuteAsync(Cohort cohort, DateOnly date, CancellationToken cancellationToken)
    {
        var count = 0L;
        await foreach (var entry in audience.ScanAsync(cohort, cancellationToken))
        {
            count += entry.CountsOn(date) ? 1 : 0;
        }

        return count;
    }
}
