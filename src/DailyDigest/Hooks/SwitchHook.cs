namespace DailyDigest.Hooks;

/// <summary>Switches a web hook on or off, or removes it, on an operator's order.</summary>
public sealed class SwitchHook(HookStore hooks, TimeProvider time)
{
    /// <summary>
    /// Returns the hook afterwards; null if there is none. A hook that is switched on begins without failures. It gets the events from
    /// now on, and those that still wait for it.
    /// </summary>
    public Task<Hook?> ExecuteAsync(string id, HookState state, CancellationToken cancellationToken) =>
        hooks.ChangeAsync(
            id,
            hook => hook.State == state ? null
                : state == HookState.On
                    ? hook with
                    {
                        State = state,
                        Since = time.GetUtcNow(),
                        Ended = null,
                        Failures = 0,
                        FailingSince = null,
                        LastError = null,
                    }
                    : hook with { State = state, Ended = time.GetUtcNow() },
            cancellationToken);
}
