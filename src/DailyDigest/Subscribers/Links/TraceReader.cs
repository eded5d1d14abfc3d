using DailyDigest.Calendar;
using DailyDigest.Runs;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>The delivery state of one reader on one local date.</summary>
/// <param name="Date">The date.</param>
/// <param name="Cohort">The cohort's key; null if the reader was in none on that date.</param>
/// <param name="Delivery">The ledger's row; null if there is none.</param>
/// <param name="Run">The run of the cohort; null if there is none.</param>
/// <param name="Due">The instant of the cohort's hour on that date; null if its rhythm leaves the date out.</param>
public sealed record ReaderDay(DateOnly Date, string? Cohort, DeliveryRow? Delivery, Run? Run, DateTimeOffset? Due);

/// <summary>Answers the question "did this person get the digest?".</summary>
public sealed class TraceReader(ITableStore tables, RunStore runs, SubscriberStore subscribers)
{
    /// <summary>
    /// Returns the reader's state on each date from the first to the last, in order: one entry per delivery, otherwise one per cohort that
    /// the reader was in, otherwise one without a cohort.
    /// </summary>
    public async Task<IReadOnlyList<ReaderDay>> ExecuteAsync(
        string subscriberId, DateOnly first, DateOnly last, CancellationToken cancellationToken)
    {
        var placements = (await subscribers.GetAsync(subscriberId, cancellationToken))?.Subscriber.Placements ?? [];
        var days = new List<ReaderDay>();
        for (var date = first; date <= last; date = date.AddDays(1))
        {
            if (await DeliveryAsync(date, subscriberId, cancellationToken) is { } delivery)
            {
                var run = await runs.GetAsync(date, delivery.Cohort, cancellationToken);
                days.Add(new ReaderDay(date, delivery.Cohort, delivery, run, null));
                continue;
            }

            var before = days.Count;
            foreach (var cohort in placements.Where(one => !one.Removed && one.From <= date && !(one.Until < date))
                .Select(one => one.Cohort).Distinct())
            {
                var run = await runs.GetAsync(date, cohort.Key, cancellationToken);
                days.Add(new ReaderDay(date, cohort.Key, null, run, cohort.DueAt(date)));
            }

            if (days.Count == before)
            {
                days.Add(new ReaderDay(date, null, null, null, null));
            }
        }

        return days;
    }

    private async Task<DeliveryRow?> DeliveryAsync(DateOnly date, string subscriberId, CancellationToken cancellationToken)
    {
        if (await runs.FrozenSlicesAsync(date, cancellationToken) is not { } slices)
        {
            return null;
        }

        var partition = Part.LedgerPartition(date, Part.SliceOf(subscriberId, slices));
        return await tables.GetAsync(Tables.Ledger, partition, subscriberId, cancellationToken) is { } row ? DeliveryRow.Read(row) : null;
    }
}
