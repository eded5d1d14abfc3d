namespace DailyDigest.Server.Workers;

/// <summary>Waits for the start of the program.</summary>
internal static class LifetimeExtensions
{
    /// <summary>Returns when the web server listens; at once if it does already.</summary>
    public static async Task StartedAsync(this IHostApplicationLifetime lifetime, CancellationToken cancellationToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(cancellationToken);
    }
}
