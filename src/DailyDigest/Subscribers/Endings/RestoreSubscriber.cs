using DailyDigest.Mailing;

namespace DailyDigest.Subscribers;

/// <summary>Reverts an ending by <see cref="EndSubscription"/> for a bounce, on an operator's order: the mailbox works again.</summary>
public sealed class RestoreSubscriber(SubscriberStore subscribers, AddressStore addresses, AddressHash hash, ChangeSubscriber change)
{
    /// <summary>
    /// Returns true if the subscriber is active afterwards. False if there is no such subscriber, or the person never subscribed, left or
    /// complained: only the person can subscribe again.
    /// </summary>
    public async Task<bool> ExecuteAsync(string subscriberId, CancellationToken cancellationToken)
    {
        if (await subscribers.GetAsync(subscriberId, cancellationToken)
            is not { Subscriber.Status: SubscriberStatus.Bounced or SubscriberStatus.Active } stored
            || !EmailAddress.TryParse(stored.Subscriber.Address, out var address))
        {
            return false;
        }

        var known = await addresses.ChangeAsync(
            hash.Of(address),
            row => row.SubscriberId == subscriberId && row.Reason == Suppression.Bounced ? row with { Reason = null } : row,
            cancellationToken);
        if (known.SubscriberId != subscriberId || known.Reason is not null)
        {
            return false;
        }

        var after = await change.ExecuteAsync(
            subscriberId,
            person => person is { Status: SubscriberStatus.Bounced, Placements.Count: > 0 }
                ? person with { Status = SubscriberStatus.Active, Rest = null, RefusedOn = [] }
                : null,
            cancellationToken);
        return after?.Status == SubscriberStatus.Active;
    }
}
