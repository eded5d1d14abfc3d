namespace DailyDigest.Mail.Smtp;

/// <summary>The queue of borrowers that wait for a connection. Not safe for several threads: <see cref="RelaySlots"/> locks.</summary>
internal sealed class RelayWaiters
{
    private readonly LinkedList<TaskCompletionSource> queue = new();

    // Borrowers that were woken and have not looked yet: what they were woken for is not for later borrowers.
    private int woken;

    public int Count => queue.Count;

    /// <summary>True if a borrower that comes now stands behind others.</summary>
    public bool HasEarlier => queue.Count + woken > 0;

    /// <summary>A new place: at the end for a new borrower, in front for one that was woken and got nothing.</summary>
    public LinkedListNode<TaskCompletionSource> Add(bool isNew)
    {
        var place = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return isNew ? queue.AddLast(place) : queue.AddFirst(place);
    }

    /// <summary>Gives a place up. Returns false if its borrower was woken already.</summary>
    public bool Remove(LinkedListNode<TaskCompletionSource> place)
    {
        if (place.List is null)
        {
            return false;
        }

        queue.Remove(place);
        return true;
    }

    /// <summary>A borrower that was woken looks now, or gives up.</summary>
    public void Looked() => woken--;

    public void WakeOne()
    {
        if (queue.First is { } first)
        {
            queue.RemoveFirst();
            woken++;
            first.Value.SetResult();
        }
    }

    public void WakeAll()
    {
        while (queue.Count > 0)
        {
            WakeOne();
        }
    }
}
