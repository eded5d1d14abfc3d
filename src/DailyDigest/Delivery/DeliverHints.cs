using DailyDigest.Storage;

namespace DailyDigest.Delivery;

/// <summary>Takes what hints are visible in the queue and delivers the parts that they name, at most four at once. What a self-hosted worker repeats.</summary>
public sealed class DeliverHints(IQueueStore queues, DeliverPart deliverPart)
{
    private const int AtOnce = 4;

    // A hint is only a hint: when its lease ends while its part is still worked on, whoever receives it again finds a live owner.
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);

    /// <summary>Returns how many hints were taken; 0 when the queue showed none.</summary>
    public async Task<int> ExecuteAsync(CancellationToken cancellationToken)
    {
        var hints = await queues.ReceiveAsync(Queues.Deliver, AtOnce, Lease, cancellationToken);
        await Task.WhenAll(hints.Select(async hint =>
        {
            await deliverPart.ExecuteAsync(hint.Body, cancellationToken);
            await queues.CompleteAsync(hint, CancellationToken.None);
        }));
        return hints.Count;
    }
}
