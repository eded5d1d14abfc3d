using System.Diagnostics;
using DailyDigest.Functions.Tests.TestHost;
using DailyDigest.Monitoring;
using DailyDigest.Runs;
using DailyDigest.Testing;
using Microsoft.Extensions.Configuration;

namespace DailyDigest.Functions.Tests;

/// <summary>Metrics and traces of the real worker, taken by a receiver on this machine.</summary>
public sealed class MonitoringTests : IAsyncLifetime
{
    private readonly FunctionApp app = new();
    private TelemetryReceiver? receiver;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        receiver = await TelemetryReceiver.StartAsync(Cancellation);
        app.Settings["OTEL_METRIC_EXPORT_INTERVAL"] = "500";
        app.Settings["OTEL_BSP_SCHEDULE_DELAY"] = "200";
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        await receiver!.DisposeAsync();
    }

    [Fact]
    public async Task A_run_reaches_an_otlp_endpoint_without_tokens_and_addresses()
    {
        FunctionApp.Require();
        app.Settings["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver!.Url;
        app.Settings["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
        await app.InitializeAsync();

        var secrets = await JourneyAsync();
        await receiver.WaitForAsync("dailydigest.deliveries", Cancellation);
        await receiver.WaitForAsync("deliver part", Cancellation);
        await receiver.WaitForAsync("GET /preferences", Cancellation);
        await app.Worker.TerminateAsync(Cancellation);

        await receiver.WaitForAsync("Run {Date:yyyy-MM-dd} {Cohort} closed", Cancellation);
        Assert.Equal(["/v1/logs", "/v1/metrics", "/v1/traces"], receiver.Paths.Order(StringComparer.Ordinal));
        Assert.Contains("dailydigest.send.duration", receiver.Everything, StringComparison.Ordinal);
        AssertSilent(secrets);
    }

    [Fact]
    public async Task A_run_reaches_application_insights_without_tokens_and_addresses()
    {
        FunctionApp.Require();
        app.Settings["APPLICATIONINSIGHTS_CONNECTION_STRING"] =
            $"InstrumentationKey=5f3e2a80-0000-4000-8000-000000000002;IngestionEndpoint={receiver!.Url}/;LiveEndpoint={receiver.Url}/";
        // The exporter's own statistics would go to Microsoft. cspell:ignore STATSBEAT
        app.Settings["APPLICATIONINSIGHTS_STATSBEAT_DISABLED"] = "true";
        await app.InitializeAsync();

        var secrets = await JourneyAsync();

        // The exporter sends metrics once a minute, and when the worker ends.
        await app.Worker.TerminateAsync(Cancellation);
        await receiver.WaitForAsync("dailydigest.deliveries", Cancellation);

        AssertSilent(secrets);
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "hunter2")]
    [InlineData("APPLICATIONINSIGHTS_CONNECTION_STRING", "hunter2")]
    [InlineData("APPLICATIONINSIGHTS_CONNECTION_STRING", "InstrumentationKey=hunter2;IngestionEndpoint=http://127.0.0.1/")]
    public async Task A_target_that_cannot_be_read_ends_the_start_with_its_name(string name, string value)
    {
        var settings = new Dictionary<string, string>(ExampleSettings.Deployed()) { [name] = value };
        await using var worker = WorkerProcess.Start("http://127.0.0.1:9/", Guid.NewGuid().ToString(), settings);

        Assert.Equal(1, await worker.EndAsync(Cancellation));
        Assert.StartsWith(name + ": ", worker.Output.Trim(), StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", worker.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, false, null)]
    [InlineData("Authorization=AAD", true, null)]
    [InlineData("authorization=aad;ClientId=abc", true, "abc")]
    [InlineData("ClientId=abc", false, "abc")]
    public void The_identity_logs_in_at_application_insights_when_the_platforms_setting_says_so(string? text, bool identity, string? client)
    {
        var targets = new MonitoringTargets(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["APPLICATIONINSIGHTS_AUTHENTICATION_STRING"] = text,
        }).Build(), isServer: false);

        Assert.Equal((identity, client), (targets.WithIdentity, targets.ClientId));
    }

    [Theory]
    [InlineData("/preferences/secret-token", "/preferences")]
    [InlineData("/reader@example.org", "/")]
    [InlineData("/Q2FuIGJlIHJlYWQ", "/")]
    [InlineData("/", "/")]
    public void A_trace_of_a_request_names_the_page_and_nothing_that_a_client_wrote(string path, string page)
    {
        using var source = new ActivitySource("Microsoft.AspNetCore");
        using var listener = new ActivityListener
        {
            ShouldListenTo = one => one == source,
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);
        using var activity = source.StartActivity("request")!;
        activity.SetTag("http.request.method", "GET").SetTag("url.path", path).SetTag("url.query", "?email=reader@example.org")
            .SetTag("user_agent.original", "secret").SetTag("server.address", "secret").SetTag("http.response.status_code", 200)
            .SetStatus(ActivityStatusCode.Error, "secret").TraceStateString = "secret=1";

        using var cleaner = new TraceCleaner();
        cleaner.OnEnd(activity);

        Assert.Equal($"GET {page}", activity.DisplayName);
        Assert.Equal(
            new Dictionary<string, object?> { ["http.request.method"] = "GET", ["url.path"] = page, ["http.response.status_code"] = 200 },
            activity.TagObjects.ToDictionary());
        Assert.Null(activity.StatusDescription);
        Assert.Null(activity.TraceStateString);
    }

    /// <summary>A reader signs up, gets the digest and opens the preferences. Returns what must not be exported.</summary>
    private async Task<IReadOnlyList<string>> JourneyAsync()
    {
        await app.BeginTodayAsync();
        var reader = new Visitor(app.Worker, "ada.reader@example.org");
        await reader.SignUpAsync();
        await app.Worker.TimerAsync("Notices", Cancellation);
        var confirm = reader.LinkIn(Assert.Single(await reader.MailAsync(app.Smtp)), "/confirm/");
        await reader.AskAsync(HttpMethod.Post, confirm, new Dictionary<string, string>());
        await app.Worker.TimerAsync("Ingest", Cancellation);
        await app.Worker.TimerAsync("Tick", Cancellation);
        await app.Queue.DrainAsync(app.Worker, Cancellation);
        var mail = (await reader.MailAsync(app.Smtp))[^1];
        await reader.AskAsync(HttpMethod.Get, reader.LinkIn(mail, "/preferences/") + "?lang=query-text");
        await app.Worker.TimerAsync("Tick", Cancellation);
        var run = await app.Get<RunStore>().GetAsync(app.Today, app.Home.Key, Cancellation);
        Assert.Equal(RunState.Closed, run?.State);
        return [.. reader.Secrets, "query-text", "203.0.113.7"];
    }

    private void AssertSilent(IReadOnlyList<string> secrets)
    {
        Assert.True(secrets.Count > 4, "The journey has too few secrets to look for.");
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, receiver!.Everything, StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain("@example", receiver!.Everything, StringComparison.Ordinal);
    }
}
