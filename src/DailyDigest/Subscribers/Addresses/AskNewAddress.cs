using DailyDigest.Mailing;

namespace DailyDigest.Subscribers;

/// <summary>The answer to a request for a new address. It does not reveal whether the address is known.</summary>
public enum NewAddressAnswer
{
    /// <summary>A mail is sent to the address unless it is blocked, at most one per UTC day.</summary>
    Asked,

    /// <summary>The text is not an address.</summary>
    NotAnAddress,

    /// <summary>The subscriber has this address.</summary>
    Same,

    /// <summary>The address is the publication's own.</summary>
    Own,

    /// <summary>This subscriber made too many requests within 24 hours.</summary>
    TooOften,

    /// <summary>The person is not subscribed, or not any more.</summary>
    NotSubscribed,
}

/// <summary>
/// Stores the address that a subscriber wants, and queues a mail to it. The digest moves only after the owner of the address confirms.
/// This class does not look up who owns the address. It makes the same storage calls for every address that is not
/// the subscriber's or the publication's, so that timing reveals nothing.
/// <see cref="SendNotices"/> decides later which mail is sent, if any.
/// </summary>
public sealed class AskNewAddress(
    SubscriberStore subscribers, NoticeStore notices, AddressHash hash, TimeProvider time, IEnumerable<OwnAddress> own)
{
    /// <summary>
    /// Requests of one subscriber within 24 hours: enough to correct a typing error, too few to send mail to many strangers.
    /// </summary>
    public const int MaxPerDay = 5;

    public async Task<NewAddressAnswer> ExecuteAsync(string subscriberId, string? text, CancellationToken cancellationToken)
    {
        if (!EmailAddress.TryParse(text, out var address))
        {
            return NewAddressAnswer.NotAnAddress;
        }

        if (own.Any(one => one.Is(address)))
        {
            return NewAddressAnswer.Own;
        }

        while (await subscribers.GetAsync(subscriberId, cancellationToken)
            is { Subscriber: { Status: SubscriberStatus.Active } person } stored)
        {
            if (EmailAddress.TryParse(person.Address, out var present) && present.Normalized == address.Normalized)
            {
                return NewAddressAnswer.Same;
            }

            var now = time.GetUtcNow();
            if (Tries.Add(person.AddressTries, MaxPerDay, now) is not { } tries)
            {
                return NewAddressAnswer.TooOften;
            }

            // A confirmed move continues. A second request for the same address must not remove the confirmation.
            var wanted = person.NewAddress is { Confirmation: not null } confirmed && confirmed.Address == address.Value
                ? confirmed
                : new NewAddress(address.Value, now);
            var after = person with { NewAddress = wanted, AddressTries = tries };

            // The audience does not use these fields: no new version, no projection.
            if (await subscribers.UpdateAsync(stored, after, cancellationToken))
            {
                await notices.AddToNewAddressAsync(subscriberId, now, hash.Tag(address), cancellationToken);
                return NewAddressAnswer.Asked;
            }
        }

        return NewAddressAnswer.NotSubscribed;
    }
}
