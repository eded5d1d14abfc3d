using DailyDigest.Storage;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>A condition that an operator should look at although pages are served.</summary>
/// <param name="Name">A word, such as feeds. It is public.</param>
/// <param name="CheckAsync">Returns a sentence without addresses if the alert is raised, otherwise null. Only holders of a key see
/// it.</param>
internal sealed record Alert(string Name, Func<CancellationToken, Task<string?>> CheckAsync);

/// <summary>/healthz (the process answers) and /readyz (storage answers too; lists alerts).</summary>
internal sealed class HealthEndpoints(
    ITableStore tables, ProbeStorage probe, IEnumerable<Alert> alerts, ApiKeyCheck keys, TimeProvider time) : IDisposable
{
    // Anybody may send requests at any rate, and a check of the alerts reads feeds, runs and waiting notices.
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(30);

    private readonly PageCache<string, IReadOnlyList<Raised>> cache = new(1, time, maxBuilds: 1);

    private sealed record Raised(string Alert, string Text);

    /// <summary>GET /healthz</summary>
    public static Task HealthyAsync(HttpContext context) => Problem.WriteJsonAsync(context, StatusCodes.Status200OK, new { status = "ok" });

    /// <summary>
    /// GET /readyz: 200, or 503 if storage does not answer or takes no writes. The alerts are at most 30 seconds old. Their texts need a
    /// key for the desk.
    /// </summary>
    public async Task ReadyAsync(HttpContext context)
    {
        var fault = probe.Fault;
        IReadOnlyList<Raised> raised = [];
        if (fault is null)
        {
            try
            {
                await tables.GetAsync(Tables.Facts, "ready", "ready", context.RequestAborted);
                raised = (await cache.GetAsync("alerts", MaxAge, CheckAsync, context.RequestAborted))!;
            }
            catch (StorageException exception)
            {
                fault = exception.Message;
            }
        }

        var withTexts = await keys.AllowsAsync(context, ApiScopes.Desk);
        var shown = (fault is null ? raised : [new Raised("storage", fault)])
            .Select(one => withTexts ? (object)new { alert = one.Alert, text = one.Text } : new { alert = one.Alert });
        await (fault is null
            ? Problem.WriteJsonAsync(context, StatusCodes.Status200OK, new { status = "ready", alerts = shown })
            : Problem.WriteJsonAsync(
                context, StatusCodes.Status503ServiceUnavailable, new { status = "storage is out of reach", alerts = shown }));
    }

    /// <inheritdoc/>
    public void Dispose() => cache.Dispose();

    private async Task<IReadOnlyList<Raised>?> CheckAsync(CancellationToken cancellationToken)
    {
        var raised = new List<Raised>();
        foreach (var alert in alerts)
        {
            if (await alert.CheckAsync(cancellationToken) is { } text)
            {
                raised.Add(new Raised(alert.Name, text));
            }
        }

        return raised;
    }
}
