namespace DailyDigest.Server.Workers;

/// <summary>The program's life as a task.</summary>
internal static class Started
{
    /// <summary>Returns when everything has started and the web server listens; at once if that is so already.</summary>
    public static async Task StartedAsync(this IHostApplicationLifetime lifetime, CancellationToken cancellationToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(cancellationToken);
    }
}
