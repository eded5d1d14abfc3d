using DailyDigest.Calendar;
using DailyDigest.Mailing;

namespace DailyDigest.Subscribers;

/// <summary>
/// Deletes an unconfirmed sign-up with its address row. For a subscriber it deletes an unconfirmed new address, and former addresses whose
/// move can no longer be taken back.
/// </summary>
public sealed class DropSignUp(SubscriberStore subscribers, AddressStore addresses, AddressHash hash)
{
    /// <summary>Days after which an unconfirmed sign-up or new address is deleted.</summary>
    public const int Days = 30;

    /// <summary>True for an unconfirmed sign-up from before the UTC day, and for a subscriber with such a new or former address.</summary>
    public static bool IsStale(Subscriber person, DateOnly before) =>
        IsStaleSignUp(person, before) || WithoutStaleAddresses(person, before) != person;

    /// <summary>True for a person who never subscribed: the sign-up waits, or its confirmation came back.</summary>
    internal static bool IsUnconfirmed(Subscriber person) => person is
    {
        Status: SubscriberStatus.Pending or SubscriberStatus.Bounced or SubscriberStatus.Complained,
        Placements.Count: 0,
    };

    private static bool IsStaleSignUp(Subscriber person, DateOnly before) =>
        IsUnconfirmed(person) && IsBefore(person.SignUp?.Consent.At ?? person.Created, before)
        && IsBefore(person.Created, before)
        && !(person.Asked is { } asked && !IsBefore(asked, before));

    // A confirmed new address stays: the tick completes the move.
    private static Subscriber WithoutStaleAddresses(Subscriber person, DateOnly before) => person with
    {
        NewAddress = person.NewAddress is { Confirmation: null } wanted && IsBefore(wanted.Asked, before) ? null : person.NewAddress,
        FormerAddresses = person.FormerAddresses.Any(former => IsPast(former, before))
            ? [.. person.FormerAddresses.Where(former => !IsPast(former, before))]
            : person.FormerAddresses,
    };

    private static bool IsPast(FormerAddress former, DateOnly before) =>
        IsBefore(former.Left, before.AddDays(Days - UndoMove.Days));

    private static bool IsBefore(DateTimeOffset instant, DateOnly before) => LocalDates.Utc(instant) < before;

    /// <summary>
    /// Deletes the data unless the person signed up again meanwhile. The address row is released first, so that an interrupted call is
    /// repeated.
    /// Returns true if something was deleted.
    /// </summary>
    public async Task<bool> ExecuteAsync(string subscriberId, DateOnly before, CancellationToken cancellationToken)
    {
        if (await subscribers.GetAsync(subscriberId, cancellationToken) is not { } stored || !IsStale(stored.Subscriber, before))
        {
            return false;
        }

        if (!IsStaleSignUp(stored.Subscriber, before))
        {
            return await subscribers.UpdateAsync(stored, WithoutStaleAddresses(stored.Subscriber, before), cancellationToken);
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

        if (await subscribers.DeleteAsync(stored, cancellationToken))
        {
            return true;
        }

        if (freed is not null)
        {
            // A concurrent sign-up read the address row before it was released: restore it.
            await addresses.ChangeAsync(
                freed.Hash, row => row.SubscriberId is null ? row with { SubscriberId = subscriberId } : row, cancellationToken);
        }

        return false;
    }
}
