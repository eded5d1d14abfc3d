namespace DailyDigest.Hooks;

/// <summary>
/// Stores the deliveries of events, one for each web hook that takes them. Repeatable: a delivery is stored once, under a key that follows
/// from the event. Those who cause events call it in a step that is repeated after a crash.
/// </summary>
public sealed class PublishEvents(HookStore hooks, HookCallStore calls, TimeProvider time)
{
    // A step may be repeated long afterwards. Deliveries are kept for longer, so none is stored twice.
    private static readonly TimeSpan MaxAge = TimeSpan.FromDays(HookCallStore.KeepDays / 2.0);

    /// <summary>True if a hook takes events of the type.</summary>
    public async Task<bool> IsWantedAsync(IReadOnlyList<string> types, CancellationToken cancellationToken) =>
        (await hooks.ListOnAsync(cancellationToken)).Any(hook => hook.Events.Intersect(types, StringComparer.Ordinal).Any());

    /// <summary>Stores the deliveries. Without web hooks it writes nothing.</summary>
    public async Task ExecuteAsync(IReadOnlyList<HookEvent> events, CancellationToken cancellationToken)
    {
        if (events.Count == 0)
        {
            return;
        }

        var now = time.GetUtcNow();
        foreach (var hook in await hooks.ListOnAsync(cancellationToken))
        {
            foreach (var one in events.Where(one => hook.Takes(one) && now - one.At < MaxAge))
            {
                await calls.InsertAsync(hook.Id, one, hook.WithAddress, now, cancellationToken);
            }
        }
    }
}
