using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Testing;

/// <summary>
/// Takes metrics and traces on 127.0.0.1: OTLP over HTTP, and what Application Insights takes. Texts in both are readable as they come.
/// </summary>
internal sealed class TelemetryReceiver : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentQueue<(string Path, string Body)> received = new();
    private readonly Lock gate = new();
    private TaskCompletionSource more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private TelemetryReceiver(WebApplication app) => this.app = app;

    /// <summary>The address, without a path.</summary>
    public string Url => app.Urls.Single();

    /// <summary>All that came, a byte a character.</summary>
    public string Everything => string.Join('\n', received.Select(one => one.Body));

    /// <summary>The paths of the requests.</summary>
    public IReadOnlyCollection<string> Paths => [.. received.Select(one => one.Path).Distinct()];

    /// <summary>Starts it on a free port.</summary>
    public static async Task<TelemetryReceiver> StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var receiver = new TelemetryReceiver(builder.Build());
        receiver.app.Run(receiver.TakeAsync);
        await receiver.app.StartAsync(cancellationToken);
        return receiver;
    }

    /// <summary>Waits until a request has had the text in its body, three minutes at most.</summary>
    public async Task WaitForAsync(string text, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task next;
            lock (gate)
            {
                if (received.Any(one => one.Body.Contains(text, StringComparison.Ordinal)))
                {
                    return;
                }

                next = more.Task;
            }

            await next.WaitAsync(TimeSpan.FromMinutes(3), cancellationToken);
        }
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using var memory = new MemoryStream();
        await using var body = context.Request.Headers.ContentEncoding == "gzip"
            ? new GZipStream(context.Request.Body, CompressionMode.Decompress) : context.Request.Body;
        await body.CopyToAsync(memory, context.RequestAborted);
        lock (gate)
        {
            received.Enqueue((context.Request.Path, Encoding.UTF8.GetString(memory.ToArray())));
            more.TrySetResult();
            more = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        // Application Insights answers how many items it took; OTLP reads an empty message.
        var isOtlp = context.Request.Path.StartsWithSegments("/v1", StringComparison.Ordinal);
        context.Response.ContentType = isOtlp ? "application/x-protobuf" : "application/json";
        await context.Response.WriteAsync(isOtlp ? "" : """{"itemsReceived":1,"itemsAccepted":1,"errors":[]}""", context.RequestAborted);
    }
}
