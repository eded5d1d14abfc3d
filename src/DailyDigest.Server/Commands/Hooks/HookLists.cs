using System.Globalization;
using DailyDigest.Hooks;

namespace DailyDigest.Server.Commands;

/// <summary>The lists of <c>hooks</c>.</summary>
internal static class HookLists
{
    public static async Task<int> HooksAsync(
        IServiceProvider services, Terminal terminal, bool json, CancellationToken cancellationToken)
    {
        var hooks = await services.GetRequiredService<HookStore>().ListAsync(cancellationToken);
        if (json)
        {
            await terminal.JsonAsync(hooks.Select(hook => new
            {
                hook.Id,
                hook.State,
                hook.Url,
                hook.Events,
                hook.WithAddress,
                hook.Created,
                hook.Failures,
                hook.FailingSince,
                hook.LastError,
            }));
            return 0;
        }

        await terminal.TableAsync(
            ["id", "state", "failures", "last error", "address", "events", "url"],
            hooks.Select(hook => (IReadOnlyList<string>)
            [
                hook.Id, Format.Name(hook.State), hook.Failures.ToString(CultureInfo.InvariantCulture), hook.LastError ?? "",
                hook.WithAddress ? "yes" : "no", hook.Events.Count == HookTypes.All.Count ? "all" : string.Join(' ', hook.Events), hook.Url,
            ]));
        return 0;
    }

    public static async Task<int> CallsAsync(
        IServiceProvider services, Terminal terminal, string id, int count, bool json, CancellationToken cancellationToken)
    {
        if (await FindAsync(services, terminal, id, cancellationToken) is not { } hook)
        {
            return 1;
        }

        var calls = await services.GetRequiredService<HookCallStore>().ListAsync(hook.Id, null, count, cancellationToken);
        if (json)
        {
            await terminal.JsonAsync(calls.Select(call => new
            {
                call.Id,
                call.Type,
                call.At,
                call.State,
                call.Attempts,
                call.Tried,
                call.Status,
                call.Fault,
                call.Next,
            }));
            return 0;
        }

        await terminal.TableAsync(
            ["event", "type", "at", "state", "attempts", "status", "fault", "next try"],
            calls.Select(call => (IReadOnlyList<string>)
            [
                call.Id, call.Type, Format.Time(call.At), Format.Name(call.State), call.Attempts.ToString(CultureInfo.InvariantCulture),
                call.Status?.ToString(CultureInfo.InvariantCulture) ?? "", call.Fault ?? "", Format.Time(call.Next, ""),
            ]));
        return 0;
    }

    /// <summary>Returns the hook; null, with an error line, if there is none.</summary>
    public static async Task<Hook?> FindAsync(
        IServiceProvider services, Terminal terminal, string id, CancellationToken cancellationToken)
    {
        var hook = await services.GetRequiredService<HookStore>().GetAsync(id, cancellationToken);
        if (hook is null)
        {
            await terminal.ErrorAsync($"There is no web hook {id}; hooks list shows them.");
        }

        return hook;
    }
}
