using DailyDigest.Mailing;

namespace DailyDigest.Subscribers;

/// <summary>
/// Forgets a sign-up that nobody confirmed: the person, and that the address was ever typed. Of a subscriber it forgets a new address that nobody
/// confirmed, and a former one that could not be told.
/// </summary>
public sealed class DropSignUp(SubscriberStore subscribers, AddressStore addresses, AddressHash hash)
{
    /// <summary>True for somebody who never was a subscriber and last signed up before the UTC day, and for whoever has such an address.</summary>
    public static bool IsStale(Subscriber person, DateOnly before) => IsStaleSignUp(person, before) || Kept(person, before) != person;

    private static bool IsStaleSignUp(Subscriber person, DateOnly before) =>
        person is { Status: SubscriberStatus.Pending, Placements.Count: 0 }
        && DateOnly.FromDateTime((person.SignUp?.Consent.At ?? person.Created).UtcDateTime) < before
        && DateOnly.FromDateTime(person.Created.UtcDateTime) < before
        && !(person.Asked is { } asked && DateOnly.FromDateTime(asked.UtcDateTime) >= before);

    // What is confirmed is on its way, and the tick carries it through.
    private static Subscriber Kept(Subscriber person, DateOnly before) => person with
    {
        NewAddress = person.NewAddress is { Confirmation: null } wanted && IsBefore(wanted.Asked, before) ? null : person.NewAddress,
        FormerAddresses = person.FormerAddresses.Any(former => IsBefore(former.Left, before))
            ? [.. person.FormerAddresses.Where(former => !IsBefore(former.Left, before))]
            : person.FormerAddresses,
    };

    private static bool IsBefore(DateTimeOffset instant, DateOnly before) => DateOnly.FromDateTime(instant.UtcDateTime) < before;

    /// <summary>
    /// Forgets it, unless somebody signed up anew meanwhile. The address goes first: while the person stands, this is repeated. Returns true if it is forgotten.
    /// </summary>
    public async Task<bool> ExecuteAsync(string subscriberId, DateOnly before, CancellationToken cancellationToken)
    {
        if (await subscribers.GetAsync(subscriberId, cancellationToken) is not { } stored || !IsStale(stored.Subscriber, before))
        {
            return false;
        }

        if (!IsStaleSignUp(stored.Subscriber, before))
        {
            return await subscribers.UpdateAsync(Kept(stored.Subscriber, before), stored.ETag, cancellationToken);
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
