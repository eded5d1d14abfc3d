using DailyDigest.Mailing;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>Looks at subscribers, page by page.</summary>
public sealed class ListSubscribers(SubscriberStore subscribers)
{
    /// <summary>
    /// At most <paramref name="take"/> subscribers of the status (null: of any), ordered by id, from the one after <paramref name="after"/> on.
    /// Fewer mean that there are no more.
    /// </summary>
    public async Task<IReadOnlyList<Subscriber>> ExecuteAsync(SubscriberStatus? status, string? after, int take, CancellationToken cancellationToken)
    {
        var page = new List<Subscriber>();
        await foreach (var subscriber in subscribers.ScanAsync(after, cancellationToken))
        {
            if (page.Count == take)
            {
                break;
            }

            if (status is null ? subscriber.Status != SubscriberStatus.Erased : subscriber.Status == status)
            {
                page.Add(subscriber);
            }
        }

        return page;
    }
}

/// <summary>Finds who has an address.</summary>
public sealed class FindSubscriber(SubscriberStore subscribers, AddressStore addresses, AddressHash hash)
{
    /// <summary>Returns the subscriber, or null if nobody has the address; and why the address is not mailed, if it is suppressed.</summary>
    public async Task<(Subscriber? Subscriber, Suppression? Reason)> ExecuteAsync(EmailAddress address, CancellationToken cancellationToken)
    {
        var known = await addresses.GetAsync(hash.Of(address), cancellationToken);
        var stored = known.SubscriberId is { } id ? await subscribers.GetAsync(id, cancellationToken) : null;
        return (stored?.Subscriber, known.Reason);
    }
}
