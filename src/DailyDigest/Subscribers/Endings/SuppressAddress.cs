using DailyDigest.Mailing;

namespace DailyDigest.Subscribers;

/// <summary>Stops mail to an address: it bounces, its reader complained, or an operator blocks it.</summary>
public sealed class SuppressAddress(AddressStore addresses, AddressHash hash, ChangeSubscriber change, TimeProvider time,
    Departures? departures = null)
{
    /// <summary>
    /// Marks the address and ends its subscription, if there is one. A weaker reason does not replace a stronger one
    /// (<see cref="Suppression"/>).
    /// To erase a person use <see cref="EraseSubscriber"/>.
    /// </summary>
    /// <exception cref="ArgumentException">The reason is <see cref="Suppression.Erased"/>.</exception>
    public async Task ExecuteAsync(EmailAddress address, Suppression reason, CancellationToken cancellationToken)
    {
        if (reason == Suppression.Erased)
        {
            throw new ArgumentException("Use EraseSubscriber to erase a person.", nameof(reason));
        }

        await (departures?.SuppressAsync(address, reason, cancellationToken) ?? Task.CompletedTask);
        var row = await addresses.ChangeAsync(
            hash.Of(address),
            known => known.Reason is { } already && already >= reason ? known : known with { Reason = reason }, cancellationToken);
        if (row.SubscriberId is { } id)
        {
            // The subscriber may have moved to another address meanwhile; that subscription stays.
            await change.ExecuteAsync(
                id, person => hash.Matches(person?.Address, row.Hash) ? Ended(person, reason) : null, cancellationToken);
        }
    }

    private Subscriber? Ended(Subscriber? person, Suppression reason)
    {
        var status = reason switch
        {
            Suppression.Bounced => SubscriberStatus.Bounced,
            Suppression.Complained => SubscriberStatus.Complained,
            _ => SubscriberStatus.Unsubscribed,
        };
        if (person is null or { Status: SubscriberStatus.Erased or SubscriberStatus.Complained } || person.Status == status
            || (person.Status == SubscriberStatus.Unsubscribed && status == SubscriberStatus.Bounced))
        {
            // A person who left may have signed up again. A concurrent confirmation that read the address before must find no sign-up.
            return reason == Suppression.Blocked && person?.SignUp is not null ? person with { SignUp = null, Asked = null } : null;
        }

        return person with { Status = status, Ended = time.GetUtcNow(), SignUp = null, Asked = null };
    }
}
