using DailyDigest.Content;

namespace DailyDigest.Hooks;

/// <summary>The outcome of <see cref="AddHook"/>.</summary>
public enum AddHookOutcome
{
    /// <summary>Added.</summary>
    Added,

    /// <summary>Not an absolute https URL without user name and password.</summary>
    NoUrl,

    /// <summary>No event is named, or one that does not exist.</summary>
    NoEvents,
}

/// <summary>Adds a web hook with a new secret.</summary>
public sealed class AddHook(HookStore hooks, HookSecrets secrets, HooksOptions options)
{
    /// <summary>Returns the hook and its secret, which cannot be shown again.</summary>
    /// <param name="url">The URL to which events are posted.</param>
    /// <param name="events">Types or groups of types (<see cref="HookTypes.Find"/>), separated by commas.</param>
    /// <param name="withAddress">True if events of subscribers have the address.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public async Task<(AddHookOutcome Outcome, Hook? Hook, string? Secret)> ExecuteAsync(
        string url, string events, bool withAddress, CancellationToken cancellationToken)
    {
        if (!CanonicalUrl.TryLink(url.Trim(), out var link)
            || !(link.StartsWith("https:", StringComparison.Ordinal) || options.AllowPrivateAddresses))
        {
            return (AddHookOutcome.NoUrl, null, null);
        }

        var found = events.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(HookTypes.Find).ToList();
        if (found.Count == 0 || found.Any(types => types.Count == 0))
        {
            return (AddHookOutcome.NoEvents, null, null);
        }

        var (shown, stored) = secrets.Create();
        string[] types = [.. HookTypes.All.Where(type => found.Any(one => one.Contains(type)))];
        return (AddHookOutcome.Added, await hooks.AddAsync(link, types, withAddress, stored, cancellationToken), shown);
    }
}
