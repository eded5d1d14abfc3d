using DailyDigest.Storage;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>Something an operator should look at, though pages are served: register one per thing to watch.</summary>
/// <param name="Name">A word, such as feeds.</param>
/// <param name="CheckAsync">Returns a sentence without addresses when there is something to say, otherwise null.</param>
public sealed record Alert(string Name, Func<CancellationToken, Task<string?>> CheckAsync);

/// <summary>/healthz (the process answers) and /readyz (storage answers too; with alerts).</summary>
internal sealed class HealthEndpoints(ITableStore tables, IEnumerable<Alert> alerts)
{
    /// <summary>GET /healthz</summary>
    public static Task HealthyAsync(HttpContext context) => Problem.WriteJsonAsync(context, StatusCodes.Status200OK, new { status = "ok" });

    /// <summary>GET /readyz: 200, or 503 when storage is out of reach.</summary>
    public async Task ReadyAsync(HttpContext context)
    {
        var said = new List<object>();
        try
        {
            await tables.GetAsync(Tables.Facts, "ready", "ready", context.RequestAborted);
            foreach (var alert in alerts)
            {
                if (await alert.CheckAsync(context.RequestAborted) is { } text)
                {
                    said.Add(new { alert = alert.Name, text });
                }
            }
        }
        catch (StorageException)
        {
            await Problem.WriteJsonAsync(context, StatusCodes.Status503ServiceUnavailable, new { status = "storage is out of reach" });
            return;
        }

        await Problem.WriteJsonAsync(context, StatusCodes.Status200OK, new { status = "ready", alerts = said });
    }
}
