using DailyDigest.Sending;
using Microsoft.Extensions.Hosting;

namespace DailyDigest.Functions;

/// <summary>
/// The parts that this worker delivers now. When the app stops, the host cancels the invocations and terminates the worker in one breath,
/// and the worker does not wait for its functions: the rows being sent would stay "attempting", and no hint would be left. This service
/// does wait. It is registered after the worker's own service, so it is stopped first, and the connection to the host is still open.
/// </summary>
/// <param name="deliverPart">Delivers a part.</param>
/// <param name="time">The clock.</param>
public sealed class RunningParts(DeliverPart deliverPart, TimeProvider time) : IHostedService, IDisposable
{
    /// <summary>The host kills a worker that has not ended after 5 seconds.</summary>
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(4.8);

    private readonly CancellationTokenSource stopping = new();
    private readonly HashSet<Task> running = [];
    private readonly Lock gate = new();

    /// <summary>Delivers the part that the hint names, until it ends or the app stops.</summary>
    public async Task DeliverAsync(string hint, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping.Token, cancellationToken);
        var delivery = deliverPart.ExecuteAsync(hint, either.Token);
        lock (gate)
        {
            running.Add(delivery);
        }

        try
        {
            await delivery;
        }
        finally
        {
            lock (gate)
            {
                running.Remove(delivery);
            }
        }
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Stops every part, and waits up to 4.8 seconds until their rows are settled and their hints are left.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await stopping.CancelAsync();
        Task[] left;
        lock (gate)
        {
            left = [.. running];
        }

        using var timer = new CancellationTokenSource(MaxWait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);

        // A part that failed is logged by its function.
        await Task.WhenAll(left).WaitAsync(either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc/>
    public void Dispose() => stopping.Dispose();
}
