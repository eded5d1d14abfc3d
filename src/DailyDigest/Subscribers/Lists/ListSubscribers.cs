
namespace DailyDigest.Subscribers;

/// <summary>Lists subscribers page by page.</summary>
public sealed class ListSubscribers(SubscriberStore subscribers)
{
    /// <summary>
    /// Returns at most <paramref name="take"/> subscribers with the status (null: any), ordered by id, starting after
    /// <paramref name="after"/>.
    /// Fewer mean that there are no more.
    /// </summary>
    public async Task<IReadOnlyList<Subscriber>> ExecuteAsync(
        SubscriberStatus? status, string? after, int take, CancellationToken cancellationToken)
    {
        var page = new List<Subscriber>();
        await foreach (var subscriber in subscribers.ScanAsync(status, after, cancellationToken))
        {
            if (page.Count == take)
            {
                break;
            }

            page.Add(subscriber);
        }

        return page;
    }
}
