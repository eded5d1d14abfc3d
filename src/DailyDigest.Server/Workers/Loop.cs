using DailyDigest.Storage;

namespace DailyDigest.Server.Workers;

/// <summary>Repeats one step at an interval of the program's clock. A failed step is logged and repeated after the interval.</summary>
internal abstract partial class Loop(TimeSpan interval, TimeProvider time, ILogger logger) : BackgroundService
{
    /// <summary>One step. Returns true to repeat it at once, false to wait for the interval.</summary>
    protected abstract Task<bool> StepAsync(CancellationToken cancellationToken);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        while (!stoppingToken.IsCancellationRequested)
        {
            var again = false;
            try
            {
                again = await StepAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (StorageException exception)
            {
                Log.Storage(logger, GetType().Name, exception.Message);
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                Log.Failed(logger, GetType().Name, exception);
            }

            if (!again)
            {
                try
                {
                    await Task.Delay(interval, time, stoppingToken);
                }
                catch (OperationCanceledException)
                {
                    return;
                }
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(401, LogLevel.Error, "{Worker} failed on storage: {Message} Its next step follows after the interval.")]
        public static partial void Storage(ILogger logger, string worker, string message);

        [LoggerMessage(402, LogLevel.Error, "{Worker} failed; its next step follows after the interval")]
        public static partial void Failed(ILogger logger, string worker, Exception exception);
    }
}
