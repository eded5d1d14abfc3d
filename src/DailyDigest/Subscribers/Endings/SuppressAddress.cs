using DailyDigest.Mailing;

namespace DailyDigest.Subscribers;

/// <summary>Stops mail to an address: it bounces, its reader left or complained, or an operator blocks it.</summary>
public sealed class SuppressAddress(AddressStore addresses, AddressHash hash, ChangeSubscriber change, TimeProvider time,
    Departures? departures = null)
{
    /// <summary>
    /// Marks the address and ends its subscription, if there is one. A weaker reason does not replace a stronger one
    /// (<see cref="Suppression"/>).
    /// To erase a person use <see cref="EraseSubscriber"/>.
    /// </summary>
    /// <param name="address">The address.</param>
    /// <param name="reason">The reason.</param>
    /// <param name="cancellationToken">Cancels it; repeat it to complete it.</param>
    /// <param name="since">Since when, if a list says so; null for now.</param>
    /// <param name="source">The list that brought it; null for none.</param>
    /// <exception cref="ArgumentException">The reason is <see cref="Suppression.Erased"/>.</exception>
    public async Task ExecuteAsync(
        EmailAddress address, Suppression reason, CancellationToken cancellationToken, DateTimeOffset? since = null, string? source = null)
    {
        if (reason == Suppression.Erased)
        {
            throw new ArgumentException("Use EraseSubscriber to erase a person.", nameof(reason));
        }

        await (departures?.SuppressAsync(address, reason, cancellationToken) ?? Task.CompletedTask);
        var row = await addresses.ChangeAsync(
            hash.Of(address),
            known => known.Reason is { } already && already >= reason
                ? known : known with { Reason = reason, Since = since, Source = source },
            cancellationToken);
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

            // A list from elsewhere does not end a sign-up of their own: the confirmation lifts what the list says.
            || (person.Status == SubscriberStatus.Pending && reason == Suppression.Unsubscribed)
            || (person.Status == SubscriberStatus.Unsubscribed && status == SubscriberStatus.Bounced))
        {
            // A person who left may have signed up again. A concurrent confirmation that read the address before must find no sign-up.
            return reason == Suppression.Blocked && person?.SignUp is not null ? person with { SignUp = null, Asked = null } : null;
        }

        return person with { Status = status, Ended = time.GetUtcNow(), SignUp = null, Asked = null };
    }
}
