using DailyDigest.Mailing;

namespace DailyDigest.Subscribers;

/// <summary>What may be said to whoever asked for a new address. Whether it is known is not among it.</summary>
public enum NewAddressAnswer
{
    /// <summary>If the address may be written to, a mail is on its way to it, one a day at most.</summary>
    Asked,

    /// <summary>That is not an address.</summary>
    NotAnAddress,

    /// <summary>This subscriber asked for too many within 24 hours.</summary>
    TooOften,

    /// <summary>Not subscribed (any more).</summary>
    NotSubscribed,
}

/// <summary>
/// Notes the address that a subscriber wants the digest to go to, and has a mail sent there. Nothing moves before its owner confirms. Whose the address
/// is, is not looked at here: the same storage calls are made for every address, and which mail is sent, if any, is decided by <see cref="SendNotices"/>.
/// </summary>
public sealed class AskNewAddress(SubscriberStore subscribers, NoticeStore notices, AddressHash hash, TimeProvider time)
{
    /// <summary>How often one subscriber may ask within 24 hours: enough to mend a slip, too few to trouble strangers.</summary>
    public const int MostADay = 5;

    /// <summary>Notes the address.</summary>
    public async Task<NewAddressAnswer> ExecuteAsync(string subscriberId, string? text, CancellationToken cancellationToken)
    {
        if (!EmailAddress.TryParse(text, out var address))
        {
            return NewAddressAnswer.NotAnAddress;
        }

        while (await subscribers.GetAsync(subscriberId, cancellationToken) is { Subscriber: { Status: SubscriberStatus.Active } person } stored)
        {
            var now = time.GetUtcNow();
            if (Tries.OneMore(person.AddressTries, MostADay, now) is not { } tries)
            {
                return NewAddressAnswer.TooOften;
            }

            // What is confirmed already is being carried through; asking for it again does not take that back.
            var wanted = person.NewAddress is { Confirmation: not null } confirmed && confirmed.Address == address.Value
                ? confirmed
                : new NewAddress(address.Value, now);
            var after = person with { NewAddress = wanted, AddressTries = tries };

            // Nothing that the audience needs: no new version, nothing to project.
            if (await subscribers.UpdateAsync(after, stored.ETag, cancellationToken))
            {
                await notices.AddToNewAddressAsync(subscriberId, now, hash.Tie(address), cancellationToken);
                return NewAddressAnswer.Asked;
            }
        }

        return NewAddressAnswer.NotSubscribed;
    }
}
