namespace DailyDigest.Hooks;

/// <summary>
/// Sends an event to a web hook again, at once, with the same webhook-id. A delivery that was given up has all attempts again.
/// </summary>
public sealed class RedeliverEvent(HookCallStore calls, TimeProvider time)
{
    /// <summary>Returns the delivery as queued; null if there is none.</summary>
    /// <param name="hook">The hook's id.</param>
    /// <param name="key">The key of the delivery.</param>
    /// <param name="cancellationToken">Cancels it; it may be queued.</param>
    public async Task<HookCall?> ExecuteAsync(string hook, string key, CancellationToken cancellationToken)
    {
        while (await calls.FindAsync(hook, key, cancellationToken) is { } call)
        {
            var again = call with { State = HookCallState.Waiting, Attempts = 0, Next = time.GetUtcNow() };
            if (await calls.MoveAsync(hook, call, again, cancellationToken) is { } queued)
            {
                return queued;
            }
        }

        return null;
    }
}
