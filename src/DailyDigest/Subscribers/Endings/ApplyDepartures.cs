using DailyDigest.Calendar;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>The number of departures that were applied.</summary>
/// <param name="Ended">Subscriptions that had ended.</param>
/// <param name="Erased">People who had been erased.</param>
/// <param name="Suppressed">Addresses that are not to be mailed.</param>
/// <param name="Moved">Readers who had changed their hour: they get nothing on the date of the loss, because they may have had it.</param>
public sealed record AppliedDepartures(int Ended, int Erased, int Suppressed, int Moved);

/// <summary>
/// Applies the journal to a store that does not know its entries: nobody who left is mailed again, and what was erased is erased again. For
/// each person the last entry counts. Repeatable.
/// </summary>
public sealed class ApplyDepartures(
    SubscriberStore subscribers, AddressStore addresses, AddressHash hash, ChangeSubscriber change, EraseSubscriber erase)
{
    /// <summary>Applies the entries, in their order.</summary>
    /// <param name="entries">The entries that the store does not know.</param>
    /// <param name="until">The end of the span that the store does not know.</param>
    /// <param name="cancellationToken">Cancels it; repeat it to complete it.</param>
    public async Task<AppliedDepartures> ExecuteAsync(
        IReadOnlyList<JournalEntry> entries, DateTimeOffset until, CancellationToken cancellationToken)
    {
        var (ended, erased, moved, suppressed) = (0, 0, 0, 0);
        entries = Departures.InForce(entries);
        var states = entries.Where(entry => entry.SubscriberHash is not null && entry.Kind != Departures.Moved)
            .GroupBy(entry => entry.SubscriberHash!).ToDictionary(group => group.Key, group => group.Last());
        var movers = entries.Where(entry => entry.SubscriberHash is not null && entry.Kind == Departures.Moved)
            .Select(entry => entry.SubscriberHash!).ToHashSet();
        await foreach (var person in states.Count + movers.Count == 0 ? AsyncEnumerable.Empty<Subscriber>()
            : subscribers.ScanAsync(null, cancellationToken))
        {
            var id = hash.OfSubscriber(person.Id);
            if (states.TryGetValue(id, out var entry) && entry.Kind == Departures.Erased)
            {
                await erase.ExecuteAsync(person.Id, cancellationToken);
                erased++;
            }
            else if (entry is not null && Status(entry.Kind) is { } status)
            {
                ended += await EndAsync(person.Id, status, entry.At, cancellationToken) ? 1 : 0;
            }
            else if (movers.Contains(id))
            {
                moved += await SkipDayAsync(person.Id, until, cancellationToken) ? 1 : 0;
            }
        }

        // After the people: an erasure marks the addresses that the store still knows.
        foreach (var last in entries
            .Where(entry => entry is { AddressHash: not null, Kind: not (Departures.Left or Departures.Moved) })
            .GroupBy(entry => entry.AddressHash!).Select(group => group.Last()))
        {
            if (Reason(last.Kind) is { } reason)
            {
                await SuppressAsync(last, reason, cancellationToken);
                suppressed++;
            }
        }

        return new AppliedDepartures(ended, erased, suppressed, moved);
    }

    private async Task SuppressAsync(JournalEntry entry, Suppression reason, CancellationToken cancellationToken)
    {
        var row = await addresses.ChangeAsync(
            entry.AddressHash!, known => known.Reason >= reason ? known : known with { Reason = reason }, cancellationToken);
        if (row.SubscriberId is { } id && await subscribers.GetAsync(id, cancellationToken) is { } stored
            && hash.Matches(stored.Subscriber.Address, row.Hash))
        {
            await EndAsync(id, Status(entry.Kind) ?? SubscriberStatus.Unsubscribed, entry.At, cancellationToken);
        }
    }

    /// <summary>Returns true if the subscription ended now.</summary>
    private async Task<bool> EndAsync(string id, SubscriberStatus status, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var ends = false;
        await change.ExecuteAsync(
            id,
            person =>
            {
                ends = person is { Status: SubscriberStatus.Active or SubscriberStatus.Pending };
                return ends ? person! with { Status = status, Ended = at, SignUp = null, Asked = null } : null;
            },
            cancellationToken);
        return ends;
    }

    /// <summary>
    /// Begins the reader's placement on the day after the span: the new hour, which is lost, may have brought that day's digest already.
    /// </summary>
    private async Task<bool> SkipDayAsync(string id, DateTimeOffset until, CancellationToken cancellationToken)
    {
        var skips = false;
        await change.ExecuteAsync(
            id,
            person =>
            {
                var placements = person?.Placements.Select(one => Later(one, until)).ToList() ?? [];
                skips = person is { Status: SubscriberStatus.Active } && !placements.SequenceEqual(person.Placements);
                return skips ? person! with { Placements = placements } : null;
            },
            cancellationToken);
        return skips;
    }

    private static Placement Later(Placement placement, DateTimeOffset until)
    {
        var from = Zones.LocalDate(placement.Cohort.Zone, until).AddDays(1);
        return placement is { Removed: false, Until: null } && placement.From < from ? placement with { From = from } : placement;
    }

    private static SubscriberStatus? Status(string kind) => kind switch
    {
        Departures.Left or Departures.OptedOut or Departures.Blocked or Departures.Erased => SubscriberStatus.Unsubscribed,
        Departures.Bounced => SubscriberStatus.Bounced,
        Departures.Complained => SubscriberStatus.Complained,
        _ => null,
    };

    private static Suppression? Reason(string kind) => kind switch
    {
        Departures.OptedOut => Suppression.Unsubscribed,
        Departures.Bounced => Suppression.Bounced,
        Departures.Complained => Suppression.Complained,
        Departures.Erased => Suppression.Erased,
        Departures.Blocked => Suppression.Blocked,
        _ => null,
    };
}
