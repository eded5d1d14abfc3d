using DailyDigest.Accounts;
using DailyDigest.Hooks;

namespace DailyDigest.Server.Commands;

/// <summary>The verbs of <c>hooks</c> that change something.</summary>
internal static class HookActs
{
    public static async Task<int> AddAsync(
        IServiceProvider services, Terminal terminal, string url, string events, bool withAddress, CancellationToken cancellationToken)
    {
        var (outcome, hook, secret) = await services.GetRequiredService<AddHook>()
            .ExecuteAsync(url, events, withAddress, cancellationToken);
        if (outcome != AddHookOutcome.Added)
        {
            await terminal.ErrorAsync(outcome == AddHookOutcome.NoUrl
                ? "URL: an absolute https URL without user name and password."
                : $"--events: all, or some of {string.Join(", ", HookTypes.All)}, separated by commas.");
            return 2;
        }

        var types = string.Join(' ', hook!.Events) + (hook.WithAddress ? " with address" : "");
        await AuditAsync(services, "hook.add", hook, null, types, cancellationToken);
        await terminal.LineAsync($"Web hook {hook.Id} added: {string.Join(", ", hook.Events)}");
        await terminal.LineAsync($"Secret, shown once: {secret}");
        return 0;
    }

    public static async Task<int> EnableAsync(
        IServiceProvider services, Terminal terminal, Hook hook, CancellationToken cancellationToken)
    {
        await SwitchAsync(services, "hook.enable", hook, HookState.On, cancellationToken);
        await terminal.LineAsync($"Web hook {hook.Id} is on.");
        return 0;
    }

    public static async Task<int> DisableAsync(
        IServiceProvider services, Terminal terminal, Hook hook, CancellationToken cancellationToken)
    {
        await SwitchAsync(services, "hook.disable", hook, HookState.Off, cancellationToken);
        await terminal.LineAsync($"Web hook {hook.Id} is off. Events from now on are not kept for it.");
        return 0;
    }

    public static async Task<int> RemoveAsync(
        IServiceProvider services, Terminal terminal, Hook hook, CancellationToken cancellationToken)
    {
        await SwitchAsync(services, "hook.remove", hook, HookState.Removed, cancellationToken);
        await terminal.LineAsync($"Web hook {hook.Id} removed.");
        return 0;
    }

    public static async Task<int> TestAsync(
        IServiceProvider services, Terminal terminal, Hook hook, CancellationToken cancellationToken)
    {
        var call = await services.GetRequiredService<TestHook>().ExecuteAsync(hook, cancellationToken);
        if (call.Fault is { } fault)
        {
            await terminal.ErrorAsync($"Web hook {hook.Id} did not take the test event {call.Id}: {fault}");
            return 1;
        }

        await terminal.LineAsync($"Web hook {hook.Id} took the test event {call.Id}: {call.Status}");
        return 0;
    }

    public static async Task<int> RedeliverAsync(
        IServiceProvider services, Terminal terminal, string id, string one, CancellationToken cancellationToken)
    {
        if (await HookLists.FindAsync(services, terminal, id, cancellationToken) is not { } hook)
        {
            return 1;
        }

        if (await services.GetRequiredService<HookCallStore>().FindByIdAsync(hook.Id, one, cancellationToken) is not { } call
            || await services.GetRequiredService<RedeliverEvent>().ExecuteAsync(hook.Id, call.Key, cancellationToken) is null)
        {
            await terminal.ErrorAsync($"Not one event of this web hook is meant by {one}; hooks log shows them.");
            return 1;
        }

        await AuditAsync(services, "hook.redeliver", hook, null, call.Id, cancellationToken);
        await terminal.LineAsync($"{call.Id} is queued; the running program sends it."
            + (hook.State == HookState.On ? "" : " The web hook is off: run hooks enable."));
        return 0;
    }

    private static async Task SwitchAsync(
        IServiceProvider services, string verb, Hook hook, HookState state, CancellationToken cancellationToken)
    {
        await services.GetRequiredService<SwitchHook>().ExecuteAsync(hook.Id, state, cancellationToken);
        await AuditAsync(services, verb, hook, Format.Name(hook.State), Format.Name(state), cancellationToken);
    }

    private static Task AuditAsync(
        IServiceProvider services, string verb, Hook hook, string? before, string? after, CancellationToken cancellationToken) =>
        services.GetRequiredService<AuditLog>().WriteAsync(Actor.CommandLine, verb, hook.Id, before, after, cancellationToken);
}
