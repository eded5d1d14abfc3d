using DailyDigest.Storage;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Delivery;

/// <summary>Takes what hints are visible in the queue and delivers the parts that they name, at most four at once. What a self-hosted worker repeats.</summary>
public sealed partial class DeliverHints(IQueueStore queues, DeliverPart deliverPart, ILogger<DeliverHints> logger)
{
    private const int AtOnce = 4;

    // A hint is only a hint: when its lease ends while its part is still worked on, whoever receives it again finds a live owner.
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan Again = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Returns how many hints were taken; 0 when the queue showed none. A part that throws does not disturb the others; it is logged, and its hint
    /// comes again in two minutes.
    /// </summary>
    public async Task<int> ExecuteAsync(CancellationToken cancellationToken)
    {
        var hints = await queues.ReceiveAsync(Queues.Deliver, AtOnce, Lease, cancellationToken);
        await Task.WhenAll(hints.Select(hint => FollowAsync(hint, cancellationToken)));
        return hints.Count;
    }

    private async Task FollowAsync(QueueMessage hint, CancellationToken cancellationToken)
    {
        try
        {
            await deliverPart.ExecuteAsync(hint.Body, cancellationToken);
            await queues.CompleteAsync(hint, CancellationToken.None);
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or OutOfMemoryException))
        {
            Log.Failed(logger, hint.Id, hint.Receptions, exception);
            await queues.AbandonAsync(hint, Again, CancellationToken.None);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(341, LogLevel.Error, "Hint {Hint}, received {Times} times, could not be followed; it comes again")]
        public static partial void Failed(ILogger logger, string hint, int times, Exception exception);
    }
}
