using DailyDigest.Calendar;
using DailyDigest.Mailing;

namespace DailyDigest.Subscribers;

/// <summary>The outcome of <see cref="ConfirmSignUp"/>.</summary>
public enum ConfirmOutcome
{
    /// <summary>The person is an active subscriber.</summary>
    Active,

    /// <summary>
    /// There is no sign-up to confirm: the person left or was erased, or another subscriber has the address. The person can sign up again.
    /// </summary>
    NothingToConfirm,
}

/// <summary>The page on which a person pressed a button that gives consent.</summary>
/// <param name="Source">The page, such as "confirm page".</param>
/// <param name="Language">The language of the page.</param>
/// <param name="NetworkHash">See <see cref="AddressHash.OfNetwork"/>.</param>
public sealed record ConsentPage(string Source, string Language, string? NetworkHash)
{
    /// <summary>The consent given on this page at the instant.</summary>
    public Consent ConsentAt(DateTimeOffset instant) => new(instant, Source, SignUp.Wording, Language, NetworkHash);
}

/// <summary>Turns a sign-up into an active subscription. Call it for a POST by the holder of a link that was sent to the address.</summary>
public sealed class ConfirmSignUp(
    SubscriberStore subscribers, AddressStore addresses, AddressHash hash, ChangeSubscriber change, TimeProvider time)
{
    /// <summary>Confirms without a page. Repeatable.</summary>
    public Task<ConfirmOutcome> ExecuteAsync(string subscriberId, CancellationToken cancellationToken) =>
        ExecuteAsync(subscriberId, new ConsentPage("link", "", null), cancellationToken);

    /// <summary>Confirms and stores the consent given on the page. Repeatable.</summary>
    public async Task<ConfirmOutcome> ExecuteAsync(string subscriberId, ConsentPage page, CancellationToken cancellationToken)
    {
        if (await subscribers.GetAsync(subscriberId, cancellationToken) is not { } stored
            || !EmailAddress.TryParse(stored.Subscriber.Address, out var address))
        {
            return ConfirmOutcome.NothingToConfirm;
        }

        // Two concurrent sign-ups can create two subscribers with one address; the address row names the valid one.
        var known = await addresses.GetAsync(hash.Of(address), cancellationToken);
        if (known.SubscriberId != subscriberId
            || await addresses.ReasonAsync(known, hash, address, cancellationToken) == Suppression.Blocked)
        {
            return ConfirmOutcome.NothingToConfirm;
        }

        var after = await change.ExecuteAsync(subscriberId, person => Confirmed(person, page), cancellationToken);
        if (after?.Status != SubscriberStatus.Active)
        {
            return ConfirmOutcome.NothingToConfirm;
        }

        // The confirmation lifts an earlier complaint or erasure, after it is stored.
        await addresses.ChangeAsync(
            known.Hash,
            row => row.SubscriberId == subscriberId && row.Reason != Suppression.Blocked ? row with { Reason = null } : row,
            cancellationToken);
        await addresses.Suppressions.ForgetAsync(hash, address, cancellationToken);
        return ConfirmOutcome.Active;
    }

    private Subscriber? Confirmed(Subscriber? person, ConsentPage page) =>
        person?.SignUp is not { } signUp || person.Status is SubscriberStatus.Active or SubscriberStatus.Erased ? null
        : person with
        {
            Status = SubscriberStatus.Active,
            Zone = signUp.Zone,
            Hour = signUp.Hour,
            Rhythm = signUp.Rhythm,
            Language = signUp.Language,
            Sections = signUp.Sections ?? person.Sections,
            StoryLanguages = signUp.Language == person.Language ? person.StoryLanguages : [],
            Consent = signUp.Consent,
            Confirmed = time.GetUtcNow(),
            Confirmation = page.ConsentAt(time.GetUtcNow()),
            PausedUntil = null,
            Rest = null,
            RefusedOn = [],
            LeftFor = null,
            NewAddress = null,
            Ended = null,
            SignUp = null,
            Asked = null,
        };
}
