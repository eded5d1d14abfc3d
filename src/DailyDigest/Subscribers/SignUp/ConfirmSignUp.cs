using DailyDigest.Calendar;
using DailyDigest.Mailing;

namespace DailyDigest.Subscribers;

/// <summary>What a confirmation led to.</summary>
public enum ConfirmOutcome
{
    /// <summary>The digest comes from now on (or did already).</summary>
    Active,

    /// <summary>There is no sign-up to confirm: left or erased since, or signed up anew. Signing up again helps.</summary>
    NothingToConfirm,
}

/// <summary>The page on which a button was pressed.</summary>
/// <param name="Source">Which: "confirm page".</param>
/// <param name="Language">Language it was shown in.</param>
/// <param name="NetworkHash">See <see cref="AddressHash.OfNetwork"/>.</param>
public sealed record Shown(string Source, string Language, string? NetworkHash)
{
    /// <summary>What is kept of it.</summary>
    public Consent At(DateTimeOffset instant) => new(instant, Source, SignUp.Wording, Language, NetworkHash);
}

/// <summary>Makes who signed up a subscriber. Called for the holder of a link that went to the address, by POST.</summary>
public sealed class ConfirmSignUp(
    SubscriberStore subscribers, AddressStore addresses, AddressHash hash, ChangeSubscriber change, TimeProvider time)
{
    /// <summary>Confirms, with nothing known of the page. Confirming twice is confirming once.</summary>
    public Task<ConfirmOutcome> ExecuteAsync(string subscriberId, CancellationToken cancellationToken) =>
        ExecuteAsync(subscriberId, new Shown("link", "", null), cancellationToken);

    /// <summary>Confirms, and keeps what was shown when the button was pressed. Confirming twice is confirming once.</summary>
    public async Task<ConfirmOutcome> ExecuteAsync(string subscriberId, Shown shown, CancellationToken cancellationToken)
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

        var after = await change.ExecuteAsync(subscriberId, person => Confirmed(person, shown), cancellationToken);
        if (after?.Status != SubscriberStatus.Active)
        {
            return ConfirmOutcome.NothingToConfirm;
        }

        // A complaint or an erasure of earlier days is lifted by the person's own act, once the act is on record.
        await addresses.ChangeAsync(
            known.Hash, row => row.SubscriberId == subscriberId && row.Reason != Suppression.Blocked ? row with { Reason = null } : row, cancellationToken);
        return ConfirmOutcome.Active;
    }

    private Subscriber? Confirmed(Subscriber? person, Shown shown) => person?.SignUp is not { } signUp || person.Status is SubscriberStatus.Active or SubscriberStatus.Erased
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
            Confirmation = shown.At(time.GetUtcNow()),
            PausedUntil = null,
            LeftFor = null,
            NewAddress = null,
            Ended = null,
            SignUp = null,
            Asked = null,
        };
}
