using DailyDigest.Subscribers;

namespace DailyDigest.Functions;

/// <summary>
/// Repeats the warnings of the start in the worker's first tick. The host drops what a worker logs outside an invocation.
/// </summary>
public sealed class StartWarnings(LinkKeysCheck linkKeys)
{
    private int done;

    /// <summary>Logs them if this process has not done so.</summary>
    public async Task LogOnceAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref done, 1) == 0)
        {
            await linkKeys.ExecuteAsync(cancellationToken);
        }
    }
}
