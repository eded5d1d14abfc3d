using DailyDigest.Delivery;

namespace DailyDigest.Mail.Smtp;

/// <content>Who waits, for what, and who is woken.</content>
internal sealed partial class RelayPool
{
    private async ValueTask<Loan> ConnectionAsync(bool patient, CancellationToken cancellationToken)
    {
        long? waits = null;
        while (true)
        {
            RelayConnection? resting = null;
            LinkedListNode<TaskCompletionSource>? waiter = null;
            var (wait, began) = (TimeSpan.Zero, 0L);
            lock (gate)
            {
                if (Unusable(patient) is { } why)
                {
                    return why;
                }

                if (storeFails && waits is { } since && time.GetElapsedTime(since) >= Patience && Allowed == 0)
                {
                    return Refusal($"storage does not tell what relay {Name} allows");
                }

                var pause = health.Pause;
                var allowed = Allowed;
                if (pause > TimeSpan.Zero || IsProbed())
                {
                    (waiter, wait) = (waiters.AddLast(NewWaiter()), pause > TimeSpan.Zero ? pause : Timeout.InfiniteTimeSpan);
                }
                else if (idle.Count > 0 && open - leaving <= allowed)
                {
                    // The one that rested last: the others may go to sleep.
                    resting = idle[^1];
                    idle.RemoveAt(idle.Count - 1);
                }
                else if (open < allowed)
                {
                    (open, connecting, began) = (open + 1, connecting + 1, time.GetTimestamp());
                }
                else
                {
                    (waiter, wait) = (waiters.AddLast(NewWaiter()), HasSlots ? Poll : Timeout.InfiniteTimeSpan);
                    LeaseIfUseful();
                }
            }

            if (waiter is not null)
            {
                waits ??= time.GetTimestamp();
                await WaitAsync(waiter, wait, cancellationToken);
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

        static TaskCompletionSource NewWaiter() => new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private async Task WaitAsync(LinkedListNode<TaskCompletionSource> waiter, TimeSpan wait, CancellationToken cancellationToken)
    {
        try
        {
            await waiter.Value.Task.WaitAsync(wait, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // Time to look again.
        }
        finally
        {
            lock (gate)
            {
                if (waiter.List is not null)
                {
                    waiters.Remove(waiter);
                }
                else if (cancellationToken.IsCancellationRequested)
                {
                    // It was woken for something that another can use.
                    WakeOne();
                }
            }
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
