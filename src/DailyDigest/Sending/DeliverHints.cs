using DailyDigest.Storage;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Sending;

/// <summary>Takes what hints are visible in the queue and delivers the parts that they name, at most four at once. What a self-hosted worker repeats.</summary>
public sealed partial class DeliverHints(IQueueStore queues, DeliverPart deliverPart, TimeProvider time, ILogger<DeliverHints> logger)
{
    private const int AtOnce = 4;

    // A hint is only a hint: when its lease ends while its part is still worked on, whoever receives it again finds a live owner.
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan Again = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Goes on until the queue shows nothing and everything that was taken has ended: no part waits for another's end. Returns how many hints were
    /// taken. A part that throws does not disturb the others; it is logged, and its hint comes again in two minutes.
    /// </summary>
    public async Task<int> ExecuteAsync(CancellationToken cancellationToken)
    {
        var (taken, running) = (0, new List<Task>(AtOnce));
        try
        {
            do
            {
                if (running.Count < AtOnce && !cancellationToken.IsCancellationRequested)
                {
                    var hints = await queues.ReceiveAsync(Queues.Deliver, AtOnce - running.Count, Lease, cancellationToken);
                    taken += hints.Count;
                    running.AddRange(hints.Select(hint => FollowAsync(hint, cancellationToken)));
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
            // What was begun is brought to its end whatever the queue says.
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

        if (running.Count == AtOnce)
        {
            await Task.WhenAny(running);
            return;
        }

        using var ended = new CancellationTokenSource();
        await Task.WhenAny([.. running, Task.Delay(Look, time, ended.Token)]);
        await ended.CancelAsync();
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
            // What made the part throw may still last. The hint comes again when its lease ends, or the sweep puts another in its place.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(341, LogLevel.Error, "Hint {Hint}, received {Times} times, could not be followed; it comes again")]
        public static partial void Failed(ILogger logger, string hint, int times, Exception exception);
    }
}
