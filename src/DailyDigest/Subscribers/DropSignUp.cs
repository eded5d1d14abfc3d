namespace DailyDigest.Subscribers;

/// <summary>Forgets a sign-up that nobody confirmed: the person, and that the address was ever typed.</summary>
public sealed class DropSignUp(SubscriberStore subscribers, AddressStore addresses, AddressHash hash)
{
    /// <summary>True for somebody who never was a subscriber and last signed up before the UTC day.</summary>
    public static bool IsStale(Subscriber person, DateOnly before) =>
        person is { Status: SubscriberStatus.Pending, Placements.Count: 0 }
        && DateOnly.FromDateTime((person.SignUp?.Consent.At ?? person.Created).UtcDateTime) < before
        && DateOnly.FromDateTime(person.Created.UtcDateTime) < before
        && !(person.Asked is { } asked && DateOnly.FromDateTime(asked.UtcDateTime) >= before);

    /// <summary>
    /// Forgets it, unless somebody signed up anew meanwhile. The address goes first: while the person stands, this is repeated. Returns true if it is forgotten.
    /// </summary>
    public async Task<bool> ExecuteAsync(string subscriberId, DateOnly before, CancellationToken cancellationToken)
    {
        if (await subscribers.GetAsync(subscriberId, cancellationToken) is not { } stored || !IsStale(stored.Subscriber, before))
        {
            return false;
        }

        AddressRow? freed = null;
        if (EmailAddress.TryParse(stored.Subscriber.Address, out var address))
        {
            var known = await addresses.GetAsync(hash.Of(address), cancellationToken);
            if (known.SubscriberId == subscriberId)
            {
                if (!await addresses.FreeAsync(known, cancellationToken))
                {
                    return false;
                }

                freed = known;
            }
        }

        if (await subscribers.DeleteAsync(subscriberId, stored.ETag, cancellationToken))
        {
            return true;
        }

        if (freed is not null)
        {
            // A sign-up at the very same moment had already found the address to be this person's: it is, then.
            await addresses.ChangeAsync(freed.Hash, row => row.SubscriberId is null ? row with { SubscriberId = subscriberId } : row, cancellationToken);
        }

        return false;
    }
}
