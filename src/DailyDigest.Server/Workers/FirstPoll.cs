using DailyDigest.Content;

namespace DailyDigest.Server.Workers;

/// <summary>
/// Lets the clock wait for the first round of polls, so that a program started at the very hour does not freeze a digest without the
/// news that came while it was down.
/// </summary>
internal sealed class FirstPoll(TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly TaskCompletionSource<PollSummary?> done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Says that the first round is over, with what it gave; null if it could not be carried out.</summary>
    public void Done(PollSummary? summary) => done.TrySetResult(summary);

    /// <summary>Waits until the first round is over, or a minute: a digest of yesterday's news is better than none. Returns what it gave, if known.</summary>
    public async Task<PollSummary?> WaitAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await done.Task.WaitAsync(Patience, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }
}
