using DailyDigest.Calendar;
using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Subscribers;

namespace DailyDigest.Returns;

/// <summary>
/// Notes on its reader that a digest was refused for a reason that may pass. After <see cref="Rest.MaxRefusals"/> of them within
/// <see cref="Rest.Window"/> days, without a delivery in between, the reader gets no digest for <see cref="Rest.Days"/> days. The first
/// digest after that is a try: refused again, it begins the next rest at once. A delivery costs nothing: the ledger is read when the dates
/// are complete, and the dates that it does not confirm are forgotten.
/// </summary>
public sealed class PutToRest(
    ITableStore tables, RunStore runs, SubscriberStore subscribers, ChangeSubscriber change, TraceReader trace, TimeProvider time)
{
    /// <summary>
    /// Notes the refused delivery of a closed run. Does nothing for another delivery, for an open run, and for a run whose refusals are not
    /// believed. Repeatable, in any order and by several processes: a date counts once. Returns true if the reader rests from now on.
    /// </summary>
    public async Task<bool> ExecuteAsync(Run run, DeliveryRow row, CancellationToken cancellationToken)
    {
        if (SoftRefusals.ReasonOf(row) is not { } reason || !await SoftRefusals.AreTrustedAsync(tables, run, cancellationToken))
        {
            return false;
        }

        while (await subscribers.GetAsync(row.SubscriberId, cancellationToken)
            is { Subscriber: { Status: SubscriberStatus.Active } person } stored && Counts(person, run.Date, row.At))
        {
            if (await WasTryAsync(person, run.Date, cancellationToken))
            {
                return await RestAsync(person, reason, cancellationToken);
            }

            var dates = Rest.Add(person.RefusedOn, run.Date);
            var isFull = dates.Count == Rest.MaxRefusals;
            var confirmed = isFull ? await ConfirmedAsync(person.Id, dates, cancellationToken) : dates;
            if (isFull && confirmed.Count == Rest.MaxRefusals)
            {
                return await RestAsync(person, reason, cancellationToken);
            }

            // The audience does not use these fields: no new version, no projection.
            var noted = person with { Rest = null, RefusedOn = confirmed };
            if ((person.Rest is null && confirmed.SequenceEqual(person.RefusedOn))
                || await subscribers.UpdateAsync(stored, noted, cancellationToken))
            {
                return false;
            }
        }

        return false;
    }

    /// <summary>False for a digest from before a confirmation, a move to another address, the present rest or its end.</summary>
    private static bool Counts(Subscriber person, DateOnly date, DateTimeOffset sent) =>
        !(person.Confirmed > sent) && !(date < person.Rest?.Until);

    /// <summary>True if the refused digest was the try after a rest: nothing was delivered since the rest.</summary>
    private async Task<bool> WasTryAsync(Subscriber person, DateOnly date, CancellationToken cancellationToken)
    {
        if (person.Rest is not { IsEnded: false } rest || date.DayNumber - rest.Until.DayNumber >= Rest.Window)
        {
            return false;
        }

        for (var day = rest.Until; day < date; day = day.AddDays(1))
        {
            if (MayHaveArrived(await trace.DeliveryAsync(day, person.Id, cancellationToken)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The dates since the last delivery on which the reader's side refused the digest, as the ledger has it now.</summary>
    private async Task<IReadOnlyList<DateOnly>> ConfirmedAsync(
        string id, IReadOnlyList<DateOnly> dates, CancellationToken cancellationToken)
    {
        var confirmed = new List<DateOnly>();
        for (var date = dates[0]; date <= dates[^1]; date = date.AddDays(1))
        {
            var row = await trace.DeliveryAsync(date, id, cancellationToken);
            if (MayHaveArrived(row))
            {
                confirmed.Clear();
            }
            else if (row is not null && dates.Contains(date) && SoftRefusals.ReasonOf(row) is not null
                && await runs.GetAsync(date, row.Cohort, cancellationToken) is { } run
                && await SoftRefusals.AreTrustedAsync(tables, run, cancellationToken))
            {
                confirmed.Add(date);
            }
        }

        return confirmed;
    }

    private static bool MayHaveArrived(DeliveryRow? row) =>
        row is { State: DeliveryState.Sent or DeliveryState.Held or DeliveryState.Unknown };

    /// <summary>Another process may have done the same, or the reader may have changed something: their rest stays as it is then.</summary>
    private async Task<bool> RestAsync(Subscriber seen, string reason, CancellationToken cancellationToken)
    {
        var begins = false;
        await change.ExecuteAsync(
            seen.Id,
            person =>
            {
                begins = person is { Status: SubscriberStatus.Active } && person.Rest == seen.Rest && person.Address == seen.Address;
                return begins
                    ? person! with { Rest = Rest.From(Zones.LocalDate(person.Zone, time.GetUtcNow()), reason), RefusedOn = [] } : null;
            },
            cancellationToken);
        return begins;
    }
}
