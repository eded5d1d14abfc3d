using DailyDigest.Mailing;

namespace DailyDigest.Subscribers;

/// <summary>The outcome of <see cref="EndSubscription"/>.</summary>
internal enum EndOutcome
{
    /// <summary>Ended now, or an interrupted ending was completed.</summary>
    Ended,

    /// <summary>Unchanged: it had ended before, or the event is older than the confirmation or an operator's restore.</summary>
    Untouched,

    /// <summary>There is no such subscriber.</summary>
    NotFound,
}

/// <summary>
/// Ends a subscription because a digest bounced for a reason about the recipient, or because its reader reported it as spam.
/// After it returns, no new attempt starts. In contrast to <see cref="SuppressAddress"/> it takes the subscriber's id, and the instant of
/// the event, because reports arrive late, twice and in any order.
/// </summary>
public sealed class EndSubscription(
    SubscriberStore subscribers, AddressStore addresses, AddressHash hash, ChangeSubscriber change, TimeProvider time)
{
    /// <summary>Ends the subscription. Repeatable; a repetition completes an interrupted call.</summary>
    /// <param name="subscriberId">The subscriber.</param>
    /// <param name="reason">Bounced or Complained.</param>
    /// <param name="happened">The instant at which the digest was sent, or the reader complained.</param>
    /// <param name="cancellationToken">Cancels the call; repeat it to complete it.</param>
    /// <exception cref="ArgumentException">The reason is neither Bounced nor Complained.</exception>
    internal async Task<EndOutcome> ExecuteAsync(
        string subscriberId, Suppression reason, DateTimeOffset happened, CancellationToken cancellationToken)
    {
        var status = reason switch
        {
            Suppression.Bounced => SubscriberStatus.Bounced,
            Suppression.Complained => SubscriberStatus.Complained,
            _ => throw new ArgumentException("The reason must be Bounced or Complained.", nameof(reason)),
        };
        if (await subscribers.GetAsync(subscriberId, cancellationToken)
            is not { Subscriber: { Status: not SubscriberStatus.Erased } person })
        {
            return EndOutcome.NotFound;
        }

        if (!Counts(person, status, happened) && person.Status != status)
        {
            return EndOutcome.Untouched;
        }

        // Write the address first: while the subscriber row is active, a repetition comes here again.
        if (Counts(person, status, happened) && EmailAddress.TryParse(person.Address, out var address))
        {
            await addresses.ChangeAsync(
                hash.Of(address),
                known => known.SubscriberId != subscriberId || known.Reason >= reason ? known : known with { Reason = reason },
                cancellationToken);
        }

        var ended = false;
        await change.ExecuteAsync(
            subscriberId,
            before =>
            {
                ended = before is not null && Counts(before, status, happened);
                return ended ? before! with
                {
                    Status = status,
                    Ended = time.GetUtcNow(),
                    SignUp = null,
                    Asked = null,
                    IsReported = true,
                } : null;
            },
            cancellationToken);
        return ended ? EndOutcome.Ended : EndOutcome.Untouched;
    }

    private static bool Counts(Subscriber person, SubscriberStatus status, DateTimeOffset happened) => person.Status switch
    {
        // A restore keeps the instant of the ending, so that the same report does not end the subscription again.
        SubscriberStatus.Active => !(person.Confirmed > happened) && !(person.Ended >= happened),

        // A complaint replaces an unsubscribe or a bounce and also blocks imports. A sign-up after the complaint stays.
        SubscriberStatus.Unsubscribed or SubscriberStatus.Bounced =>
            status == SubscriberStatus.Complained && !(person.SignUp?.Consent.At > happened),
        _ => false,
    };
}
