using DailyDigest.Calendar;
using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Subscribers;

namespace DailyDigest.Returns;

/// <summary>
/// Finds the newest mail to a subscriber at or before an instant, for an event that a provider vouches for and that names neither token
/// nor Message-ID.
/// </summary>
public sealed class FindMail(ITableStore tables, RunStore runs, NoticeStore notices)
{
    // A receiving server is tried for a few days.
    private const int MaxDays = 5;

    // The event may be older than our record of the relay's answer, and clocks differ.
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    /// <summary>The mail; null if there is none in the five days before.</summary>
    internal async Task<ProvenReturn?> ExecuteAsync(string subscriberId, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var until = at + Tolerance;
        var delivery = await DeliveryAsync(subscriberId, until, cancellationToken);
        var notice = (await notices.ListAsync(subscriberId, until, MaxDays, cancellationToken))
            .Where(one => one is { Settled: { } settled, Outcome: NoticeStore.Sent } && settled <= until
                && one.Kind is not (NoticeStore.NewAddressKind or NoticeStore.FormerAddressKind))
            .MaxBy(one => one.Settled);
        return notice is not null && !(delivery?.At > notice.Settled)
            ? new ProvenReturn(ReturnProof.Vouched, null, subscriberId, null) { Notice = notice.Name }
            : delivery is { } found ? new ProvenReturn(ReturnProof.Vouched, found.Date, subscriberId, null) : null;
    }

    private async Task<(DateOnly Date, DateTimeOffset At)?> DeliveryAsync(
        string subscriberId, DateTimeOffset until, CancellationToken cancellationToken)
    {
        // The local date may be a day ahead of UTC.
        var last = LocalDates.Utc(until).AddDays(1);
        for (var date = last; date > last.AddDays(-MaxDays - 1); date = date.AddDays(-1))
        {
            if (await runs.FrozenSlicesAsync(date, cancellationToken) is { } slices
                && await tables.GetAsync(
                    Tables.Ledger, Part.LedgerPartition(date, Part.SliceOf(subscriberId, slices)), subscriberId, cancellationToken)
                    is { } stored
                && DeliveryRow.Read(stored) is { } row && row.At <= until && MayHaveLeft(row))
            {
                return (date, row.At);
            }
        }

        return null;
    }

    private static bool MayHaveLeft(DeliveryRow row) => row.State is DeliveryState.Sent or DeliveryState.Unknown or DeliveryState.Held
        or DeliveryState.Attempting or DeliveryState.Rejected;
}
