using DailyDigest.Schedule;
using DailyDigest.Storage;
using DailyDigest.Subscribers;

namespace DailyDigest.Server.Commands;

/// <summary>Whether a cohort has readers. The publication's own is there without any, and others may have lost theirs.</summary>
internal sealed class CohortReaders(AudienceStore audience)
{
    // Behind so many who left somebody may still be: whoever asks then hears of readers, rather than that there are none.
    private const int MostSeen = 5 * TableRules.MaxPage;

    /// <summary>True if somebody is to get the cohort's digest of the date. A row of each slice at most, unless those who left stand before the others.</summary>
    public async Task<bool> AnyAsync(Cohort cohort, DateOnly date, CancellationToken cancellationToken)
    {
        if (await AnyInAsync(cohort, AudienceStore.Slices[0], date, cancellationToken))
        {
            return true;
        }

        var others = await Task.WhenAll(AudienceStore.Slices.Skip(1).Select(slice => AnyInAsync(cohort, slice, date, cancellationToken)));
        return others.Contains(true);
    }

    private async Task<bool> AnyInAsync(Cohort cohort, char slice, DateOnly date, CancellationToken cancellationToken)
    {
        var (seen, take, after) = (0, 1, (string?)null);
        while (seen < MostSeen)
        {
            var page = await audience.QueryAsync(cohort, slice, after, take, cancellationToken);
            if (page.Any(entry => entry.CountsOn(date)))
            {
                return true;
            }

            if (page.Count < take)
            {
                return false;
            }

            (seen, take, after) = (seen + page.Count, TableRules.MaxPage, page[^1].SubscriberId);
        }

        return true;
    }
}

/// <summary>Finds out when a digest leaves next.</summary>
internal sealed class NextDigest(IServiceProvider services)
{
    private const int DaysAhead = 9;

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

    /// <summary>When the cohort's hour comes next, and of which date; null if not within nine days.</summary>
    public static (DateOnly Date, DateTimeOffset Due)? Of(CohortRow row, DateTimeOffset now)
    {
        var today = Zones.LocalDate(row.Cohort.Zone, now);
        var from = row.FirstDate > today ? row.FirstDate : today;
        for (var date = from; date < from.AddDays(DaysAhead); date = date.AddDays(1))
        {
            if (row.Cohort.Rhythm.Includes(date) && Zones.DueAt(row.Cohort.Zone, date, row.Cohort.Hour) is { } due && due > now)
            {
                return (date, due);
            }
        }

        return null;
    }
}
