using DailyDigest.Mailing;

namespace DailyDigest.Subscribers;

/// <summary>What a confirmation of a new address led to.</summary>
public enum NewAddressOutcome
{
    /// <summary>The digest goes to the new address from now on (or did already).</summary>
    Moved,

    /// <summary>Not asked for (any more), not subscribed, or the address gets its own digest or must not be mailed.</summary>
    NotMoved,
}

/// <summary>
/// Moves a subscriber to the new address. Called for the holder of a link that went to it, by POST. The subscriber stays the same: id and choices. Links
/// that went to the old address do no more from then on than end the subscription (<see cref="ReaderLink.EndsOnly"/>).
/// <para>
/// A move touches four rows in four partitions, so the order of its steps is what keeps it whole: (1) a row in Changes, with the hash of the new address;
/// (2) the confirmation, in the truth: from here on the tick carries the move through; (3) the new address's row, to the subscriber: whoever else had that
/// address without being subscribed is forgotten just before, and whoever is subscribed keeps it, and nothing moves; (4) the truth, with the old address among
/// those to be told, and with it the audience; (5) the old address's row, free; (6) the notice to the old address; (7) the row in Changes goes.
/// </para>
/// <para>
/// At every moment the truth names one address, whose row names the subscriber, so that nobody is lost; and an address is claimed before the truth
/// goes there and only from people who are not active, by the version of their truth, so that nobody is doubled. A claim that the truth does not
/// follow (asked anew, erased meanwhile) is given back: the row in Changes knows the hash.
/// </para>
/// </summary>
public sealed class ConfirmNewAddress(
    ChangeStore changes, SubscriberStore subscribers, AddressStore addresses, AddressHash hash, AddressClaims claims, ChangeSubscriber change,
    SuppressAddress suppress, NoticeStore notices, TimeProvider time)
{
    private static readonly TimeSpan Slow = FinishChanges.Age / 2;

    /// <summary>Confirms the address that the tie stands for. Confirming twice is confirming once.</summary>
    public async Task<NewAddressOutcome> ExecuteAsync(string subscriberId, string tie, Shown shown, CancellationToken cancellationToken)
    {
        PendingChange? pending = null;
        while (await subscribers.GetAsync(subscriberId, cancellationToken) is { Subscriber: { Status: SubscriberStatus.Active } person } stored)
        {
            if (Tied(person.Address, tie) is not null && pending is null)
            {
                await change.ExecuteAsync(subscriberId, _ => null, cancellationToken);
                return NewAddressOutcome.Moved;
            }

            if (person.NewAddress is not { } wanted || Tied(wanted.Address, tie) is not { } address)
            {
                break;
            }

            pending ??= await changes.BeginMoveAsync(subscriberId, hash.Of(address), cancellationToken);
            if (time.GetUtcNow() - pending.Begun > Slow)
            {
                pending = await changes.RenewAsync(pending, cancellationToken);
            }

            var confirmed = person with { NewAddress = wanted with { Confirmation = wanted.Confirmation ?? shown.At(time.GetUtcNow()) } };
            if (await subscribers.UpdateAsync(confirmed, stored.ETag, cancellationToken))
            {
                break;
            }
        }

        return pending is null ? NewAddressOutcome.NotMoved : await ResumeAsync(pending, cancellationToken);
    }

    /// <summary>True while a link with that tie does something: the address is asked for. Says nothing of who else has it.</summary>
    public bool IsOpen(Subscriber? person, string tie) =>
        person is { Status: SubscriberStatus.Active, NewAddress: { } wanted } && Tied(wanted.Address, tie) is not null;

    /// <summary>True if the subscriber has moved to the address that the tie stands for.</summary>
    public bool IsMoved(Subscriber? person, string tie) => person is { Status: SubscriberStatus.Active } && Tied(person.Address, tie) is not null;

    /// <summary>Carries a move through, or gives back what it claimed; every step can be repeated, by several at once.</summary>
    internal async Task<NewAddressOutcome> ResumeAsync(PendingChange pending, CancellationToken cancellationToken)
    {
        var outcome = await MoveAsync(pending.SubscriberId, pending.Claims!, cancellationToken);
        await changes.EndAsync(pending, cancellationToken);
        return outcome;
    }

    private async Task<NewAddressOutcome> MoveAsync(string id, string claimed, CancellationToken cancellationToken)
    {
        while (true)
        {
            var stored = await subscribers.GetAsync(id, cancellationToken);
            var person = stored?.Subscriber;
            if (person is { NewAddress: { Confirmation: not null } wanted } && IsAt(wanted.Address, claimed))
            {
                if (await claims.ClaimAsync(claimed, id, cancellationToken))
                {
                    await change.ExecuteAsync(id, known => known?.NewAddress == wanted ? Moved(known, wanted) : null, cancellationToken);
                }
                else
                {
                    await subscribers.UpdateAsync(person with { NewAddress = null }, stored!.ETag, cancellationToken);
                }

                continue;
            }

            if (!IsAt(person?.Address, claimed))
            {
                await claims.ReleaseAsync(claimed, id, cancellationToken);
                return NewAddressOutcome.NotMoved;
            }

            await LeaveFormerAsync(person!, cancellationToken);
            return await IsMailedAsync(person!, claimed, cancellationToken) ? NewAddressOutcome.Moved : NewAddressOutcome.NotMoved;
        }
    }

    private Subscriber Moved(Subscriber person, NewAddress wanted) => person with
    {
        Address = wanted.Address,
        Confirmation = wanted.Confirmation,

        // What a digest to the old address led to, and is reported late, says nothing of the new one.
        Confirmed = time.GetUtcNow(),
        NewAddress = null,

        // The one that this change gets: the links that the old address has do no more than end the subscription.
        AddressVersion = person.Version + 1,
        FormerAddresses =
        [
            .. person.FormerAddresses.Append(new FormerAddress(person.Address, time.GetUtcNow())).Where(former => !Same(former.Address, wanted.Address)),
        ],
    };

    private async Task LeaveFormerAsync(Subscriber person, CancellationToken cancellationToken)
    {
        foreach (var former in person.FormerAddresses)
        {
            if (EmailAddress.TryParse(former.Address, out var address))
            {
                await claims.ReleaseAsync(hash.Of(address), person.Id, cancellationToken);
                await notices.AddToFormerAddressAsync(person.Id, former.Left, cancellationToken);
            }
        }
    }

    // The new address may have been suppressed between the claim and the truth, when there was no subscription at it to end.
    private async Task<bool> IsMailedAsync(Subscriber person, string claimed, CancellationToken cancellationToken)
    {
        var row = await addresses.GetAsync(claimed, cancellationToken);
        if (row.Reason is not { } reason || row.SubscriberId != person.Id || !EmailAddress.TryParse(person.Address, out var address))
        {
            return true;
        }

        await suppress.ExecuteAsync(address, reason, cancellationToken);
        return false;
    }

    private EmailAddress? Tied(string text, string tie) => EmailAddress.TryParse(text, out var address) && hash.Tie(address) == tie ? address : null;

    private bool IsAt(string? text, string claimed) => EmailAddress.TryParse(text, out var address) && hash.Of(address) == claimed;

    private static bool Same(string one, string other) =>
        EmailAddress.TryParse(one, out var first) && EmailAddress.TryParse(other, out var second) && first.Normalized == second.Normalized;
}
