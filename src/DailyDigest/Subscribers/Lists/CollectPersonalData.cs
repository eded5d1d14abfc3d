using DailyDigest.Calendar;
using DailyDigest.Mailing;

namespace DailyDigest.Subscribers;

/// <summary>Everything that is held about a person, for that person (GDPR Art. 15 and 20).</summary>
/// <param name="Id">The subscriber's id.</param>
/// <param name="Address">The address.</param>
/// <param name="Status">active, pending, unsubscribed and so on.</param>
/// <param name="Suppressed">Why the address is not mailed; null if it is.</param>
/// <param name="Choices">What was chosen.</param>
/// <param name="Consents">What was agreed to, oldest first.</param>
/// <param name="NewAddress">An address that waits for its confirmation.</param>
/// <param name="FormerAddresses">Addresses that are still to be told that the digest goes elsewhere.</param>
/// <param name="Created">First sign-up or import.</param>
/// <param name="Confirmed">When the subscription was confirmed.</param>
/// <param name="Ended">When it ended.</param>
/// <param name="LeftFor">The answer why, if there was one.</param>
/// <param name="Deliveries">The digests of the last days.</param>
/// <param name="Notices">Service mails of the last days.</param>
public sealed record PersonalData(
    string Id, string Address, string Status, string? Suppressed, PersonalChoices Choices, IReadOnlyList<PersonalConsent> Consents,
    NewAddress? NewAddress, IReadOnlyList<FormerAddress> FormerAddresses, DateTimeOffset Created, DateTimeOffset? Confirmed, DateTimeOffset? Ended,
    string? LeftFor, IReadOnlyList<PersonalDelivery> Deliveries, IReadOnlyList<PersonalNotice> Notices);

/// <summary>What a person chose.</summary>
/// <param name="Zone">IANA zone.</param>
/// <param name="Hour">Local hour.</param>
/// <param name="Rhythm">On which dates.</param>
/// <param name="Language">BCP 47 tag.</param>
/// <param name="Sections">Sections; empty for all.</param>
/// <param name="PausedUntil">No digest before this date; null when not paused.</param>
public sealed record PersonalChoices(string Zone, int Hour, string Rhythm, string Language, IReadOnlyList<string> Sections, DateOnly? PausedUntil);

/// <summary>What a person agreed to.</summary>
/// <param name="Act">sign-up, confirmation, sign-up that waits, new address that waits.</param>
/// <param name="At">When.</param>
/// <param name="Where">On which page, or from which list.</param>
/// <param name="Wording">Version of the text that was shown.</param>
/// <param name="Language">Language it was shown in.</param>
/// <param name="Network">Keyed hash of the client's network (IPv4 /24, IPv6 /56).</param>
public sealed record PersonalConsent(string Act, DateTimeOffset At, string Where, string Wording, string Language, string? Network);

/// <summary>A digest of a date.</summary>
/// <param name="Date">The local date.</param>
/// <param name="State">sent, withheld and so on.</param>
/// <param name="At">The last change.</param>
/// <param name="Reason">Why it was not sent.</param>
public sealed record PersonalDelivery(DateOnly Date, string State, DateTimeOffset At, string? Reason);

/// <summary>A service mail.</summary>
/// <param name="About">sign-up, new address, address left.</param>
/// <param name="Asked">When it was asked for.</param>
/// <param name="Settled">When it was sent or given up.</param>
/// <param name="Outcome">sent, not needed, or why it failed.</param>
public sealed record PersonalNotice(string About, DateTimeOffset? Asked, DateTimeOffset? Settled, string? Outcome);

/// <summary>Collects what is held about a person. Changes nothing.</summary>
public sealed class CollectPersonalData(
    SubscriberStore subscribers, AddressStore addresses, NoticeStore notices, AddressHash hash, TraceReader trace, TimeProvider time)
{
    /// <summary>How many days back deliveries and service mails are collected.</summary>
    public const int Days = 14;

    /// <summary>Returns what is held, or null if there is no such subscriber.</summary>
    public async Task<PersonalData?> ExecuteAsync(string subscriberId, CancellationToken cancellationToken)
    {
        if ((await subscribers.GetAsync(subscriberId, cancellationToken))?.Subscriber is not { Status: not SubscriberStatus.Erased } person)
        {
            return null;
        }

        var now = time.GetUtcNow();
        var today = Zones.LocalDate(person.Zone, now);
        var known = EmailAddress.TryParse(person.Address, out var address) ? await addresses.GetAsync(hash.Of(address), cancellationToken) : null;
        var days = await trace.ExecuteAsync(subscriberId, today.AddDays(1 - Days), today.AddDays(1), cancellationToken);
        var kept = await notices.ListAsync(subscriberId, now, Days, cancellationToken);
        return new PersonalData(
            person.Id, person.Address, SubscriberRow.Text(person.Status), known?.Reason?.ToString().ToLowerInvariant(),
            new PersonalChoices(person.Zone, person.Hour, person.Rhythm.ToString(), person.Language, person.Sections,
                person.PausedUntil > today ? person.PausedUntil : null),
            [.. Consents(person)], person.NewAddress, person.FormerAddresses, person.Created, person.Confirmed, person.Ended, person.LeftFor,
            [.. days.Select(day => day.Delivery is { } delivery
                ? new PersonalDelivery(day.Date, delivery.State.ToString().ToLowerInvariant(), delivery.At, delivery.Reason) : null).OfType<PersonalDelivery>()],
            [.. kept.Select(notice => new PersonalNotice(About(notice.Kind), notice.Asked, notice.Settled, notice.Outcome))]);
    }

    private static IEnumerable<PersonalConsent> Consents(Subscriber person)
    {
        yield return Consent("sign-up", person.Consent);
        if (person.Confirmation is { } confirmation)
        {
            yield return Consent("confirmation", confirmation);
        }

        if (person.SignUp is { } signUp)
        {
            yield return Consent("sign-up that waits", signUp.Consent);
        }

        if (person.NewAddress?.Confirmation is { } moving)
        {
            yield return Consent("new address that waits", moving);
        }
    }

    private static PersonalConsent Consent(string act, Consent consent) =>
        new(act, consent.At, consent.Source, consent.Wording, consent.Language, consent.NetworkHash);

    private static string About(string kind) => kind switch
    {
        NoticeStore.NewKind => "new address",
        NoticeStore.LeftKind => "address left",
        _ => "sign-up",
    };
}
