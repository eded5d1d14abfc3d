namespace DailyDigest.Content;

/// <summary>
/// Lets the clock wait for the first round of polls. A program that starts at a cohort's hour would otherwise freeze a digest without the
/// news published while the program was down.
/// </summary>
public sealed class FirstPoll(TimeProvider time)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(1);

    private readonly TaskCompletionSource<PollSummary?> done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Reports the end of the first round. <paramref name="summary"/> is null if the round failed.</summary>
    public void Done(PollSummary? summary) => done.TrySetResult(summary);

    /// <summary>
    /// Waits until the first round has ended, at most one minute: a digest of yesterday's news is better than none.
    /// Returns the round's result; null if it failed or is still running.
    /// </summary>
    public async Task<PollSummary?> WaitAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await done.Task.WaitAsync(Timeout, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }
}
