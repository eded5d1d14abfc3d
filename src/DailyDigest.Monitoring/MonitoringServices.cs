using Azure.Core;
using Azure.Identity;
using Azure.Monitor.OpenTelemetry.Exporter;
using DailyDigest.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace DailyDigest.Monitoring;

/// <summary>
/// Exports metrics, traces and, to an OTLP endpoint, logs, in both heads alike. To Application Insights logs go through the Functions host.
/// </summary>
public static class MonitoringServices
{
    /// <summary>OpenTelemetry's own setting, such as <c>traceidratio</c>.</summary>
    private const string Sampler = "OTEL_TRACES_SAMPLER";

    private const string Requests = "http.server.request.duration";

    /// <summary>The meter of .NET about the process: memory, processor, collections.</summary>
    private const string Runtime = "System.Runtime";

    /// <summary>
    /// Exports to an OTLP endpoint (<c>OTEL_EXPORTER_OTLP_ENDPOINT</c>), to Application Insights
    /// (<c>APPLICATIONINSIGHTS_CONNECTION_STRING</c>), and on the Server for Prometheus (<see cref="MetricsOptions"/>). If none is set,
    /// nothing is collected.
    /// </summary>
    public static IServiceCollection AddMonitoring(this IServiceCollection services, IConfiguration configuration, bool isServer = false)
    {
        var targets = new MonitoringTargets(configuration, isServer);
        if (!targets.Any)
        {
            return services;
        }

        services.AddOptions<MonitoringTargets>().ValidateOnStart();
        services.AddSingleton<IValidateOptions<MonitoringTargets>>(new TargetsCheck(targets));
        if (targets.Validate().Any())
        {
            // An exporter that cannot read its setting would end the start with an error of its own.
            return services;
        }

        var telemetry = services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("dailydigest", serviceVersion: Version))
            .WithMetrics(metrics => Add(metrics, targets));
        services.AddSingleton<ILoggerProvider, LogEvents>().AddHostedService<FirstSeries>();
        if (targets.ToOtlp || targets.ToAzureMonitor)
        {
            telemetry.WithTracing(traces => Add(traces, targets, configuration));
        }

        if (targets.ToOtlp)
        {
            // Without scopes, which the framework fills with what a client sent.
            telemetry.WithLogging(logs => logs.AddOtlpExporter(), options => options.IncludeScopes = false);
        }

        return services;
    }

    /// <summary>Maps the metrics for Prometheus, if they are collected.</summary>
    /// <param name="routes">The routes of the Server.</param>
    /// <param name="path">The path of the route.</param>
    /// <param name="guard">Adds the check of who asks.</param>
    public static void MapMetrics(this IEndpointRouteBuilder routes, string path, Action<IApplicationBuilder> guard)
    {
        if (routes.ServiceProvider.GetRequiredService<MetricsOptions>().Prometheus)
        {
            routes.MapPrometheusScrapingEndpoint(path, meterProvider: null, guard, optionsName: null);
        }
    }

    private static string? Version => typeof(MonitoringServices).Assembly.GetName().Version?.ToString(3);

    private static void Add(MeterProviderBuilder metrics, MonitoringTargets targets)
    {
        // A label of a request is its route, never its path: a client cannot make new series.
        metrics.AddMeter(Telemetry.Name).AddAspNetCoreInstrumentation().AddView(Requests, new MetricStreamConfiguration
        {
            TagKeys = ["http.request.method", "http.response.status_code", "http.route"],
        });
        _ = targets.ToOtlp || targets.ToPrometheus ? metrics.AddMeter(Runtime) : metrics;
        _ = targets.ToOtlp ? metrics.AddOtlpExporter() : metrics;
        _ = targets.ToPrometheus ? metrics.AddPrometheusExporter() : metrics;
        _ = targets.ToAzureMonitor ? metrics.AddAzureMonitorMetricExporter(options => Configure(options, targets)) : metrics;
    }

    private static void Add(TracerProviderBuilder traces, MonitoringTargets targets, IConfiguration configuration)
    {
        traces.AddSource(Telemetry.Name).AddAspNetCoreInstrumentation().AddProcessor(new TraceCleaner());

        // The default follows the request's header: a client could decide whether its request is traced.
        _ = string.IsNullOrEmpty(configuration[Sampler]) ? traces.SetSampler(new AlwaysOnSampler()) : traces;
        _ = targets.ToOtlp ? traces.AddOtlpExporter() : traces;
        _ = targets.ToAzureMonitor ? traces.AddAzureMonitorTraceExporter(options => Configure(options, targets)) : traces;
    }

    private static void Configure(AzureMonitorExporterOptions options, MonitoringTargets targets)
    {
        options.ConnectionString = targets.ConnectionString;
        options.Credential = targets.WithIdentity ? Credential(targets.ClientId) : null;
    }

    private static TokenCredential Credential(string? clientId) => clientId is null
        ? new DefaultAzureCredential()
        : new ManagedIdentityCredential(ManagedIdentityId.FromUserAssignedClientId(clientId));

    private sealed class TargetsCheck(MonitoringTargets targets) : IValidateOptions<MonitoringTargets>
    {
        public ValidateOptionsResult Validate(string? name, MonitoringTargets options) =>
            targets.Validate().ToList() is { Count: > 0 } faults ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }
}
