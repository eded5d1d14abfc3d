using DailyDigest.Mailing;

namespace DailyDigest.Subscribers;

/// <summary>Finds the subscriber who has an address.</summary>
public sealed class FindSubscriber(SubscriberStore subscribers, AddressStore addresses, AddressHash hash)
{
    /// <summary>Returns the subscriber, or null for none; and why the address is suppressed, or null if it is not.</summary>
    public async Task<(Subscriber? Subscriber, Suppression? Reason)> ExecuteAsync(EmailAddress address, CancellationToken cancellationToken)
    {
        var known = await addresses.GetAsync(hash.Of(address), cancellationToken);
        var stored = known.SubscriberId is { } id ? await subscribers.GetAsync(id, cancellationToken) : null;
        return (stored?.Subscriber, known.Reason);
    }
}
