using DailyDigest.Calendar;
using DailyDigest.Mailing;

namespace DailyDigest.Subscribers;

/// <summary>Collects all data about a person. Changes nothing.</summary>
public sealed class CollectPersonalData(
    SubscriberStore subscribers, AddressStore addresses, NoticeStore notices, AddressHash hash, TraceReader trace, TimeProvider time)
{
    /// <summary>Days of deliveries and service mails that are collected.</summary>
    public const int Days = 14;

    /// <summary>Returns the data, or null if there is no such subscriber.</summary>
    public async Task<PersonalData?> ExecuteAsync(string subscriberId, CancellationToken cancellationToken) =>
        (await CollectAsync(subscriberId, cancellationToken))?.Data;

    /// <summary>The same with the subscriber and all days, also those without a delivery.</summary>
    internal async Task<(PersonalData Data, Subscriber Person, IReadOnlyList<ReaderDay> Days)?> CollectAsync(
        string subscriberId, CancellationToken cancellationToken)
    {
        if ((await subscribers.GetAsync(subscriberId, cancellationToken))?.Subscriber is not { Status: not SubscriberStatus.Erased } person)
        {
            return null;
        }

        var now = time.GetUtcNow();
        var today = Zones.LocalDate(person.Zone, now);
        var known = EmailAddress.TryParse(person.Address, out var address)
            ? await addresses.GetAsync(hash.Of(address), cancellationToken)
            : null;
        var reason = known is null || !FindSubscriber.StillCounts(person) ? null
            : await addresses.ReasonAsync(known, hash, address, cancellationToken);
        var days = await trace.ExecuteAsync(subscriberId, today.AddDays(1 - Days), today.AddDays(1), cancellationToken);
        var kept = await notices.ListAsync(subscriberId, now, Days, cancellationToken);
        var data = new PersonalData(
            person.Id, person.Address, SubscriberRow.Text(person.Status),
            reason?.ToString().ToLowerInvariant(),
            new PersonalChoices(person.Zone, person.Hour, person.Rhythm.ToString(), person.Language, person.Sections,
                person.PausedUntil > today ? person.PausedUntil : null)
            {
                StoryLanguages = person.StoryLanguages,
            },
            [.. Consents(person)], person.NewAddress, person.FormerAddresses, person.Created, person.Confirmed,
            person.Ended, person.LeftFor,
            [.. days.Select(Delivery).OfType<PersonalDelivery>()],
            [.. kept.Select(notice => new PersonalNotice(About(notice.Kind), notice.Asked, notice.Settled, notice.Outcome)
            {
                CameBack = notice.ReportedAs,
                Reason = notice.Reason,
            })])
        {
            Rest = person.Rest,
            RefusedOn = person.RefusedOn,
        };
        return (data, person, days);
    }

    private static PersonalDelivery? Delivery(ReaderDay day) => day.Delivery is { } delivery
        ? new PersonalDelivery(day.Date, delivery.State.ToString().ToLowerInvariant(), delivery.At, delivery.Reason)
        {
            CameBack = delivery.ReportedAs,
        }
        : null;

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
        NoticeStore.NewAddressKind => "new address",
        NoticeStore.FormerAddressKind => "address left",
        NoticeStore.LinkKind => "link",
        _ => "sign-up",
    };
}
