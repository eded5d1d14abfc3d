using DailyDigest.Mailing;
using DailyDigest.Settings;

namespace DailyDigest.Subscribers;

/// <summary>A service mail before it is rendered.</summary>
/// <param name="Kind">The kind of mail.</param>
/// <param name="To">The recipient.</param>
/// <param name="Language">A language of the publication.</param>
/// <param name="Url">Its link, created now, so that it is valid also in a delayed mail.</param>
internal sealed record NoticeLetter(NoticeKind Kind, EmailAddress To, string Language, string Url);

/// <summary>Decides which service mail a notice becomes, from the present state of subscriber and address.</summary>
public sealed class ComposeNotice(
    SubscriberStore subscribers, AddressStore addresses, AddressHash hash, ReaderLinks links, Publication publication,
    TellHooks? hooks = null)
{
    /// <summary>
    /// Returns the mail; null if none is needed any more: the person confirmed, left, asked again, was erased or blocked.
    /// </summary>
    internal async Task<NoticeLetter?> ExecuteAsync(DueNotice notice, CancellationToken cancellationToken) =>
        (await subscribers.GetAsync(notice.SubscriberId, cancellationToken))?.Subscriber is not { } person
            ? null
            : notice.Key.Split('~') switch
            {
                [_, _, NoticeStore.NewAddressKind, var addressTag] => await ToNewAddressAsync(person, addressTag, cancellationToken),
                [_, _, NoticeStore.FormerAddressKind] => await ToFormerAddressAsync(person, notice, cancellationToken),
                [_, _, NoticeStore.LinkKind, var text] when Enum.TryParse<LinkPurpose>(text, out var purpose) =>
                    await WithLinkAsync(person, purpose, cancellationToken),
                [_, _] => await AfterSignUpAsync(person, cancellationToken),
                _ => null,
            };

    /// <summary>
    /// Deletes the former address of a settled notice, unless its owner can take the move back. Call it before the notice is settled, so
    /// that an interruption does not keep the address.
    /// </summary>
    internal async Task ForgetAsync(DueNotice notice, CancellationToken cancellationToken)
    {
        if (notice.Key.Split('~') is not [_, _, NoticeStore.FormerAddressKind])
        {
            return;
        }

        while (await subscribers.GetAsync(notice.SubscriberId, cancellationToken) is { Subscriber: var person } stored
            && Former(person, notice) is { IsUndone: true } former)
        {
            var after = person with { FormerAddresses = [.. person.FormerAddresses.Where(other => other != former)] };
            if (await subscribers.UpdateAsync(stored, after, cancellationToken))
            {
                return;
            }
        }
    }

    private async Task<NoticeLetter?> AfterSignUpAsync(Subscriber person, CancellationToken cancellationToken)
    {
        await (hooks?.ExecuteAsync(person, cancellationToken) ?? Task.CompletedTask);
        return await ToReaderAsync(person, cancellationToken);
    }

    private async Task<NoticeLetter?> ToReaderAsync(Subscriber person, CancellationToken cancellationToken)
    {
        if (!EmailAddress.TryParse(person.Address, out var address))
        {
            return null;
        }

        var known = await addresses.GetAsync(hash.Of(address), cancellationToken);
        var active = person.Status == SubscriberStatus.Active;
        if (known.SubscriberId != person.Id || person.Asked is null || (!active && person.SignUp is null)
            || await addresses.ReasonAsync(known, hash, address, cancellationToken) == Suppression.Blocked)
        {
            return null;
        }

        return active ? AlreadySubscribed(person, address) : new NoticeLetter(
            NoticeKind.Confirm, address, publication.Language(person.SignUp!.Language), links.Confirm(person.Id, person.Version));
    }

    // If an active subscriber has the address, the mail says so, and nobody can move there.
    private async Task<NoticeLetter?> ToNewAddressAsync(Subscriber person, string addressTag, CancellationToken cancellationToken)
    {
        // The subscriber has moved there already, or asked for another address.
        if (person is not { Status: SubscriberStatus.Active, NewAddress: { Confirmation: null } wanted }
            || !EmailAddress.TryParse(wanted.Address, out var address) || hash.Tag(address) != addressTag)
        {
            return null;
        }

        var known = await addresses.GetAsync(hash.Of(address), cancellationToken);
        if (await addresses.ReasonAsync(known, hash, address, cancellationToken) == Suppression.Blocked)
        {
            return null;
        }

        var holder = known.SubscriberId is { } id ? (await subscribers.GetAsync(id, cancellationToken))?.Subscriber : null;
        return holder?.Status == SubscriberStatus.Active && EmailAddress.TryParse(holder.Address, out var held)
            && held.Normalized == address.Normalized
            ? AlreadySubscribed(holder, address)
            : new NoticeLetter(
                NoticeKind.NewAddress, address, publication.Language(person.Language), links.NewAddress(person.Id, addressTag));
    }

    // The link is tied to the old address: its owner can take the move back or end the subscription with it, and nothing else.
    private async Task<NoticeLetter?> ToFormerAddressAsync(Subscriber person, DueNotice notice, CancellationToken cancellationToken)
    {
        if (Former(person, notice) is not { } former || !EmailAddress.TryParse(former.Address, out var address)
            || (await addresses.GetAsync(hash.Of(address), cancellationToken)).Reason is not null)
        {
            return null;
        }

        var language = publication.Language(person.Language);
        return former.IsUndone
            ? new NoticeLetter(NoticeKind.AddressReturned, address, language, publication.BaseUrl + "/")
            : new NoticeLetter(NoticeKind.AddressChanged, address, language, links.UndoMove(person.Id, hash.Tag(address)));
    }

    // The address of now, and a link of now: after a move the old address gets none.
    private async Task<NoticeLetter?> WithLinkAsync(Subscriber person, LinkPurpose purpose, CancellationToken cancellationToken)
    {
        NoticeKind? kind = purpose switch
        {
            LinkPurpose.Data => NoticeKind.DataLink,
            LinkPurpose.Move when person.Status == SubscriberStatus.Active => NoticeKind.MoveLink,
            LinkPurpose.Erase => NoticeKind.EraseLink,
            _ => null,
        };
        if (kind is null || !EmailAddress.TryParse(person.Address, out var address))
        {
            return null;
        }

        var known = await addresses.GetAsync(hash.Of(address), cancellationToken);
        return known.SubscriberId == person.Id && known.Reason != Suppression.Blocked
            ? new NoticeLetter(
                kind.Value, address, publication.Language(person.Language), links.Mailed(purpose, person.Id, person.Version))
            : null;
    }

    private static FormerAddress? Former(Subscriber person, DueNotice notice) =>
        person.FormerAddresses.FirstOrDefault(former => former.Left.ToUnixTimeSeconds() == notice.AskedAt.ToUnixTimeSeconds());

    private NoticeLetter AlreadySubscribed(Subscriber person, EmailAddress address) =>
        new(NoticeKind.AlreadySubscribed, address, publication.Language(person.Language), links.Preferences(person.Id, person.Version));
}
