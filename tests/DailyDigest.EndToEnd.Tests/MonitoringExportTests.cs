using System.Net.Sockets;
using System.Text;
using DailyDigest.EndToEnd.Tests.Fixtures;
using DailyDigest.Testing;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>Requests to the server: what it tells an OTLP endpoint about them, and what it logs when clients hang up.</summary>
public sealed class MonitoringExportTests : IDisposable
{
    private readonly PublicationFixture publication = new(9);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => publication.Dispose();

    [Fact]
    public async Task Metrics_traces_and_logs_go_out_and_name_a_page_and_never_its_token()
    {
        await using var receiver = await TelemetryReceiver.StartAsync(Cancellation);
        publication.Settings["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.Url;
        publication.Settings["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
        publication.Settings["OTEL_BSP_SCHEDULE_DELAY"] = "200";
        publication.Settings["OTEL_METRIC_EXPORT_INTERVAL"] = "500";
        await using var server = ServerProcess.Start(publication.Folder, publication.Settings, "serve");
        using var http = new HttpClient { BaseAddress = await server.AddressAsync(Cancellation) };
        http.DefaultRequestHeaders.UserAgent.ParseAdd("secret-agent");

        await http.GetAsync("/preferences/secret-token?lang=secret-query", Cancellation);
        await http.GetAsync("/secret-reader@example.org", Cancellation);
        await receiver.WaitForAsync("GET /preferences", Cancellation);
        await receiver.WaitForAsync("http.server.request.duration", Cancellation);
        await receiver.WaitForAsync("dailydigest.ticks", Cancellation);
        await receiver.WaitForAsync("Serving {BaseUrl} on {Addresses}", Cancellation);
        Assert.Equal(0, await server.StopAsync(Cancellation));

        Assert.Equal(["/v1/logs", "/v1/metrics", "/v1/traces"], receiver.Paths.Order(StringComparer.Ordinal));
        Assert.DoesNotContain("/desk/welcome/", receiver.Everything, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", receiver.Everything, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", server.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_hangs_up_leaves_no_stack_trace()
    {
        await using var server = ServerProcess.Start(publication.Folder, publication.Settings, "serve");
        var address = await server.AddressAsync(Cancellation);

        foreach (var request in new[]
        {
            "GET /digests HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "GET /digests HTTP/1.1\r\nHost: localhost\r\nAccept: te",
            "POST /signup HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 99\r\n\r\nemail=x",
            "POST /signup.json HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{\"em",
        })
        {
            using var client = new TcpClient();
            await client.ConnectAsync(address.Host, address.Port, Cancellation);
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request), Cancellation);
            client.LingerState = new LingerOption(true, 0);
        }

        // Stopping waits for the requests that are under way.
        Assert.Equal(0, await server.StopAsync(Cancellation));
        Assert.DoesNotContain("   at ", server.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", server.Output, StringComparison.Ordinal);
    }
}
