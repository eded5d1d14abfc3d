using DailyDigest.Calendar;
using DailyDigest.Mailing;

namespace DailyDigest.Subscribers;

/// <summary>The outcome of confirming a new address.</summary>
public enum NewAddressOutcome
{
    /// <summary>The digest goes to the new address, from now on or already before.</summary>
    Moved,

    /// <summary>There is no such request, no active subscription, or the address is taken by an active subscriber or suppressed.</summary>
    NotMoved,
}

/// <summary>
/// Moves a subscriber to a new address. Call it for a POST by the holder of a link that was sent to that address. Id and preferences stay.
/// Links sent to the old address can then only end the subscription (<see cref="ReaderLink.OnlyUnsubscribes"/>).
/// <para>
/// A move writes four rows in four partitions. The order of the steps keeps them consistent:
/// (1) a row in Changes holds the hash of the new address;
/// (2) the subscriber row holds the confirmation: from here on the tick completes the move;
/// (3) the row of the new address names the subscriber. An inactive subscriber who held the address is erased first. If an active
/// subscriber holds it, nothing moves;
/// (4) the subscriber row holds the new address and lists the old one as former, and the audience follows;
/// (5) the row of the old address is released;
/// (6) a notice to the old address is queued;
/// (7) the row in Changes is deleted.
/// </para>
/// <para>
/// The subscriber row always names exactly one address, and the row of that address names the subscriber: so no digest is lost.
/// An address is claimed before the subscriber row names it, and only from inactive subscribers, by the version of their row: so no digest
/// is sent twice. If the move does not follow a claim (another request, erasure), the hash in Changes tells which claim to release.
/// </para>
/// </summary>
public sealed class ConfirmNewAddress(
    ChangeStore changes, SubscriberStore subscribers, AddressStore addresses, AddressHash hash, AddressClaims claims,
    ChangeSubscriber change, SuppressAddress suppress, NoticeStore notices, TimeProvider time)
{
    internal static readonly TimeSpan RenewAfter = FinishChanges.MinAge / 2;

    /// <summary>Confirms the address that has this tag (<see cref="AddressHash.Tag"/>). Repeatable.</summary>
    public async Task<NewAddressOutcome> ExecuteAsync(
        string subscriberId, string addressTag, ConsentPage page, CancellationToken cancellationToken)
    {
        PendingChange? pending = null;
        while (await subscribers.GetAsync(subscriberId, cancellationToken)
            is { Subscriber: { Status: SubscriberStatus.Active } person } stored)
        {
            if (WithTag(person.Address, addressTag) is not null && pending is null)
            {
                await change.ExecuteAsync(subscriberId, _ => null, cancellationToken);
                return NewAddressOutcome.Moved;
            }

            if (person.NewAddress is not { } wanted || WithTag(wanted.Address, addressTag) is not { } address)
            {
                break;
            }

            pending ??= await changes.BeginMoveAsync(subscriberId, hash.Of(address), cancellationToken);
            if (time.GetUtcNow() - pending.StartedAt > RenewAfter)
            {
                pending = await changes.RenewAsync(pending, cancellationToken);
            }

            var confirmation = wanted.Confirmation ?? page.ConsentAt(time.GetUtcNow());
            var confirmed = person with { NewAddress = wanted with { Confirmation = confirmation } };
            if (await subscribers.UpdateAsync(stored, confirmed, cancellationToken))
            {
                break;
            }
        }

        return pending is null ? NewAddressOutcome.NotMoved : await ResumeAsync(pending, cancellationToken);
    }

    /// <summary>
    /// True while the subscriber waits for a confirmation of the address with this tag. Does not reveal who else has the address.
    /// </summary>
    public bool IsOpen(Subscriber? person, string addressTag) =>
        person is { Status: SubscriberStatus.Active, NewAddress: { } wanted } && WithTag(wanted.Address, addressTag) is not null;

    /// <summary>True if the subscriber is active at the address with this tag.</summary>
    public bool IsMoved(Subscriber? person, string addressTag) =>
        person is { Status: SubscriberStatus.Active } && WithTag(person.Address, addressTag) is not null;

    /// <summary>Completes a move, or releases its claim. Every step is repeatable, also concurrently.</summary>
    internal async Task<NewAddressOutcome> ResumeAsync(PendingChange pending, CancellationToken cancellationToken)
    {
        var outcome = await MoveAsync(pending.SubscriberId, pending.ClaimedHash!, cancellationToken);
        await changes.EndAsync(pending, cancellationToken);
        return outcome;
    }

    private async Task<NewAddressOutcome> MoveAsync(string id, string claimedHash, CancellationToken cancellationToken)
    {
        while (true)
        {
            var stored = await subscribers.GetAsync(id, cancellationToken);
            var person = stored?.Subscriber;
            if (person is { NewAddress: { Confirmation: not null } wanted } && hash.Matches(wanted.Address, claimedHash))
            {
                if (await MayMoveAsync(wanted.Address, cancellationToken) && await claims.ClaimAsync(claimedHash, id, cancellationToken))
                {
                    await ForgetDigestsAsync(wanted.Address, cancellationToken);
                    await change.ExecuteAsync(id, known => known?.NewAddress == wanted ? Moved(known, wanted) : null, cancellationToken);
                }
                else
                {
                    await subscribers.UpdateAsync(stored!, person with { NewAddress = null }, cancellationToken);
                }

                continue;
            }

            if (!hash.Matches(person?.Address, claimedHash))
            {
                await claims.ReleaseAsync(claimedHash, id, cancellationToken);
                return NewAddressOutcome.NotMoved;
            }

            await LeaveFormerAsync(person!, cancellationToken);
            return await IsMailedAsync(person!, claimedHash, cancellationToken) ? NewAddressOutcome.Moved : NewAddressOutcome.NotMoved;
        }
    }

    // A list may have brought only a hash of the address. The owner's confirmation lifts every reason but a block.
    private async Task<bool> MayMoveAsync(string wanted, CancellationToken cancellationToken) =>
        !EmailAddress.TryParse(wanted, out var address)
        || await addresses.Suppressions.FindAsync(hash, address, cancellationToken) is not { Reason: Suppression.Blocked };

    private Task ForgetDigestsAsync(string wanted, CancellationToken cancellationToken) => EmailAddress.TryParse(wanted, out var address)
        ? addresses.Suppressions.ForgetAsync(hash, address, cancellationToken) : Task.CompletedTask;

    private Subscriber Moved(Subscriber person, NewAddress wanted) => person with
    {
        Address = wanted.Address,
        Confirmation = wanted.Confirmation,

        // A late report on a digest to the old address must not end the subscription at the new one.
        Confirmed = time.GetUtcNow(),
        NewAddress = null,

        // The refusals were those of the old mailbox.
        Rest = person.Rest?.EndOn(Zones.LocalDate(person.Zone, time.GetUtcNow()).AddDays(1)),
        RefusedOn = [],

        // The version that this change gets. Links with a lower version went to the old address.
        AddressVersion = person.Version + 1,
        FormerAddresses = Former(person, wanted),
    };

    // Taking a move back ends the right of every address since that move to take it back in turn.
    private FormerAddress[] Former(Subscriber person, NewAddress wanted)
    {
        var all = person.FormerAddresses.Append(new FormerAddress(person.Address, time.GetUtcNow())).ToList();
        var undone = wanted.IsUndo ? all.FindIndex(former => Same(former.Address, wanted.Address)) : all.Count;
        return
        [
            .. all.Select((former, at) => at >= undone ? former with { IsUndone = true } : former)
                .Where(former => !Same(former.Address, wanted.Address)),
        ];
    }

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

    // The new address may have been suppressed after the claim, before the subscriber row named it: there was no subscription to end yet.
    private async Task<bool> IsMailedAsync(Subscriber person, string claimedHash, CancellationToken cancellationToken)
    {
        var row = await addresses.GetAsync(claimedHash, cancellationToken);
        if (row.Reason is not { } reason || row.SubscriberId != person.Id || !EmailAddress.TryParse(person.Address, out var address))
        {
            return true;
        }

        await suppress.ExecuteAsync(address, reason, cancellationToken);
        return false;
    }

    private EmailAddress? WithTag(string text, string addressTag) =>

        EmailAddress.TryParse(text, out var address) && hash.Tag(address) == addressTag ? address : null;

    private static bool Same(string one, string other) =>
        EmailAddress.TryParse(one, out var first) && EmailAddress.TryParse(other, out var second) && first.Normalized == second.Normalized;
}
