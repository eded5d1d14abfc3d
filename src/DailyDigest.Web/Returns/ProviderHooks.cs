using System.Collections.Concurrent;
using DailyDigest.Accounts;
using DailyDigest.Returns;
using DailyDigest.Settings;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Web;

/// <summary>
/// The web hooks of mail providers, below <c>/hooks</c>. Each request is refused, answered, or settled as a whole: 200 says that nothing of
/// it is needed again, 503 that the provider shall send it again. That has no second effect, in any order.
/// </summary>
internal sealed partial class ProviderHooks(
    IEnumerable<IProviderHook> hooks, SettleReturn settle, WrongKeys wrong, TimeProvider time, ILogger<ProviderHooks> logger)
{
    /// <summary>The first segment of every route.</summary>
    public const string Root = "/hooks";

    /// <summary>Maximum size of a body: 1 MiB.</summary>
    public const int MaxBytes = 1 << 20;

    /// <summary>
    /// An event about a delivery that is still being sent is asked for again as long as it is younger than this. Later it is dropped:
    /// providers slow down or give up an address that answers 503 for hours, and it would hold up the rest of its batch.
    /// </summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromHours(1);

    private const int MaxConcurrent = 16;
    private const string RetryAfterSeconds = "300";

    /// <summary>Registers the adapters and their options.</summary>
    public static IServiceCollection Add(IServiceCollection services, Microsoft.Extensions.Configuration.IConfiguration configuration)
    {
        services.AddSettings<ProviderHookOptions>(configuration, ProviderHookOptions.Section, (options, _) => options.Validate());
        services.AddSecrets(() => ProviderHookOptions.Secrets(configuration));
        return services.AddSingleton<ProviderHooks>().AddSingleton<SnsSignatures>().AddSingleton<IProviderHook, SesHook>()
            .AddSingleton<IProviderHook, AzureHook>().AddSingleton<IProviderHook, SendGridHook>()
            .AddSingleton<IProviderHook, MailgunHook>().AddSingleton<IProviderHook, PostmarkHook>();
    }

    /// <summary>Maps a route for each provider.</summary>
    public void Map(GuardedRoutes routes)
    {
        foreach (var hook in hooks)
        {
            routes.Hook($"{Root}/{hook.Name}", hook.Methods, context => AnswerAsync(hook, context));
        }

        routes.HookRest(Root + "/{**rest}", ApiEndpoints.NotFoundAsync);
    }

    private async Task AnswerAsync(IProviderHook hook, HttpContext context)
    {
        if (!hook.IsOpen)
        {
            await ApiEndpoints.NotFoundAsync(context);
            return;
        }

        // Before the check and for right requests too, as for API keys.
        await wrong.DelayAsync(context);
        var body = await RequestBody.BytesAsync(context.Request, MaxBytes);
        await (await hook.ReadAsync(context.Request, body, context.RequestAborted) switch
        {
            HookReading.Events events => SettleAsync(hook.Name, events, context),
            HookReading.Handshake { Answer: { } answer } => Problem.WriteJsonAsync(context, StatusCodes.Status200OK, answer),
            HookReading.Handshake => Problem.WriteJsonAsync(context, StatusCodes.Status200OK, new { received = 0 }),
            HookReading.Unavailable => AgainAsync(context),
            HookReading.Unreadable => UnreadableAsync(hook.Name, context),
            _ => RefuseAsync(hook.Name, context),
        });
    }

    private async Task SettleAsync(string name, HookReading.Events events, HttpContext context)
    {
        var results = new ConcurrentDictionary<ReturnResult, int>();
        var waiting = 0;
        await Parallel.ForEachAsync(
            events.Items.DistinctBy(one => one.Id),
            new ParallelOptions { MaxDegreeOfParallelism = MaxConcurrent, CancellationToken = context.RequestAborted },
            async (one, cancellationToken) =>
            {
                var result = await settle.ExecuteAsync(one, cancellationToken);
                results.AddOrUpdate(result, 1, (_, count) => count + 1);
                if (result == ReturnResult.NotYet && !(one.At < time.GetUtcNow() - MaxWait))
                {
                    Interlocked.Increment(ref waiting);
                }
            });
        Log.Settled(
            logger, name, events.Items.Count, results.GetValueOrDefault(ReturnResult.Done),
            results.GetValueOrDefault(ReturnResult.Repeated), results.GetValueOrDefault(ReturnResult.Unproven), waiting);
        if (events.Unread > 0)
        {
            Log.Unread(logger, name, events.Unread);
        }

        await (waiting > 0 ? AgainAsync(context) : Problem.WriteJsonAsync(
            context, StatusCodes.Status200OK, new { received = events.Items.Count, unread = events.Unread }));
    }

    private Task RefuseAsync(string name, HttpContext context)
    {
        wrong.AddSignature(context, $"{Root}/{name}");
        return Problem.WriteAsync(
            context, StatusCodes.Status401Unauthorized, "This request is not proven to come from the provider.", code: "no-proof");
    }

    private Task UnreadableAsync(string name, HttpContext context)
    {
        Log.Unread(logger, name, 1);
        return Problem.WriteAsync(
            context, StatusCodes.Status400BadRequest, "The body must have the provider's documented form.", code: "unreadable");
    }

    private static Task AgainAsync(HttpContext context)
    {
        context.Response.Headers.RetryAfter = RetryAfterSeconds;
        return Problem.WriteAsync(
            context, StatusCodes.Status503ServiceUnavailable, "Send it again in a few minutes.", code: "unavailable");
    }

    private static partial class Log
    {
        [LoggerMessage(880, LogLevel.Information,
            "Web hook {Name}: {Count} events about mails, {Done} recorded, {Repeated} known before, {Unproven} about no delivery of ours, "
            + "{Waiting} wanted again")]
        public static partial void Settled(
            ILogger logger, string name, int count, int done, int repeated, int unproven, int waiting);

        [LoggerMessage(881, LogLevel.Warning,
            "Web hook {Name}: {Count} events could not be read and are left out. The provider may have changed their form")]
        public static partial void Unread(ILogger logger, string name, int count);
    }
}
