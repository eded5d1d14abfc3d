using DailyDigest.Mailing;

namespace DailyDigest.Subscribers;

/// <summary>The outcome of <see cref="EraseSubscriber"/>.</summary>
public enum EraseOutcome
{
    /// <summary>Erased. The keyed hash of the address stays, so that no import adds the person again.</summary>
    Erased,

    /// <summary>There is no such subscriber.</summary>
    Unknown,
}

/// <summary>
/// Erases a person (GDPR Art. 17). These stay: the keyed hash of the address, tombstones without an address, and rows of the ledger and of
/// service mails, which hold a random id that identifies nobody any more.
/// </summary>
public sealed class EraseSubscriber(
    ChangeStore changes, SubscriberStore subscribers, AddressStore addresses, AddressHash hash, ProjectSubscriber project,
    Departures? departures = null, TellHooks? hooks = null)
{
    /// <summary>Erases the subscriber who has the address. Repeatable.</summary>
    public async Task<EraseOutcome> ExecuteAsync(EmailAddress address, CancellationToken cancellationToken)
    {
        var known = await addresses.GetAsync(hash.Of(address), cancellationToken);
        if (known.SubscriberId is not { } id)
        {
            return known.Reason == Suppression.Erased ? EraseOutcome.Erased : EraseOutcome.Unknown;
        }

        var change = await changes.BeginAsync(id, isErasure: true, cancellationToken);
        await ForgetAddressAsync(address, id, cancellationToken);
        await ResumeAsync(change, cancellationToken);
        return EraseOutcome.Erased;
    }

    /// <summary>Erases the subscriber on the person's request. Repeatable.</summary>
    public async Task<EraseOutcome> ExecuteAsync(string subscriberId, CancellationToken cancellationToken)
    {
        if (await subscribers.GetAsync(subscriberId, cancellationToken) is null)
        {
            return EraseOutcome.Unknown;
        }

        await ResumeAsync(await changes.BeginAsync(subscriberId, isErasure: true, cancellationToken), cancellationToken);
        return EraseOutcome.Erased;
    }

    /// <summary>
    /// Completes an erasure. Repeatable: the address rows are marked while the address is still known, and the subscriber row is deleted
    /// last.
    /// </summary>
    internal async Task ResumeAsync(PendingChange change, CancellationToken cancellationToken)
    {
        while (await subscribers.GetAsync(change.SubscriberId, cancellationToken) is { } stored)
        {
            var person = stored.Subscriber;

            // Include the addresses of an interrupted move.
            string?[] all = [person.Address, person.NewAddress?.Address, .. person.FormerAddresses.Select(former => former.Address)];
            await (departures?.EraseAsync(person.Id, all, cancellationToken) ?? Task.CompletedTask);
            foreach (var text in all)
            {
                if (EmailAddress.TryParse(text, out var address))
                {
                    await ForgetAddressAsync(address, person.Id, cancellationToken);
                }
            }

            if (await WriteStubAsync(stored, cancellationToken) is not { } stub)
            {
                continue;
            }

            await project.ExecuteAsync(stub, cancellationToken);
            await subscribers.DeleteAsync(person.Id, cancellationToken);
        }

        await changes.EndAsync(change, cancellationToken);
    }

    // A hash that a suppression list brought goes, too: it is not keyed, so it can be guessed.
    private async Task ForgetAddressAsync(EmailAddress address, string id, CancellationToken cancellationToken)
    {
        var isBlocked = await addresses.Suppressions.FindAsync(hash, address, cancellationToken) is { Reason: Suppression.Blocked };
        var row = await addresses.ChangeAsync(
            hash.Of(address),
            row => row.SubscriberId != id ? row : row with
            {
                SubscriberId = null,
                Reason = isBlocked || row.Reason == Suppression.Blocked ? Suppression.Blocked : Suppression.Erased,
            },
            cancellationToken);
        if (row is { SubscriberId: null, Reason: not null })
        {
            await addresses.Suppressions.ForgetAsync(hash, address, cancellationToken);
        }
    }

    /// <summary>
    /// Takes the personal data out of the subscriber row, which stays until the tombstones are written. Returns the row; null if it was
    /// changed since it was read.
    /// </summary>
    internal async Task<Subscriber?> WriteStubAsync(StoredSubscriber stored, CancellationToken cancellationToken)
    {
        if (stored.Subscriber.Status == SubscriberStatus.Erased)
        {
            return stored.Subscriber;
        }

        await (hooks?.ExecuteAsync(stored.Subscriber, cancellationToken) ?? Task.CompletedTask);
        var stub = Stub(stored.Subscriber);
        stub = hooks is not null && await hooks.AreWantedAsync(cancellationToken)
            ? stub with { Events = hooks.Erasure(stored.Subscriber) } : stub;
        return await subscribers.UpdateAsync(stored, stub, cancellationToken) ? stub : null;
    }

    private static Subscriber Stub(Subscriber person) => new()
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
