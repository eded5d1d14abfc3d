using System.Collections.Concurrent;
using DailyDigest.Runs;

namespace DailyDigest.Tests.Fixtures;

/// <summary>Runs all continuations of a test on one thread, so that concurrent steps have the same order every time.</summary>
internal sealed class OneThread : SynchronizationContext
{
    private readonly BlockingCollection<(SendOrPostCallback Callback, object? State)> queue = [];

    /// <summary>Runs the work until it ends.</summary>
    public static void Run(Func<Task> work)
    {
        var (before, context) = (Current, new OneThread());
        SetSynchronizationContext(context);
        try
        {
            var running = work();
            _ = running.ContinueWith(
                _ => context.queue.CompleteAdding(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            foreach (var (callback, state) in context.queue.GetConsumingEnumerable(DeliveryFixture.Cancellation))
            {
                callback(state);
            }

            running.GetAwaiter().GetResult();
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }

    public override void Post(SendOrPostCallback d, object? state) => queue.Add((d, state));

    public override SynchronizationContext CreateCopy() => this;
}
