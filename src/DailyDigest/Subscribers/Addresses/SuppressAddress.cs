using DailyDigest.Mailing;

namespace DailyDigest.Subscribers;

/// <summary>Stops mail to an address for a reason that came from outside: it bounces, its reader complained, an operator blocks it.</summary>
public sealed class SuppressAddress(AddressStore addresses, AddressHash hash, ChangeSubscriber change, TimeProvider time)
{
    /// <summary>
    /// Marks the address and ends the subscription, if there is one. A complaint is not made less by a later bounce, and a block stays.
    /// To forget a person use <see cref="EraseSubscriber"/>.
    /// </summary>
    /// <exception cref="ArgumentException">The reason is <see cref="Suppression.Erased"/>.</exception>
    public async Task ExecuteAsync(EmailAddress address, Suppression reason, CancellationToken cancellationToken)
    {
        if (reason == Suppression.Erased)
        {
            throw new ArgumentException("Erasing is more than suppressing.", nameof(reason));
        }

        var row = await addresses.ChangeAsync(
            hash.Of(address),
            known => known.Reason is { } already && already >= reason ? known : known with { Reason = reason }, cancellationToken);
        if (row.SubscriberId is { } id)
        {
            // Whose it was until a moment ago gets the digest elsewhere.
            await change.ExecuteAsync(id, person => IsAt(person, row.Hash) ? Ended(person, reason) : null, cancellationToken);
        }
    }

    private bool IsAt(Subscriber? person, string at) => EmailAddress.TryParse(person?.Address, out var address) && hash.Of(address) == at;

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
            // Who has left already may have signed up anew; a confirmation that has looked at the address before must find nothing.
            return reason == Suppression.Blocked && person?.SignUp is not null ? person with { SignUp = null, Asked = null } : null;
        }

        return person with { Status = status, Ended = time.GetUtcNow(), SignUp = null, Asked = null };
    }
}
