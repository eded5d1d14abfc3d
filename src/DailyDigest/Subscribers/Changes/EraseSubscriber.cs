using DailyDigest.Mailing;

namespace DailyDigest.Subscribers;

/// <summary>Whether there was somebody to erase.</summary>
public enum EraseOutcome
{
    /// <summary>Nothing is kept but the keyed hash of the address, so that no import brings the person back.</summary>
    Erased,

    /// <summary>Nobody with this address is known.</summary>
    Unknown,
}

/// <summary>
/// Forgets a person everywhere (GDPR Art. 17). What is left is a keyed hash that honours the wish, tombstones without an address, and rows of the ledger
/// and of service mails, which know a random id that leads nowhere any more.
/// </summary>
public sealed class EraseSubscriber(
    ChangeStore changes, SubscriberStore subscribers, AddressStore addresses, AddressHash hash, ProjectSubscriber project)
{
    /// <summary>Erases who has the address. Erasing twice is erasing once.</summary>
    public async Task<EraseOutcome> ExecuteAsync(EmailAddress address, CancellationToken cancellationToken)
    {
        var known = await addresses.GetAsync(hash.Of(address), cancellationToken);
        if (known.SubscriberId is not { } id)
        {
            return known.Reason == Suppression.Erased ? EraseOutcome.Erased : EraseOutcome.Unknown;
        }

        var change = await changes.BeginAsync(id, erases: true, cancellationToken);
        await ForgetAddressAsync(address, id, cancellationToken);
        await ResumeAsync(change, cancellationToken);
        return EraseOutcome.Erased;
    }

    /// <summary>Erases the subscriber, at the person's own wish. Erasing twice is erasing once.</summary>
    public async Task<EraseOutcome> ExecuteAsync(string subscriberId, CancellationToken cancellationToken)
    {
        if (await subscribers.GetAsync(subscriberId, cancellationToken) is null)
        {
            return EraseOutcome.Unknown;
        }

        await ResumeAsync(await changes.BeginAsync(subscriberId, erases: true, cancellationToken), cancellationToken);
        return EraseOutcome.Erased;
    }

    /// <summary>Every step can be repeated: the hash is marked while the address is still there to be hashed, and the truth goes last.</summary>
    internal async Task ResumeAsync(PendingChange change, CancellationToken cancellationToken)
    {
        while (await subscribers.GetAsync(change.SubscriberId, cancellationToken) is { } stored)
        {
            var person = stored.Subscriber;

            // Also those that a move was about to leave or to claim when it stopped.
            foreach (var text in (string?[])[person.Address, person.NewAddress?.Address, .. person.FormerAddresses.Select(former => former.Address)])
            {
                if (EmailAddress.TryParse(text, out var address))
                {
                    await ForgetAddressAsync(address, person.Id, cancellationToken);
                }
            }

            var stub = Stub(person);
            if (person.Status != SubscriberStatus.Erased && !await subscribers.UpdateAsync(stub, stored.ETag, cancellationToken))
            {
                continue;
            }

            await project.ExecuteAsync(person.Status == SubscriberStatus.Erased ? person : stub, cancellationToken);
            await subscribers.DeleteAsync(person.Id, cancellationToken);
        }

        await changes.EndAsync(change, cancellationToken);
    }

    private Task<AddressRow> ForgetAddressAsync(EmailAddress address, string id, CancellationToken cancellationToken) =>
        addresses.ChangeAsync(hash.Of(address), row => row.SubscriberId == id
            ? row with { SubscriberId = null, Reason = row.Reason == Suppression.Blocked ? Suppression.Blocked : Suppression.Erased }
            : row, cancellationToken);

    /// <summary>What of a person may stand until the tombstones do.</summary>
    internal static Subscriber Stub(Subscriber person) => new()
    {
        Id = person.Id,
        Address = "",
        Status = SubscriberStatus.Erased,
        Zone = "Etc/UTC",
        Hour = 0,
        Language = "",
        Consent = new Consent(person.Created, "", "", "", null),
        Created = person.Created,
        Placements = Placements.End(person.Placements),
        Version = person.Version + 1,
    };
}
