using DailyDigest.Storage;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Sending;

/// <summary>
/// Receives the visible hints from the queue and delivers the parts that they name, at most four at once. A self-hosted worker repeats
/// this.
/// </summary>
public sealed partial class DeliverHints(IQueueStore queues, DeliverPart deliverPart, TimeProvider time, ILogger<DeliverHints> logger)
{
    private const int MaxParallelParts = 4;

    // If the hint's lease ends while its part is still being delivered, the worker that receives it again finds a live owner,
    // and completes the hint. That is harmless: the owner enqueues its own, and the sweep finds abandoned parts.
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan Again = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Continues until the queue is empty and every part has ended; no part waits for another. Returns how many hints were received. A part
    /// that throws does not disturb the others; it is logged, and its hint is received again in two minutes.
    /// </summary>
    public async Task<int> ExecuteAsync(CancellationToken cancellationToken)
    {
        var (taken, running) = (0, new List<Task>(MaxParallelParts));
        try
        {
            do
            {
                if (running.Count < MaxParallelParts && !cancellationToken.IsCancellationRequested)
                {
                    var hints = await queues.ReceiveAsync(Queues.Deliver, MaxParallelParts - running.Count, Lease, cancellationToken);
                    taken += hints.Count;
                    running.AddRange(hints.Select(hint => HandleAsync(hint, cancellationToken)));
                }

                await NextAsync(running);
                foreach (var part in running.FindAll(part => part.IsCompleted))
                {
                    running.Remove(part);
                    await part;
                }
            }
            while (running.Count > 0);
            return taken;
        }
        finally
        {
            // Parts that were begun are finished even if the queue fails.
            await Task.WhenAll(running);
        }
    }

    /// <summary>Returns when a part has ended, or when it is time to ask the queue for more.</summary>
    private async Task NextAsync(List<Task> running)
    {
        if (running.Count == 0)
        {
            return;
        }

        if (running.Count == MaxParallelParts)
        {
            await Task.WhenAny(running);
            return;
        }

        using var ended = new CancellationTokenSource();
        await Task.WhenAny([.. running, Task.Delay(Look, time, ended.Token)]);
        await ended.CancelAsync();
    }

    private async Task HandleAsync(QueueMessage hint, CancellationToken cancellationToken)
    {
        try
        {
            await deliverPart.ExecuteAsync(hint.Body, cancellationToken);
            await queues.CompleteAsync(hint, CancellationToken.None);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException
            && !(exception is OperationCanceledException && cancellationToken.IsCancellationRequested))
        {
            Log.Failed(logger, hint.Id, hint.Receptions, exception);
            await AbandonAsync(hint);
        }
    }

    private async Task AbandonAsync(QueueMessage hint)
    {
        try
        {
            await queues.AbandonAsync(hint, Again, CancellationToken.None);
        }
        catch (StorageException)
        {
            // The queue may have failed for the same reason. The hint is received again when its lease ends, or the sweep enqueues another.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(341, LogLevel.Error, "Hint {Hint}, received {Times} times, could not be handled; it will be received again")]
        public static partial void Failed(ILogger logger, string hint, int times, Exception exception);
    }
}
