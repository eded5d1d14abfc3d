using DailyDigest.Mailing;

namespace DailyDigest.Subscribers;

/// <summary>Reverts an unsubscribe for a person who pressed the button by mistake.</summary>
public sealed class Resubscribe(
    SubscriberStore subscribers, AddressStore addresses, AddressHash hash, ChangeSubscriber change, TimeProvider time)
{
    /// <summary>How long after the unsubscribe it can be reverted.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromHours(1);

    /// <summary>True while the unsubscribe can be reverted. Does not check whether the address was suppressed meanwhile.</summary>
    public static bool IsOpen(Subscriber person, DateTimeOffset now) =>
        person is { Status: SubscriberStatus.Unsubscribed, Placements.Count: > 0, Ended: { } ended } && now - ended <= Window;

    /// <summary>Returns true if the person is subscribed afterwards; false outside the window, or if the address is suppressed.</summary>
    public async Task<bool> ExecuteAsync(string subscriberId, CancellationToken cancellationToken)
    {
        if (!await MayBeMailedAsync(subscriberId, cancellationToken)
            || (await change.ExecuteAsync(subscriberId, Returned, cancellationToken))?.Status != SubscriberStatus.Active)
        {
            return false;
        }

        // The address may have been suppressed between check and change, when there was no subscription to end.
        if (await MayBeMailedAsync(subscriberId, cancellationToken))
        {
            return true;
        }

        await change.ExecuteAsync(subscriberId, LeftAgain, cancellationToken);
        return false;
    }

    // The person cannot revert an operator's block or a bounce. The address may also belong to another subscriber now.
    private async Task<bool> MayBeMailedAsync(string subscriberId, CancellationToken cancellationToken) =>
        await subscribers.GetAsync(subscriberId, cancellationToken) is { } stored
            && EmailAddress.TryParse(stored.Subscriber.Address, out var address)
        && await addresses.GetAsync(hash.Of(address), cancellationToken) is { Reason: null } known && known.SubscriberId == subscriberId;

    private Subscriber? Returned(Subscriber? person) =>
        person is not null && IsOpen(person, time.GetUtcNow())
            ? person with { Status = SubscriberStatus.Active, Ended = null, SignUp = null, LeftFor = null }
            : null;

    private Subscriber? LeftAgain(Subscriber? person) => person?.Status == SubscriberStatus.Active
        ? person with { Status = SubscriberStatus.Unsubscribed, Ended = time.GetUtcNow() }
        : null;
}
