using DailyDigest.Mailing;

namespace DailyDigest.Subscribers;

/// <summary>What ending a subscription came to.</summary>
internal enum EndOutcome
{
    /// <summary>Ended now, or what a stop had left half done was finished.</summary>
    Ended,

    /// <summary>It is not touched: ended before, or what happened is older than the person's confirmation or an operator's restoring.</summary>
    Untouched,

    /// <summary>There is no such subscriber.</summary>
    NotFound,
}

/// <summary>
/// Ends a subscription because of what became of a digest: it bounced for a reason about the recipient, or its reader called it spam. After it returns no
/// new attempt is begun. Unlike <see cref="SuppressAddress"/> it knows the subscriber and not the address, and it asks when the thing happened, because
/// reports come late, twice and in any order.
/// </summary>
public sealed class EndSubscription(
    SubscriberStore subscribers, AddressStore addresses, AddressHash hash, ChangeSubscriber change, TimeProvider time)
{
    /// <summary>Ends it. Repeatable: what is done already is not done again, and what was stopped between two writes is finished.</summary>
    /// <param name="subscriberId">Whose.</param>
    /// <param name="reason">Bounced or Complained.</param>
    /// <param name="happened">When the digest was sent, or when its reader complained.</param>
    /// <param name="cancellationToken">Stops it.</param>
    internal async Task<EndOutcome> ExecuteAsync(string subscriberId, Suppression reason, DateTimeOffset happened, CancellationToken cancellationToken)
    {
        var status = reason switch
        {
            Suppression.Bounced => SubscriberStatus.Bounced,
            Suppression.Complained => SubscriberStatus.Complained,
            _ => throw new ArgumentException("Only what became of a digest ends a subscription here.", nameof(reason)),
        };
        if (await subscribers.GetAsync(subscriberId, cancellationToken) is not { Subscriber: { Status: not SubscriberStatus.Erased } person })
        {
            return EndOutcome.NotFound;
        }

        if (!Counts(person, status, happened) && person.Status != status)
        {
            return EndOutcome.Untouched;
        }

        // The address first: while the truth still says active, whoever repeats this comes here again.
        if (Counts(person, status, happened) && EmailAddress.TryParse(person.Address, out var address))
        {
            await addresses.ChangeAsync(
                hash.Of(address), known => known.SubscriberId != subscriberId || known.Reason >= reason ? known : known with { Reason = reason }, cancellationToken);
        }

        var ended = false;
        await change.ExecuteAsync(
            subscriberId,
            before =>
            {
                ended = before is not null && Counts(before, status, happened);
                return ended ? before! with { Status = status, Ended = time.GetUtcNow(), SignUp = null, Asked = null } : null;
            },
            cancellationToken);
        return ended ? EndOutcome.Ended : EndOutcome.Untouched;
    }

    private static bool Counts(Subscriber person, SubscriberStatus status, DateTimeOffset happened) => person.Status switch
    {
        // An operator's restoring leaves the instant of the ending, so that what ended it does not end it again.
        SubscriberStatus.Active => !(person.Confirmed > happened) && !(person.Ended >= happened),

        // Who left may not have had to: spam is worse than leaving, and shuts the address against imports. A new sign-up that came later stays.
        SubscriberStatus.Unsubscribed or SubscriberStatus.Bounced => status == SubscriberStatus.Complained && !(person.SignUp?.Consent.At > happened),
        _ => false,
    };
}

/// <summary>Takes back what <see cref="EndSubscription"/> did for a bounce, at an operator's word: the mailbox works after all.</summary>
public sealed class RestoreSubscriber(SubscriberStore subscribers, AddressStore addresses, AddressHash hash, ChangeSubscriber change)
{
    /// <summary>
    /// Returns true if the subscriber is active afterwards. False for one who is not there, was never subscribed, or left or complained: those come back by their own act only.
    /// </summary>
    public async Task<bool> ExecuteAsync(string subscriberId, CancellationToken cancellationToken)
    {
        if (await subscribers.GetAsync(subscriberId, cancellationToken) is not { Subscriber.Status: SubscriberStatus.Bounced or SubscriberStatus.Active } stored
            || !EmailAddress.TryParse(stored.Subscriber.Address, out var address))
        {
            return false;
        }

        var known = await addresses.ChangeAsync(
            hash.Of(address),
            row => row.SubscriberId == subscriberId && row.Reason == Suppression.Bounced ? row with { Reason = null } : row, cancellationToken);
        if (known.SubscriberId != subscriberId || known.Reason is not null)
        {
            return false;
        }

        var after = await change.ExecuteAsync(
            subscriberId, person => person is { Status: SubscriberStatus.Bounced, Placements.Count: > 0 } ? person with { Status = SubscriberStatus.Active } : null, cancellationToken);
        return after?.Status == SubscriberStatus.Active;
    }
}
