using DailyDigest.Accounts;
using DailyDigest.Hooks;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>The pages of web hooks: list and add, then one with its log.</summary>
internal sealed class HookEndpoints(
    HookStore hooks, HookCallStore calls, AddHook add, SwitchHook switchHook, RedeliverEvent redeliver, TestHook test, AuditLog audit)
{
    private const string List = "/desk/hooks";
    private const int PerPage = 50;

    public void Map(GuardedRoutes routes)
    {
        routes.Get(List, Permission.ChangeSettings, ListAsync);
        routes.Post(List + "/add", Permission.ChangeSettings, AddAsync);
        routes.Get(List + "/{id}", Permission.ChangeSettings, ShowAsync);
        routes.Post(List + "/{id}/enable", Permission.ChangeSettings, request => SwitchAsync(request, "enable", HookState.On));
        routes.Post(List + "/{id}/disable", Permission.ChangeSettings, request => SwitchAsync(request, "disable", HookState.Off));
        routes.Post(List + "/{id}/remove", Permission.ChangeSettings, request => SwitchAsync(request, "remove", HookState.Removed));
        routes.Post(List + "/{id}/test", Permission.ChangeSettings, TestAsync);
        routes.Post(List + "/{id}/redeliver", Permission.ChangeSettings, RedeliverAsync);
    }

    private async Task ListAsync(DeskRequest request) =>
        await request.PageAsync<HooksPage>(("Hooks", await hooks.ListAsync(request.Cancellation)));

    /// <summary>The answer itself shows the secret: a redirect would need a place to keep it.</summary>
    private async Task AddAsync(DeskRequest request)
    {
        var (url, types) = (request.Form.Value("url") ?? "", string.Join(',', request.Form.GetValueOrDefault("events").ToArray()));
        var (outcome, hook, secret) = await add.ExecuteAsync(url, types, request.Form.ContainsKey("address"), request.Cancellation);
        if (outcome != AddHookOutcome.Added)
        {
            await request.PageAsync<HooksPage>(
                StatusCodes.Status422UnprocessableEntity, ("Hooks", await hooks.ListAsync(request.Cancellation)), ("Url", url),
                ("Chosen", types.Split(',')), ("Fault", outcome.ToString()));
            return;
        }

        var after = string.Join(' ', hook!.Events) + (hook.WithAddress ? " with address" : "");
        await audit.WriteAsync(request.Actor, "hook.add", hook.Id, null, after, request.Cancellation);
        await request.PageAsync<HookSecretPage>(("Hook", hook), ("Secret", secret));
    }

    private async Task ShowAsync(DeskRequest request)
    {
        if (await hooks.GetAsync(request.Route("id"), request.Cancellation) is not { } hook)
        {
            await request.NotFoundAsync();
            return;
        }

        var log = await calls.ListAsync(hook.Id, Key(request.Query("after")), PerPage, request.Cancellation);
        await request.PageAsync<HookPage>(("Hook", hook), ("Calls", log), ("Next", log.Count == PerPage ? log[^1].Key : null));
    }

    private async Task SwitchAsync(DeskRequest request, string verb, HookState state)
    {
        if (await hooks.GetAsync(request.Route("id"), request.Cancellation) is not { } hook)
        {
            await request.NotFoundAsync();
            return;
        }

        await switchHook.ExecuteAsync(hook.Id, state, request.Cancellation);
        await audit.WriteAsync(request.Actor, "hook." + verb, hook.Id, hook.State.ToString(), state.ToString(), request.Cancellation);
        await request.DoneAsync(
            state == HookState.Removed ? List : $"{List}/{hook.Id}", $"Hooks.Done.{state}", hook.Id);
    }

    private async Task TestAsync(DeskRequest request)
    {
        if (await hooks.GetAsync(request.Route("id"), request.Cancellation) is not { } hook)
        {
            await request.NotFoundAsync();
            return;
        }

        var call = await test.ExecuteAsync(hook, request.Cancellation);
        await audit.WriteAsync(request.Actor, "hook.test", hook.Id, null, call.Id, request.Cancellation);
        await (call.Fault is { } fault
            ? request.FaultAsync($"{List}/{hook.Id}", "Hooks.Test.Fault", fault)
            : request.DoneAsync($"{List}/{hook.Id}", "Hooks.Test.Done"));
    }

    private async Task RedeliverAsync(DeskRequest request)
    {
        if (await hooks.GetAsync(request.Route("id"), request.Cancellation) is not { } hook
            || Key(request.Form.Value("call")) is not { } key
            || await redeliver.ExecuteAsync(hook.Id, key, request.Cancellation) is not { } call)
        {
            await request.NotFoundAsync();
            return;
        }

        await audit.WriteAsync(request.Actor, "hook.redeliver", hook.Id, null, call.Id, request.Cancellation);
        await request.DoneAsync($"{List}/{hook.Id}", "Hooks.Redelivered");
    }

    private static string? Key(string? text) => Storage.TableRules.IsKey(text) ? text : null;
}
