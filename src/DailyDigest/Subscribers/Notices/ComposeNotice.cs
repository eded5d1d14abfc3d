using DailyDigest.Mailing;
using DailyDigest.Settings;

namespace DailyDigest.Subscribers;

/// <summary>A service mail before it is rendered.</summary>
/// <param name="Kind">Which one.</param>
/// <param name="To">Where it goes.</param>
/// <param name="Language">One of the publication's.</param>
/// <param name="Url">Its link, made now, so that a mail that had to wait brings one that works.</param>
internal sealed record NoticeLetter(NoticeKind Kind, EmailAddress To, string Language, string Url);

/// <summary>Decides which service mail a notice is, and to whom, from the truth of this moment.</summary>
public sealed class ComposeNotice(
    SubscriberStore subscribers, AddressStore addresses, AddressHash hash, ReaderLinks links, Publication publication)
{
    /// <summary>Returns the mail; null when there is nothing to say: confirmed, left, asked anew, erased or blocked since.</summary>
    internal async Task<NoticeLetter?> ExecuteAsync(DueNotice notice, CancellationToken cancellationToken) =>
        (await subscribers.GetAsync(notice.SubscriberId, cancellationToken))?.Subscriber is not { } person ? null : notice.Key.Split('~') switch
        {
            [_, _, NoticeStore.NewKind, var tie] => await ToNewAddressAsync(person, tie, cancellationToken),
            [_, _, NoticeStore.LeftKind] => await ToFormerAddressAsync(person, notice, cancellationToken),
            [_, _] => await ToReaderAsync(person, cancellationToken),
            _ => null,
        };

    /// <summary>Once an address that was left has been told, or cannot be, it is forgotten. Before the notice is settled: so it is not kept for ever.</summary>
    internal async Task ForgetAsync(DueNotice notice, CancellationToken cancellationToken)
    {
        if (notice.Key.Split('~') is not [_, _, NoticeStore.LeftKind])
        {
            return;
        }

        while (await subscribers.GetAsync(notice.SubscriberId, cancellationToken) is { Subscriber: var person } stored && Former(person, notice) is { } former)
        {
            var after = person with { FormerAddresses = [.. person.FormerAddresses.Where(other => other != former)] };
            if (await subscribers.UpdateAsync(after, stored.ETag, cancellationToken))
            {
                return;
            }
        }
    }

    private async Task<NoticeLetter?> ToReaderAsync(Subscriber person, CancellationToken cancellationToken)
    {
        if (!EmailAddress.TryParse(person.Address, out var address))
        {
            return null;
        }

        var known = await addresses.GetAsync(hash.Of(address), cancellationToken);
        var active = person.Status == SubscriberStatus.Active;
        if (known.SubscriberId != person.Id || known.Reason == Suppression.Blocked || person.Asked is null || (!active && person.SignUp is null))
        {
            return null;
        }

        return active ? AlreadySubscribed(person, address) : new NoticeLetter(
            NoticeKind.Confirm, address, publication.Language(person.SignUp!.Language), links.Confirm(person.Id, person.Version));
    }

    // Who has an own digest at that address is told so, and nobody can move there.
    private async Task<NoticeLetter?> ToNewAddressAsync(Subscriber person, string tie, CancellationToken cancellationToken)
    {
        // Moved there already, or asked for another one since.
        if (person is not { Status: SubscriberStatus.Active, NewAddress: { Confirmation: null } wanted }
            || !EmailAddress.TryParse(wanted.Address, out var address) || hash.Tie(address) != tie)
        {
            return null;
        }

        var known = await addresses.GetAsync(hash.Of(address), cancellationToken);
        if (known.Reason == Suppression.Blocked)
        {
            return null;
        }

        var holder = known.SubscriberId is { } id ? (await subscribers.GetAsync(id, cancellationToken))?.Subscriber : null;
        return holder?.Status == SubscriberStatus.Active && EmailAddress.TryParse(holder.Address, out var held) && held.Normalized == address.Normalized
            ? AlreadySubscribed(holder, address)
            : new NoticeLetter(NoticeKind.NewAddress, address, publication.Language(person.Language), links.NewAddress(person.Id, tie));
    }

    // Whoever has the old address can end what was moved away, and sign up again; a link that is made from no version does no more.
    private async Task<NoticeLetter?> ToFormerAddressAsync(Subscriber person, DueNotice notice, CancellationToken cancellationToken) =>
        Former(person, notice) is { } former && EmailAddress.TryParse(former.Address, out var address)
        && (await addresses.GetAsync(hash.Of(address), cancellationToken)).Reason is null
            ? new NoticeLetter(NoticeKind.AddressChanged, address, publication.Language(person.Language), links.Unsubscribe(person.Id))
            : null;

    private static FormerAddress? Former(Subscriber person, DueNotice notice) =>
        person.FormerAddresses.FirstOrDefault(former => former.Left.ToUnixTimeSeconds() == notice.AskedAt.ToUnixTimeSeconds());

    private NoticeLetter AlreadySubscribed(Subscriber person, EmailAddress address) =>
        new(NoticeKind.AlreadySubscribed, address, publication.Language(person.Language), links.Preferences(person.Id, person.Version));
}
