namespace DailyDigest.Mail.Smtp;

/// <summary>
/// The borrowers that wait for a connection, in the order in which they came. A borrower keeps its place until it is served, is refused or
/// leaves, however often it is woken. Not safe for several threads: <see cref="RelaySlots"/> locks.
/// </summary>
internal sealed class RelayWaiters
{
    private readonly LinkedList<RelayWaiter> queue = new();

    public int Count => queue.Count;

    /// <summary>True if others came before this borrower.</summary>
    /// <param name="waiter">The borrower; null for one that comes now.</param>
    public bool IsBehind(RelayWaiter? waiter) => queue.First is { } first && first.Value != waiter;

    /// <summary>The borrower waits: at the end of the queue if it comes now, else at its old place.</summary>
    /// <param name="waiter">The borrower; null for one that comes now.</param>
    /// <param name="now">A timestamp of the clock.</param>
    public RelayWaiter Wait(RelayWaiter? waiter, long now)
    {
        if (waiter is null)
        {
            waiter = new RelayWaiter(now);
            queue.AddLast(waiter.Node);
        }

        waiter.Wait();
        return waiter;
    }

    /// <summary>The borrower leaves the queue.</summary>
    /// <param name="waiter">The borrower; null for one that never waited.</param>
    public void Remove(RelayWaiter? waiter)
    {
        if (waiter is not null)
        {
            queue.Remove(waiter.Node);
        }
    }

    /// <summary>Wakes the first borrower, if it is not awake.</summary>
    public void WakeFirst() => queue.First?.Value.Wake();

    /// <summary>Wakes the first borrower that is not awake.</summary>
    public void WakeOne()
    {
        for (var node = queue.First; node is not null; node = node.Next)
        {
            if (node.Value.Wake())
            {
                return;
            }
        }
    }

    public void WakeAll()
    {
        foreach (var waiter in queue)
        {
            waiter.Wake();
        }
    }
}
