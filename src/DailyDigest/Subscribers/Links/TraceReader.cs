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
public sealed record ReaderDay(DateOnly Date, string? Cohort, DeliveryRow? Delivery, Run? Run, DateTimeOffset? Due)
{
    /// <summary>The reason why the reader has no delivery on the date.</summary>
    public NoDelivery WhyNone(DateTimeOffset now) => this switch
    {
        { Cohort: null } => NoDelivery.NotReader,
        { Run.State: RunState.Skipped } => NoDelivery.Skipped,
        { Run: { AwaitsApprovalUntil: not null, State: RunState.Preparing } } => NoDelivery.AwaitsApproval,
        { Run.State: RunState.Preparing } => NoDelivery.Preparing,
        { Run.IsUndecided: true } => NoDelivery.Undecided,
        { Run: { State: RunState.Open, Paused: true } } => NoDelivery.Paused,
        { Run.State: RunState.Open } => NoDelivery.Waiting,
        { Run.State: RunState.Closed } => NoDelivery.NeverTaken,
        { Due: null } => NoDelivery.NoDigest,
        { Due: { } due } => due > now ? NoDelivery.NotDue : NoDelivery.NoRun,
    };
}

/// <summary>The reasons why a reader has no delivery on a date.</summary>
public enum NoDelivery
{
    /// <summary>They were in no cohort.</summary>
    NotReader,

    /// <summary>The run was skipped: there was no digest.</summary>
    Skipped,

    /// <summary>The digest waits for an editor's approval.</summary>
    AwaitsApproval,

    /// <summary>The digest is being prepared.</summary>
    Preparing,

    /// <summary>The run is held until an operator decides.</summary>
    Undecided,

    /// <summary>The run is paused.</summary>
    Paused,

    /// <summary>The run is open and has not come to the reader.</summary>
    Waiting,

    /// <summary>The run is closed and never came to the reader.</summary>
    NeverTaken,

    /// <summary>The cohort's rhythm leaves the date out.</summary>
    NoDigest,

    /// <summary>The hour has not come.</summary>
    NotDue,

    /// <summary>The hour has passed without a run.</summary>
    NoRun,
}

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

    /// <summary>The delivery of the date; null if there is none. Two requests.</summary>
    internal async Task<DeliveryRow?> DeliveryAsync(DateOnly date, string subscriberId, CancellationToken cancellationToken)
    {
        if (await runs.FrozenSlicesAsync(date, cancellationToken) is not { } slices)
        {
            return null;
        }

        var partition = Part.LedgerPartition(date, Part.SliceOf(subscriberId, slices));
        return await tables.GetAsync(Tables.Ledger, partition, subscriberId, cancellationToken) is { } row ? DeliveryRow.Read(row) : null;
    }
}
