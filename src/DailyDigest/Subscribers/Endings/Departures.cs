using DailyDigest.Mailing;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>
/// Writes into the store's journal who must not be mailed any more, as keyed hashes, so that an older copy that is put back does not bring
/// them back. Without a journal it does nothing.
/// </summary>
public sealed class Departures(AddressHash hash, TimeProvider time, IStoreJournal? journal = null)
{
    internal const string Left = "left";
    internal const string Bounced = "bounced";
    internal const string Complained = "complained";
    internal const string Blocked = "blocked";
    internal const string Erased = "erased";
    internal const string OptedOut = "opted-out";
    internal const string Returned = "returned";
    internal const string Moved = "moved";

    /// <summary>The departures of the change that stand before this entry are void: they were not stored.</summary>
    internal const string Void = "void";

    /// <summary>
    /// Before a change is stored: a departure, or a move to another hour. Returns true for a departure: if the change is not stored, call
    /// <see cref="VoidAsync"/>. A move that is not stored costs the reader a day after a restore.
    /// </summary>
    internal async Task<bool> BeforeAsync(
        PendingChange change, Subscriber? before, Subscriber after, CancellationToken cancellationToken)
    {
        var kind = after.Status switch
        {
            _ when before is null => null,
            SubscriberStatus.Active when before.Status == SubscriberStatus.Active && before.Cohort != after.Cohort => Moved,
            _ when before.Status == after.Status => null,
            SubscriberStatus.Unsubscribed => Left,
            SubscriberStatus.Bounced => Bounced,
            SubscriberStatus.Complained => Complained,
            _ => null,
        };
        await (kind is null ? Task.CompletedTask : WriteAsync(kind, before!.Id, [before.Address], cancellationToken, change.Name));
        return kind is not (null or Moved);
    }

    /// <summary>After a change that was not stored. It must be certain that it will not be stored any more.</summary>
    internal Task VoidAsync(PendingChange change, CancellationToken cancellationToken) =>
        WriteAsync(Void, change.SubscriberId, [], cancellationToken, change.Name);

    /// <summary>
    /// After a change was interrupted. A slow writer may still be about to store it: the subscriber row gets a new version, so that the
    /// writer fails, and notes the departure again. A subscriber who left is not written: the departure was stored.
    /// </summary>
    internal async Task VoidInterruptedAsync(PendingChange change, SubscriberStore subscribers, CancellationToken cancellationToken)
    {
        while (journal is not null && await subscribers.GetAsync(change.SubscriberId, cancellationToken)
            is { Subscriber: { Status: SubscriberStatus.Active or SubscriberStatus.Pending } person } stored)
        {
            if (await subscribers.UpdateAsync(stored, person, cancellationToken))
            {
                await VoidAsync(change, cancellationToken);
                return;
            }
        }
    }

    /// <summary>The entries without those that are void.</summary>
    internal static IReadOnlyList<JournalEntry> InForce(IReadOnlyList<JournalEntry> entries)
    {
        var undone = new HashSet<string>(StringComparer.Ordinal);
        var valid = new List<JournalEntry>();
        foreach (var entry in entries.Reverse())
        {
            if (entry is { Kind: Void, Change: { } change })
            {
                undone.Add(change);
            }
            else if (entry.Kind == Moved || entry.Change is null || !undone.Contains(entry.Change))
            {
                valid.Add(entry);
            }
        }

        valid.Reverse();
        return valid;
    }

    /// <summary>After a change is stored: a return. It must not be noted if the change fails.</summary>
    internal Task AfterAsync(Subscriber? before, Subscriber after, CancellationToken cancellationToken) =>
        before is { Status: not SubscriberStatus.Active } && after.Status == SubscriberStatus.Active
            ? WriteAsync(Returned, after.Id, [after.Address], cancellationToken)
            : Task.CompletedTask;

    /// <summary>Before a person is erased.</summary>
    internal Task EraseAsync(string subscriberId, IEnumerable<string?> addresses, CancellationToken cancellationToken) =>
        WriteAsync(Erased, subscriberId, [.. addresses], cancellationToken);

    /// <summary>Before an address is suppressed.</summary>
    internal Task SuppressAsync(EmailAddress address, Suppression reason, CancellationToken cancellationToken)
    {
        var kind = reason switch
        {
            Suppression.Bounced => Bounced,
            Suppression.Complained => Complained,
            Suppression.Erased => Erased,
            Suppression.Unsubscribed => OptedOut,
            _ => Blocked,
        };
        return WriteAsync(kind, null, [address.Value], cancellationToken);
    }

    /// <summary>After an address was taken off the suppression list.</summary>
    internal Task LiftAsync(string addressHash, CancellationToken cancellationToken) =>
        journal?.AppendAsync([new JournalEntry(Returned, time.GetUtcNow(), addressHash, null)], cancellationToken) ?? Task.CompletedTask;

    private async Task WriteAsync(
        string kind, string? subscriberId, string?[] addresses, CancellationToken cancellationToken, string? change = null)
    {
        if (journal is null)
        {
            return;
        }

        var subscriber = subscriberId is null ? null : hash.OfSubscriber(subscriberId);
        var hashes = addresses.Select(text => EmailAddress.TryParse(text, out var address) ? hash.Of(address) : null).OfType<string>()
            .Distinct().DefaultIfEmpty(null);
        await journal.AppendAsync(
            [.. hashes.Select(address => new JournalEntry(kind, time.GetUtcNow(), address, subscriber, change))], cancellationToken);
    }
}
