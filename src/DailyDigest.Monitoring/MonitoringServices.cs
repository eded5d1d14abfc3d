using Azure.Core;
using Azure.Identity;
using Azure.Monitor.OpenTelemetry.Exporter;
using DailyDigest.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace DailyDigest.Monitoring;

/// <summary>Exports metrics and traces, in both heads alike. Logs are not exported here: the heads have their own way for them.</summary>
public static class MonitoringServices
{
    /// <summary>OpenTelemetry's own setting, such as <c>traceidratio</c>.</summary>
    private const string Sampler = "OTEL_TRACES_SAMPLER";

    /// <summary>
    /// Exports to an OTLP endpoint (<c>OTEL_EXPORTER_OTLP_ENDPOINT</c>), to Application Insights
    /// (<c>APPLICATIONINSIGHTS_CONNECTION_STRING</c>), or to both. If neither is set, nothing is collected.
    /// </summary>
    public static IServiceCollection AddMonitoring(this IServiceCollection services, IConfiguration configuration)
    {
        var targets = new MonitoringTargets(configuration);
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

        services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("dailydigest"))
            .WithMetrics(metrics =>
            {
                metrics.AddMeter(Telemetry.Name).AddAspNetCoreInstrumentation();
                _ = targets.ToOtlp ? metrics.AddOtlpExporter() : metrics;
                _ = targets.ToAzureMonitor ? metrics.AddAzureMonitorMetricExporter(options => Configure(options, targets)) : metrics;
            })
            .WithTracing(traces =>
            {
                traces.AddSource(Telemetry.Name).AddAspNetCoreInstrumentation().AddProcessor(new TraceCleaner());

                // The default follows the request's header: a client could decide whether its request is traced.
                _ = string.IsNullOrEmpty(configuration[Sampler]) ? traces.SetSampler(new AlwaysOnSampler()) : traces;
                _ = targets.ToOtlp ? traces.AddOtlpExporter() : traces;
                _ = targets.ToAzureMonitor ? traces.AddAzureMonitorTraceExporter(options => Configure(options, targets)) : traces;
            });
        return services;
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
