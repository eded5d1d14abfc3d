using DailyDigest.Mailing;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>Takes the row of an address for a subscriber who moves there, and gives one back that a subscriber has left.</summary>
public sealed class AddressClaims(
    AddressStore addresses, SubscriberStore subscribers, AddressHash hash, ChangeStore changes, EraseSubscriber erase)
{
    /// <summary>
    /// Takes the row, at the word of the address's owner: an earlier complaint, bounce or erasure is lifted. Returns false if an operator blocks the address
    /// or somebody is subscribed with it. The row is written even if it is the subscriber's already: that defeats whoever read it before to give it back.
    /// </summary>
    public async Task<bool> ClaimAsync(string addressHash, string subscriberId, CancellationToken cancellationToken)
    {
        while (true)
        {
            var row = await addresses.GetAsync(addressHash, cancellationToken);
            if (row.Reason == Suppression.Blocked)
            {
                return false;
            }

            if (row.SubscriberId is { } other && other != subscriberId && await subscribers.GetAsync(other, cancellationToken) is { } stored)
            {
                if (stored.Subscriber.Status == SubscriberStatus.Active)
                {
                    return false;
                }

                if (!await RetireAsync(stored, cancellationToken))
                {
                    continue;
                }
            }

            if (await addresses.WriteAsync(row with { SubscriberId = subscriberId, Reason = null }, cancellationToken))
            {
                return true;
            }
        }
    }

    /// <summary>
    /// Gives the row back if it is the subscriber's and the truth neither is at that address nor moves there. Of somebody who is erased the wish is kept.
    /// </summary>
    public async Task ReleaseAsync(string addressHash, string subscriberId, CancellationToken cancellationToken)
    {
        while (true)
        {
            // The row is read before the truth: whoever claims it in between writes it, and this write fails.
            var row = await addresses.GetAsync(addressHash, cancellationToken);
            if (row.SubscriberId != subscriberId)
            {
                return;
            }

            var person = (await subscribers.GetAsync(subscriberId, cancellationToken))?.Subscriber;
            if (IsAt(person?.Address, addressHash) || (person?.NewAddress is { Confirmation: not null } wanted && IsAt(wanted.Address, addressHash)))
            {
                return;
            }

            var reason = person is null or { Status: SubscriberStatus.Erased } ? row.Reason ?? Suppression.Erased : row.Reason;
            var done = reason is null
                ? await addresses.FreeAsync(row, cancellationToken)
                : await addresses.WriteAsync(row with { SubscriberId = null, Reason = reason }, cancellationToken);
            if (done)
            {
                return;
            }
        }
    }

    // By the version that was read: who has become active meanwhile stays. The address's row points there until it is claimed, so that a stop in
    // between is met again.
    private async Task<bool> RetireAsync(StoredSubscriber former, CancellationToken cancellationToken)
    {
        var person = former.Subscriber;
        if (person.Status != SubscriberStatus.Erased && !await subscribers.UpdateAsync(EraseSubscriber.Stub(person), former.ETag, cancellationToken))
        {
            return false;
        }

        await erase.ResumeAsync(await changes.BeginAsync(person.Id, erases: true, cancellationToken), cancellationToken);
        return true;
    }

    private bool IsAt(string? text, string addressHash) => EmailAddress.TryParse(text, out var address) && hash.Of(address) == addressHash;
}
