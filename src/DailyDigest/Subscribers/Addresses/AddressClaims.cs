using DailyDigest.Mailing;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>
/// Claims the row of an address for a subscriber who moves there, and releases the row of an address that a subscriber left.
/// </summary>
public sealed class AddressClaims(
    AddressStore addresses, SubscriberStore subscribers, AddressHash hash, ChangeStore changes, EraseSubscriber erase)
{
    /// <summary>
    /// Claims the row. The owner of the address has confirmed, so an earlier complaint, bounce or erasure is lifted. Returns false if an
    /// operator blocked the address or another active subscriber has it. The row is written even if the subscriber holds it already, so
    /// that a concurrent release that read it before fails.
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

            if (row.SubscriberId is { } other && other != subscriberId
                && await subscribers.GetAsync(other, cancellationToken) is { } stored)
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
    /// Releases the row if the subscriber holds it, and the subscriber row neither names the address nor moves to it. The row of an erased
    /// subscriber stays suppressed.
    /// </summary>
    public async Task ReleaseAsync(string addressHash, string subscriberId, CancellationToken cancellationToken)
    {
        while (true)
        {
            // Read the address row before the subscriber row: a claim in between writes the address row, and the write below fails.
            var row = await addresses.GetAsync(addressHash, cancellationToken);
            if (row.SubscriberId != subscriberId)
            {
                return;
            }

            var person = (await subscribers.GetAsync(subscriberId, cancellationToken))?.Subscriber;
            if (hash.Matches(person?.Address, addressHash)
                || (person?.NewAddress is { Confirmation: not null } wanted && hash.Matches(wanted.Address, addressHash)))
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

    // Conditional on the version that was read: a subscriber who became active meanwhile stays. The address row still names the former
    // subscriber until it is claimed, so a repeated claim finds an interrupted erasure again.
    private async Task<bool> RetireAsync(StoredSubscriber former, CancellationToken cancellationToken)
    {
        if (await erase.WriteStubAsync(former, cancellationToken) is not { } person)
        {
            return false;
        }

        await erase.ResumeAsync(await changes.BeginAsync(person.Id, isErasure: true, cancellationToken), cancellationToken);
        return true;
    }
}
