using DailyDigest.Storage;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>Something an operator should look at, though pages are served: register one per thing to watch.</summary>
/// <param name="Name">A word, such as feeds. Anybody may read it.</param>
/// <param name="CheckAsync">Returns a sentence without addresses when there is something to say, otherwise null. It is for those with a key alone.</param>
public sealed record Alert(string Name, Func<CancellationToken, Task<string?>> CheckAsync);

/// <summary>/healthz (the process answers) and /readyz (storage answers too; with alerts).</summary>
internal sealed class HealthEndpoints(ITableStore tables, IEnumerable<Alert> alerts, ApiKeyGate gate, TimeProvider time) : IDisposable
{
    // Anybody may ask, and as often as they like; looking for alerts reads feeds, runs and mails that wait.
    private static readonly TimeSpan Age = TimeSpan.FromSeconds(30);

    private readonly Shelf<string, IReadOnlyList<Raised>> looked = new(1, time, atOnce: 1);

    private sealed record Raised(string Alert, string Text);

    /// <summary>GET /healthz</summary>
    public static Task HealthyAsync(HttpContext context) => Problem.WriteJsonAsync(context, StatusCodes.Status200OK, new { status = "ok" });

    /// <summary>GET /readyz: 200, or 503 when storage is out of reach. The alerts are at most half a minute old; what they say is for who brings a key.</summary>
    public async Task ReadyAsync(HttpContext context)
    {
        IReadOnlyList<Raised> raised;
        try
        {
            await tables.GetAsync(Tables.Facts, "ready", "ready", context.RequestAborted);
            raised = (await looked.GetAsync("alerts", Age, LookAsync, context.RequestAborted))!;
        }
        catch (StorageException)
        {
            await Problem.WriteJsonAsync(context, StatusCodes.Status503ServiceUnavailable, new { status = "storage is out of reach" });
            return;
        }

        var opens = gate.Opens(context.Request);
        IEnumerable<object> said = raised.Select(one => opens ? (object)new { alert = one.Alert, text = one.Text } : new { alert = one.Alert });
        await Problem.WriteJsonAsync(context, StatusCodes.Status200OK, new { status = "ready", alerts = said });
    }

    /// <inheritdoc/>
    public void Dispose() => looked.Dispose();

    private async Task<IReadOnlyList<Raised>?> LookAsync(CancellationToken cancellationToken)
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
