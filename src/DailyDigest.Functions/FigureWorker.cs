using DailyDigest.Storage;
using DailyDigest.Subscribers;
using Microsoft.Extensions.Hosting;

namespace DailyDigest.Functions;

/// <summary>
/// Adds up the readers' figures that this worker changed. The tick may run in another worker, which does not know of them. Without changes
/// it makes no request.
/// </summary>
/// <param name="readers">Adds up.</param>
/// <param name="time">The clock.</param>
internal sealed class FigureWorker(SumReaders readers, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await AddUpAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await AddUpAsync(stoppingToken);
        }
    }

    private async Task AddUpAsync(CancellationToken cancellationToken)
    {
        try
        {
            await readers.FlushAsync(cancellationToken);
        }
        catch (StorageException)
        {
            // The next call repeats it; the tick reports a storage that cannot be reached.
        }
        catch (OperationCanceledException)
        {
            // The worker ends: the daily pass adds it up.
        }
    }
}
