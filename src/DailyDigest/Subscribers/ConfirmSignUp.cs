namespace DailyDigest.Subscribers;

/// <summary>What a confirmation led to.</summary>
public enum ConfirmOutcome
{
    /// <summary>The digest comes from now on (or did already).</summary>
    Active,

    /// <summary>There is no sign-up to confirm: left or erased since, or signed up anew. Signing up again helps.</summary>
    NothingToConfirm,
}

/// <summary>Makes who signed up a subscriber. Called for the holder of a link that went to the address, by POST.</summary>
public sealed class ConfirmSignUp(
    SubscriberStore subscribers, AddressStore addresses, AddressHash hash, ChangeSubscriber change, TimeProvider time)
{
    /// <summary>Confirms. Confirming twice is confirming once.</summary>
    public async Task<ConfirmOutcome> ExecuteAsync(string subscriberId, CancellationToken cancellationToken)
    {
        if (await subscribers.GetAsync(subscriberId, cancellationToken) is not { } stored
            || !EmailAddress.TryParse(stored.Subscriber.Address, out var address))
        {
            return ConfirmOutcome.NothingToConfirm;
        }

        // Two sign-ups at once can make two subscribers of one address; the address knows which of them it is.
        var known = await addresses.GetAsync(hash.Of(address), cancellationToken);
        if (known.SubscriberId != subscriberId || known.Reason == Suppression.Blocked)
        {
            return ConfirmOutcome.NothingToConfirm;
        }

        var after = await change.ExecuteAsync(subscriberId, Confirmed, cancellationToken);
        if (after?.Status != SubscriberStatus.Active)
        {
            return ConfirmOutcome.NothingToConfirm;
        }

        // A complaint or an erasure of earlier days is lifted by the person's own act, once the act is on record.
        await addresses.ChangeAsync(
            known.Hash, row => row.SubscriberId == subscriberId && row.Reason != Suppression.Blocked ? row with { Reason = null } : row, cancellationToken);
        return ConfirmOutcome.Active;
    }

    private Subscriber? Confirmed(Subscriber? person) => person?.SignUp is not { } signUp || person.Status is SubscriberStatus.Active or SubscriberStatus.Erased
        ? null
        : person with
        {
            Status = SubscriberStatus.Active,
            Zone = signUp.Zone,
            Hour = signUp.Hour,
            Rhythm = signUp.Rhythm,
            Language = signUp.Language,
            Consent = signUp.Consent,
            Confirmed = time.GetUtcNow(),
            Ended = null,
            SignUp = null,
            Asked = null,
        };
}
