using System.ComponentModel;
using DailyDigest.Accounts;
using DailyDigest.Hooks;
using DailyDigest.Storage;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

[Description("A web hook.")]
internal sealed record ApiHook(
    [property: Description("8 hexadecimal digits.")] string Id,
    [property: Description("The URL to which events are posted.")] string Url,
    [property: Description("The types of events that it takes.")] IReadOnlyList<string> Events,
    [property: Description("True if events of readers have the address.")] bool WithAddress,
    [property: Description("on; off by an operator; gone or failing by its receiver.")] HookState State,
    [property: Description("When it was added.")] DateTimeOffset Created,
    [property: Description("Failed calls in a row.")] int Failures,
    [property: Description("Why the last call failed.")] string? LastError)
{
    public static ApiHook Of(Hook hook) =>
        new(hook.Id, hook.Url, hook.Events, hook.WithAddress, hook.State, hook.Created, hook.Failures, hook.LastError);
}

[Description("A new web hook.")]
internal sealed record ApiNewHook
{
    [Description("An https URL.")]
    public required string Url { get; init; }

    [Description("Types of events, or groups of types such as subscriber.*.")]
    public required IReadOnlyList<string> Events { get; init; }

    [Description("True: events of readers have the address.")]
    public bool WithAddress { get; init; }
}

[Description("A web hook with its secret, which is shown only once.")]
internal sealed record ApiAddedHook(
    [property: Description("The web hook.")] ApiHook Hook,
    [property: Description("The secret that signs its events.")] string Secret);

[Description("A new state of a web hook.")]
internal sealed record ApiHookChange
{
    [Description("True to call it, false to switch it off.")]
    public required bool IsOn { get; init; }
}

[Description("The delivery of an event to a web hook.")]
internal sealed record ApiHookCall(
    [property: Description("The delivery, to send it again.")] string Key,
    [property: Description("The header webhook-id.")] string Id,
    [property: Description("The type of the event.")] string Type,
    [property: Description("When it happened.")] DateTimeOffset At,
    [property: Description("waiting, delivered or failed.")] HookCallState State,
    [property: Description("Attempts so far.")] int Attempts,
    [property: Description("The status of the last answer.")] int? Status,
    [property: Description("Why the last attempt failed.")] string? Fault)
{
    public static ApiHookCall Of(HookCall call) =>
        new(call.Key, call.Id, call.Type, call.At, call.State, call.Attempts, call.Status, call.Fault);
}

/// <summary>Web hooks, and the log of their deliveries.</summary>
internal sealed class HookResource(
    HookStore hooks, HookCallStore calls, AddHook add, SwitchHook switchHook, RedeliverEvent redeliver, TestHook test, AuditLog audit)
{
    public void Map(ApiRoutes routes)
    {
        routes.Get("/hooks", Permission.ChangeSettings, "listHooks", ListAsync).Says("Lists the web hooks.");
        routes.Post<ApiNewHook, ApiAddedHook>("/hooks", Permission.ChangeSettings, "addHook", AddAsync)
            .Answers(StatusCodes.Status201Created).Says("Adds a web hook, and returns its secret.",
                "The answer is kept encrypted for a day, so that an Idempotency-Key gives the same secret again.");
        routes.Get("/hooks/{id}", Permission.ChangeSettings, "getHook", GetAsync).Fails(ApiProblem.NotFound).Says("Shows one web hook.");
        routes.Patch<ApiHookChange, ApiHook>("/hooks/{id}", Permission.ChangeSettings, "changeHook", ChangeAsync)
            .Fails(ApiProblem.NotFound).Says("Switches a web hook on or off.");
        routes.Delete("/hooks/{id}", Permission.ChangeSettings, "removeHook", RemoveAsync).Fails(ApiProblem.NotFound)
            .Says("Removes a web hook.");
        routes.Post("/hooks/{id}/test", Permission.ChangeSettings, "testHook", TestAsync).Fails(ApiProblem.NotFound)
            .Says("Sends a test event, and waits for the answer.");
        routes.Get("/hooks/{id}/calls", Permission.ChangeSettings, "listHookCalls", CallsAsync).InPages().Fails(ApiProblem.NotFound)
            .Says("Lists the deliveries of a web hook, newest first.");
        routes.Post("/hooks/{id}/calls/{key}/redeliver", Permission.ChangeSettings, "redeliverEvent", RedeliverAsync)
            .Fails(ApiProblem.NotFound).Says("Sends an event again.");
    }

    private async Task<ApiAnswer<ApiPage<ApiHook>>> ListAsync(ApiRequest request) =>
        request.Page((await hooks.ListAsync(request.Cancellation)).Select(ApiHook.Of), null);

    private async Task<ApiAnswer<ApiHook>> GetAsync(ApiRequest request) =>
        await FindAsync(request) is { } hook ? ApiHook.Of(hook) : ApiProblem.NotFound;

    private async Task<ApiAnswer<ApiAddedHook>> AddAsync(ApiRequest request, ApiNewHook body)
    {
        var (outcome, hook, secret) = await add.ExecuteAsync(
            body.Url, string.Join(',', body.Events), body.WithAddress, request.Cancellation);
        if (outcome != AddHookOutcome.Added)
        {
            return outcome == AddHookOutcome.NoUrl ? ApiProblem.Of("url", "must be an https URL without user name and password")
                : ApiProblem.Of("events", "must name at least one type of event that exists");
        }

        var after = string.Join(' ', hook!.Events) + (hook.WithAddress ? " with address" : "");
        await audit.WriteAsync(request.Actor, "hook.add", hook.Id, null, after, request.Cancellation);
        return ApiAnswer.Of(new ApiAddedHook(ApiHook.Of(hook), secret!)).In($"{ApiRoutes.Root}/hooks/{hook.Id}");
    }

    private Task<ApiAnswer<ApiHook>> ChangeAsync(ApiRequest request, ApiHookChange body) =>
        SwitchAsync(request, body.IsOn ? "enable" : "disable", body.IsOn ? HookState.On : HookState.Off, ApiHook.Of);

    private Task<ApiAnswer<NoContent>> RemoveAsync(ApiRequest request) =>
        SwitchAsync(request, "remove", HookState.Removed, _ => NoContent.Now);

    private async Task<ApiAnswer<T>> SwitchAsync<T>(ApiRequest request, string verb, HookState state, Func<Hook, T> answer) where T : class
    {
        if (await FindAsync(request) is not { } hook)
        {
            return ApiProblem.NotFound;
        }

        var after = await switchHook.ExecuteAsync(hook.Id, state, request.Cancellation);
        await audit.WriteAsync(request.Actor, "hook." + verb, hook.Id, hook.State.ToString(), state.ToString(), request.Cancellation);
        return answer(after ?? hook);
    }

    private async Task<ApiAnswer<ApiHookCall>> TestAsync(ApiRequest request)
    {
        if (await FindAsync(request) is not { } hook)
        {
            return ApiProblem.NotFound;
        }

        var call = await test.ExecuteAsync(hook, request.Cancellation);
        await audit.WriteAsync(request.Actor, "hook.test", hook.Id, null, call.Id, request.Cancellation);
        return ApiHookCall.Of(call);
    }

    private async Task<ApiAnswer<ApiPage<ApiHookCall>>> CallsAsync(ApiRequest request)
    {
        if (await FindAsync(request) is not { } hook)
        {
            return ApiProblem.NotFound;
        }

        var log = await calls.ListAsync(hook.Id, request.After, request.Take, request.Cancellation);
        return request.Page(log.Select(ApiHookCall.Of), log.Count == request.Take ? log[^1].Key : null);
    }

    private async Task<ApiAnswer<ApiHookCall>> RedeliverAsync(ApiRequest request)
    {
        var key = request.Route("key");
        if (await FindAsync(request) is not { } hook || !TableRules.IsKey(key)
            || await redeliver.ExecuteAsync(hook.Id, key, request.Cancellation) is not { } call)
        {
            return ApiProblem.NotFound;
        }

        await audit.WriteAsync(request.Actor, "hook.redeliver", hook.Id, null, call.Id, request.Cancellation);
        return ApiHookCall.Of(call);
    }

    private Task<Hook?> FindAsync(ApiRequest request) => hooks.GetAsync(request.Route("id"), request.Cancellation);
}
