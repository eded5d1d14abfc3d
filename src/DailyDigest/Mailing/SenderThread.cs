namespace DailyDigest.Mailing;

/// <summary>
/// Threads for those who talk to a relay and block while they wait for it (docs/decisions/0054). The pool's threads stay free for others.
/// </summary>
public static class SenderThread
{
    [ThreadStatic]
    private static bool isCurrent;

    /// <summary>Does work that may block: at once if this is such a thread, otherwise on a new one.</summary>
    public static Task<T> RunAsync<T>(Func<T> work)
    {
        if (isCurrent)
        {
            try
            {
                return Task.FromResult(work());
            }
            catch (Exception exception)
            {
                return Task.FromException<T>(exception);
            }
        }

        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            isCurrent = true;
            try
            {
                done.SetResult(work());
            }
            catch (Exception exception)
            {
                done.SetException(exception);
            }
        })
        {
            IsBackground = true,
            Name = "sender",
        };
        thread.Start();
        return done.Task;
    }

    /// <summary>Does work without a result in the same way.</summary>
    public static Task RunAsync(Action work) => RunAsync(() =>
    {
        work();
        return true;
    });

    /// <summary>Waits on such a thread for something that others do.</summary>
    public static T Wait<T>(ValueTask<T> task) => task.IsCompletedSuccessfully ? task.Result : task.AsTask().GetAwaiter().GetResult();
}
