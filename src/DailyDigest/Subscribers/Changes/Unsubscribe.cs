using DailyDigest.Mailing;

namespace DailyDigest.Subscribers;

/// <summary>Ends a subscription. After it returns, the person gets no digest, except one that was already being sent.</summary>
public sealed class Unsubscribe(ChangeSubscriber change, TimeProvider time)
{
    /// <summary>Unsubscribes. Doing it again, or for somebody who is not there any more, is done as well.</summary>
    public Task ExecuteAsync(string subscriberId, CancellationToken cancellationToken) =>
        change.ExecuteAsync(subscriberId, Left, cancellationToken);

    private Subscriber? Left(Subscriber? person) => person switch
    {
        null => null,
        { Status: SubscriberStatus.Active or SubscriberStatus.Pending } => person with
        {
            Status = SubscriberStatus.Unsubscribed,
            Ended = time.GetUtcNow(),
            SignUp = null,
            Asked = null,
        },
        { SignUp: not null } => person with { SignUp = null, Asked = null },
        _ => null,
    };
}

/// <summary>Takes an unsubscribe back, for whoever pressed the button by mistake.</summary>
public sealed class Resubscribe(
    SubscriberStore subscribers, AddressStore addresses, AddressHash hash, ChangeSubscriber change, TimeProvider time)
{
    /// <summary>How long it can be taken back.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromHours(1);

    /// <summary>True while the person's unsubscribe can be taken back, as far as the person is concerned: the address may have been suppressed meanwhile.</summary>
    public static bool IsOpen(Subscriber person, DateTimeOffset now) =>
        person is { Status: SubscriberStatus.Unsubscribed, Confirmed: not null, Ended: { } ended } && now - ended <= Window;

    /// <summary>Returns true if the person is subscribed afterwards; false if that was too long ago or never, or the address is suppressed.</summary>
    public async Task<bool> ExecuteAsync(string subscriberId, CancellationToken cancellationToken)
    {
        if (!await MayBeMailedAsync(subscriberId, cancellationToken)
            || (await change.ExecuteAsync(subscriberId, Returned, cancellationToken))?.Status != SubscriberStatus.Active)
        {
            return false;
        }

        // The address may have been suppressed between the two, when there was no subscription to end.
        if (await MayBeMailedAsync(subscriberId, cancellationToken))
        {
            return true;
        }

        await change.ExecuteAsync(subscriberId, LeftAgain, cancellationToken);
        return false;
    }

    // An operator's block and a bounce end a subscription too: those are not the person's to take back. And the address may have become another's.
    private async Task<bool> MayBeMailedAsync(string subscriberId, CancellationToken cancellationToken) =>
        await subscribers.GetAsync(subscriberId, cancellationToken) is { } stored && EmailAddress.TryParse(stored.Subscriber.Address, out var address)
        && await addresses.GetAsync(hash.Of(address), cancellationToken) is { Reason: null } known && known.SubscriberId == subscriberId;

    private Subscriber? Returned(Subscriber? person) =>
        person is not null && IsOpen(person, time.GetUtcNow())
            ? person with { Status = SubscriberStatus.Active, Ended = null, SignUp = null, LeftFor = null }
            : null;

    private Subscriber? LeftAgain(Subscriber? person) => person?.Status == SubscriberStatus.Active
        ? person with { Status = SubscriberStatus.Unsubscribed, Ended = time.GetUtcNow() }
        : null;
}
