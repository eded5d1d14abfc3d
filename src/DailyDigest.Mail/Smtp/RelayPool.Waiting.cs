using DailyDigest.Runs;

namespace DailyDigest.Mail.Smtp;

/// <content>Who waits, for what, and who is woken.</content>
internal sealed partial class RelayPool
{
    private async ValueTask<Loan> ConnectionAsync(bool patient, CancellationToken cancellationToken)
    {
        long? waits = null;
        var wasWoken = false;
        while (true)
        {
            RelayConnection? resting = null;
            LinkedListNode<TaskCompletionSource>? waiter = null;
            var (wait, began) = (TimeSpan.Zero, 0L);
            lock (gate)
            {
                woken -= wasWoken ? 1 : 0;
                wasWoken = false;
                if (Unusable(patient) is { } why)
                {
                    WakeOne();
                    return why;
                }

                if (storeFails && waits is { } since && time.GetElapsedTime(since) >= Patience && Allowed == 0)
                {
                    WakeOne();
                    return Refusal($"storage does not tell what relay {Name} allows");
                }

                // Who comes anew stands behind those who wait: else whoever sends one message after the other keeps its connection for itself.
                var (pause, allowed, isBehind) = (health.Pause, Allowed, waits is null && waiters.Count + woken > 0);
                if (pause > TimeSpan.Zero || IsProbed())
                {
                    (waiter, wait) = (Queue(waits), pause > TimeSpan.Zero ? pause : Timeout.InfiniteTimeSpan);
                }
                else if (!isBehind && MayLend(allowed))
                {
                    // The one that rested last: the others may go to sleep.
                    resting = idle[^1];
                    idle.RemoveAt(idle.Count - 1);
                }
                else if (!isBehind && open < allowed)
                {
                    (open, connecting, began) = (open + 1, connecting + 1, time.GetTimestamp());
                }
                else
                {
                    (waiter, wait) = (Queue(waits), HasSlots ? Poll : Timeout.InfiniteTimeSpan);
                    LeaseIfUseful();
                }

                if (waiter is null && (MayLend(allowed) || open < allowed))
                {
                    WakeOne();
                }
            }

            if (waiter is not null)
            {
                waits ??= time.GetTimestamp();
                wasWoken = await WaitAsync(waiter, wait, cancellationToken);
            }
            else if (resting is null)
            {
                var (connection, _) = await ConnectAsync(began, cancellationToken);
                if (connection is not null)
                {
                    return new Loan(this, connection, null);
                }
            }
            else if (resting.IsAlive)
            {
                return new Loan(this, resting, null);
            }
            else
            {
                resting.Drop();
                Put(resting);
            }
        }
    }

    /// <summary>True if a connection at rest may be lent. Under the lock.</summary>
    private bool MayLend(int allowed) => idle.Count > 0 && open - leaving <= allowed;

    /// <summary>A place among those who wait: at the end for who comes anew, in front for who was woken for nothing. Under the lock.</summary>
    private LinkedListNode<TaskCompletionSource> Queue(long? waits)
    {
        var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return waits is null ? waiters.AddLast(waiter) : waiters.AddFirst(waiter);
    }

    /// <summary>Returns true if it was woken, false if it is time to look again.</summary>
    private async Task<bool> WaitAsync(LinkedListNode<TaskCompletionSource> waiter, TimeSpan wait, CancellationToken cancellationToken)
    {
        try
        {
            await waiter.Value.Task.WaitAsync(wait, time, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            return !Leave(waiter);
        }
        catch (OperationCanceledException)
        {
            if (!Leave(waiter))
            {
                lock (gate)
                {
                    // It was woken for something that another can use.
                    woken--;
                    WakeOne();
                }
            }

            throw;
        }
    }

    /// <summary>Returns false if it was woken already.</summary>
    private bool Leave(LinkedListNode<TaskCompletionSource> waiter)
    {
        lock (gate)
        {
            if (waiter.List is null)
            {
                return false;
            }

            waiters.Remove(waiter);
            return true;
        }
    }

    /// <summary>Why the relay cannot be used at all now; null if it can. Under the lock.</summary>
    private Loan? Unusable(bool patient) =>
        closed ? Refusal("the program ends")
        : health.IsAlone ? Refusal(health.Reply)
        : !patient && IsProbed() ? Refusal(health.Reply) with { IsProbed = true }
        : null;

    /// <summary>True while one connection finds out whether a relay that could not be used can be used again. Under the lock.</summary>
    private bool IsProbed() => health.Failures > 0 && connecting > 0 && open == connecting;

    private Loan Refusal(string reply) => new(this, null, new SendResult(SendOutcome.RelayRefused, reply) { Relay = Name });

    private void WakeOne()
    {
        if (waiters.First is { } first)
        {
            waiters.RemoveFirst();
            woken++;
            first.Value.SetResult();
        }
    }

    private void WakeAll()
    {
        while (waiters.Count > 0)
        {
            WakeOne();
        }
    }
}
