namespace DailyDigest.Hooks;

/// <summary>
/// One round of deliveries to web hooks: takes what is due, a few at a time for each hook, so that a slow receiver does not hold the
/// others. Any number of machines may run rounds at once.
/// </summary>
public sealed class DeliverHooks(HookStore hooks, HookCallStore calls, CallReceiver receiver, TimeProvider time)
{
    /// <summary>Requests to one hook at once.</summary>
    public const int MaxPerHook = 4;

    // Requests to all hooks of this process at once: a bound on memory.
    private const int MaxHooks = 16;

    /// <summary>After this time a round begins no further request; the clock calls again.</summary>
    private static readonly TimeSpan RoundTimeout = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Delivers until nothing is due, or for about 40 seconds. While one hook is slow, the others are looked at every two seconds. Returns
    /// the number of attempts.
    /// </summary>
    public async Task<int> ExecuteAsync(CancellationToken cancellationToken)
    {
        var (attempts, began) = (0, time.GetTimestamp());
        var running = new Dictionary<string, Task<int>>();
        try
        {
            do
            {
                foreach (var hook in await hooks.ListOnAsync(cancellationToken))
                {
                    if (!running.ContainsKey(hook.Id) && running.Count < MaxHooks)
                    {
                        running.Add(hook.Id, DeliverAsync(hook, began, cancellationToken));
                    }
                }

                attempts += await CollectAsync(running, cancellationToken);
            }
            while (running.Count > 0 && time.GetElapsedTime(began) < RoundTimeout);

            return attempts + (await Task.WhenAll(running.Values)).Sum();
        }
        finally
        {
            // After a fault of storage: the next round must not call the same hooks beside this one.
            await ((Task)Task.WhenAll(running.Values)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Waits until a hook is done, or for two seconds, and takes those that are done out of the list.</summary>
    private async Task<int> CollectAsync(Dictionary<string, Task<int>> running, CancellationToken cancellationToken)
    {
        if (running.Count == 0)
        {
            return 0;
        }

        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var all = Task.WhenAll(running.Values);
        await Task.WhenAny(all, Task.Delay(LookAgain, time, over.Token));
        await over.CancelAsync();
        var attempts = 0;
        foreach (var (id, task) in running.Where(one => one.Value.IsCompleted).ToList())
        {
            running.Remove(id);
            attempts += await task;
        }

        return attempts;
    }

    private async Task<int> DeliverAsync(Hook hook, long began, CancellationToken cancellationToken)
    {
        var attempts = 0;
        while (time.GetElapsedTime(began) < RoundTimeout)
        {
            var now = time.GetUtcNow();
            var taken = await calls.TakeAsync(hook.Id, now, now + CallReceiver.Lease, MaxPerHook, cancellationToken);
            if (taken.Count == 0 || await hooks.GetAsync(hook.Id, cancellationToken) is not { State: HookState.On } current)
            {
                break;
            }

            attempts += taken.Count;
            await Task.WhenAll(taken.Select(call => receiver.ExecuteAsync(current, call, retries: true, cancellationToken)));
        }

        return attempts;
    }
}
