using DailyDigest.Mailing;

namespace DailyDigest.Subscribers;

/// <summary>Finds the subscriber who has an address.</summary>
public sealed class FindSubscriber(SubscriberStore subscribers, AddressStore addresses, AddressHash hash)
{
    /// <summary>
    /// Returns the subscriber, or null for none; and why the address is suppressed, or null if it is not. The reason stays until a new
    /// sign-up is confirmed (<see cref="StillCounts"/>).
    /// </summary>
    public async Task<(Subscriber? Subscriber, Suppression? Reason)> ExecuteAsync(EmailAddress address, CancellationToken cancellationToken)
    {
        var known = await addresses.GetAsync(hash.Of(address), cancellationToken);
        var stored = known.SubscriberId is { } id ? await subscribers.GetAsync(id, cancellationToken) : null;
        return (
            stored?.Subscriber,
            StillCounts(stored?.Subscriber) ? await addresses.ReasonAsync(known, hash, address, cancellationToken) : null);
    }

    /// <summary>
    /// False for an active subscriber: the reason was recorded before the confirmation, and the digest is sent. A block ends a
    /// subscription.
    /// </summary>
    public static bool StillCounts(Subscriber? person) => person?.Status != SubscriberStatus.Active;

    /// <summary>True if a sign-up waits whose confirmation lifts the suppression.</summary>
    public static bool IsLifted(Subscriber? person, Suppression reason) => person?.SignUp is not null && reason != Suppression.Blocked;
}
