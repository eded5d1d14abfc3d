using DailyDigest.Mailing;

namespace DailyDigest.Subscribers;

/// <summary>
/// Takes a move to another address back. Call it for a POST by the holder of a link that was sent to the former address. It is a move in
/// the other direction (<see cref="ConfirmNewAddress"/>), which the tick completes if the process stops. The owner of the address that is
/// left, and owners of addresses in between, cannot take it back in turn.
/// </summary>
public sealed class UndoMove(SubscriberStore subscribers, ChangeStore changes, ConfirmNewAddress move, AddressHash hash, TimeProvider time)
{
    /// <summary>Days after the move. The former address is kept as long.</summary>
    public const int Days = 14;

    /// <summary>True while the move away from the address with this tag can be taken back.</summary>
    public bool IsOpen(Subscriber? person, string addressTag) => Former(person, addressTag) is not null;

    /// <summary>True if the subscriber is active at the address with this tag.</summary>
    public bool IsDone(Subscriber? person, string addressTag) => move.IsMoved(person, addressTag);

    /// <summary>
    /// Sends the digest to the address with this tag again. Returns true if it goes there, from now on or already before. Returns false if
    /// it is too late, or if another active subscriber has the address by now. Repeatable.
    /// </summary>
    public async Task<bool> ExecuteAsync(string subscriberId, string addressTag, ConsentPage page, CancellationToken cancellationToken)
    {
        PendingChange? pending = null;
        while (await subscribers.GetAsync(subscriberId, cancellationToken) is { Subscriber: var person } stored)
        {
            if (IsDone(person, addressTag) && pending is null)
            {
                return true;
            }

            if (Former(person, addressTag) is not { } former || !EmailAddress.TryParse(former.Address, out var address))
            {
                break;
            }

            pending ??= await changes.BeginMoveAsync(subscriberId, hash.Of(address), cancellationToken);
            var now = time.GetUtcNow();
            if (now - pending.StartedAt > ConfirmNewAddress.RenewAfter)
            {
                pending = await changes.RenewAsync(pending, cancellationToken);
            }

            var back = new NewAddress(former.Address, now, page.ConsentAt(now), IsUndo: true);
            if (await subscribers.UpdateAsync(stored, person with { NewAddress = back }, cancellationToken))
            {
                break;
            }
        }

        return pending is not null && await move.ResumeAsync(pending, cancellationToken) == NewAddressOutcome.Moved;
    }

    private FormerAddress? Former(Subscriber? person, string addressTag) => person?.Status != SubscriberStatus.Active
        ? null
        : person.FormerAddresses.FirstOrDefault(former => !former.IsUndone
            && time.GetUtcNow() - former.Left < TimeSpan.FromDays(Days)
            && EmailAddress.TryParse(former.Address, out var address) && hash.Tag(address) == addressTag);
}
