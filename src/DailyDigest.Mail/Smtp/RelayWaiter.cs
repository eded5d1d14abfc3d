namespace DailyDigest.Mail.Smtp;

/// <summary>A borrower that waits for a connection.</summary>
internal sealed class RelayWaiter
{
    private TaskCompletionSource woken = new();

    /// <param name="since">When it began to wait, as a timestamp of the clock.</param>
    public RelayWaiter(long since) => (Since, Node) = (since, new LinkedListNode<RelayWaiter>(this));

    public long Since { get; }

    /// <summary>Its place in the queue.</summary>
    public LinkedListNode<RelayWaiter> Node { get; }

    /// <summary>Completes when it is woken.</summary>
    public Task Woken => woken.Task;

    public void Wait() => woken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Returns false if it is awake already.</summary>
    public bool Wake() => woken.TrySetResult();
}
