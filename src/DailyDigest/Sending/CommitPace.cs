namespace DailyDigest.Sending;

/// <summary>
/// Decides how long a commit waits for more answers. Its price does not depend on how many answers it carries: one request, or one sync of
/// the disk. The bound in doubt (docs/decisions/0017) limits how many it can carry.
/// </summary>
/// <remarks>
/// A commit waits for the answers to all messages that the last commit handed to the senders, with these limits:
/// <list type="bullet">
/// <item>It does not wait for a message that was already being sent when the last commit was made: one slow message delays nobody.</item>
/// <item>When a connection has nothing left to send, it waits until 1.5 times the time that was taken so far, and no longer.</item>
/// <item>It waits for no more than <see cref="Enough"/> answers, and never beyond <see cref="Heartbeat"/>.</item>
/// </list>
/// </remarks>
internal sealed class CommitPace(int connections, TimeProvider time)
{
    /// <summary>From so many answers on a wider commit saves little, and connections would wait for it.</summary>
    public const int Enough = 22;

    /// <summary>At least so often something is committed, if only the lease: an outcome is never known for longer and not stored.</summary>
    public static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(10);

    // With a quick relay, answers are nearer to each other than a timer can tell.
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(20);

    // By reference: two steps may have equal contents.
    private readonly HashSet<Work> awaited = new(ReferenceEqualityComparer.Instance);
    private long committed = time.GetTimestamp();
    private TimeSpan? limit;

    /// <summary>A commit was made; call <see cref="Posted"/> for each message that it lets be sent.</summary>
    public void Committed()
    {
        awaited.Clear();
        (committed, limit) = (time.GetTimestamp(), null);
    }

    /// <summary>The message was handed to the senders.</summary>
    public void Posted(Work work) => awaited.Add(work);

    /// <summary>The message was answered.</summary>
    public void Answered(Work work) => awaited.Remove(work);

    /// <summary>How long the next commit waits for another answer; zero if it is due.</summary>
    /// <param name="answered">Answers that it will carry.</param>
    /// <param name="unanswered">Messages that the senders have.</param>
    public TimeSpan Wait(int answered, int unanswered)
    {
        if (answered is 0 or >= Enough || awaited.Count == 0)
        {
            return TimeSpan.Zero;
        }

        var elapsed = time.GetElapsedTime(committed);
        if (unanswered < connections)
        {
            limit ??= elapsed + (elapsed / 2 > ShortestWait ? elapsed / 2 : ShortestWait);
        }

        var left = (limit < Heartbeat ? limit.Value : Heartbeat) - elapsed;
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    /// <summary>How many more answers must come before <see cref="Wait"/> can say that the commit is due: at least one.</summary>
    /// <param name="answered">Answers that it will carry.</param>
    /// <param name="unanswered">Messages that the senders have.</param>
    public int Needed(int answered, int unanswered)
    {
        var needed = Math.Min(Enough - answered, awaited.Count);
        return Math.Max(1, limit is null ? Math.Min(needed, unanswered - connections + 1) : needed);
    }
}
