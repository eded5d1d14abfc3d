using DailyDigest.Calendar;
using DailyDigest.Runs;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>What is known of one reader on one local date.</summary>
/// <param name="Date">The date.</param>
/// <param name="Cohort">The cohort's key; null if the reader was in none on that date.</param>
/// <param name="Delivery">The ledger's row; null if there is none.</param>
/// <param name="Run">The run of the cohort; null if there is none.</param>
/// <param name="Due">When the cohort's hour comes or came on that date; null if its rhythm leaves the date out.</param>
public sealed record ReaderDay(DateOnly Date, string? Cohort, DeliveryRow? Delivery, Run? Run, DateTimeOffset? Due);

/// <summary>Answers "did this person get it".</summary>
public sealed class TraceReader(ITableStore tables, RunStore runs, SubscriberStore subscribers)
{
    /// <summary>
    /// What is known of the reader on each date from the first to the last, in order: a day per delivery, or per cohort that the reader was in; one
    /// without a cohort if there was neither.
    /// </summary>
    public async Task<IReadOnlyList<ReaderDay>> ExecuteAsync(string subscriberId, DateOnly first, DateOnly last, CancellationToken cancellationToken)
    {
        var placements = (await subscribers.GetAsync(subscriberId, cancellationToken))?.Subscriber.Placements ?? [];
        var days = new List<ReaderDay>();
        for (var date = first; date <= last; date = date.AddDays(1))
        {
            if (await runs.FrozenSlicesAsync(date, cancellationToken) is { } slices
                && await tables.GetAsync(
                    Tables.Ledger, Part.LedgerPartition(date, Part.SliceOf(subscriberId, slices)), subscriberId, cancellationToken) is { } row
                && DeliveryRow.Read(row) is { } delivery)
            {
                days.Add(new ReaderDay(date, delivery.Cohort, delivery, await runs.GetAsync(date, delivery.Cohort, cancellationToken), null));
                continue;
            }

            var before = days.Count;
            foreach (var cohort in placements.Where(one => !one.Removed && one.From <= date && !(one.Until < date)).Select(one => one.Cohort).Distinct())
            {
                days.Add(new ReaderDay(date, cohort.Key, null, await runs.GetAsync(date, cohort.Key, cancellationToken), cohort.DueAt(date)));
            }

            if (days.Count == before)
            {
                days.Add(new ReaderDay(date, null, null, null, null));
            }
        }

        return days;
    }
}
