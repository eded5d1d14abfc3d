using System.Diagnostics;
using DailyDigest.Settings;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace DailyDigest.Server;

/// <summary>Wiring of metrics and traces.</summary>
internal static class TelemetryServices
{
    /// <summary>OpenTelemetry's standard setting. Without it nothing is collected or exported.</summary>
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    public static IServiceCollection AddTelemetry(this IServiceCollection services, IConfiguration configuration)
    {
        if (string.IsNullOrWhiteSpace(configuration[Endpoint]))
        {
            return services;
        }

        services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("dailydigest"))
            .WithMetrics(metrics => metrics.AddMeter(Telemetry.Name).AddAspNetCoreInstrumentation().AddOtlpExporter())
            .WithTracing(traces => traces
                .AddSource(Telemetry.Name)
                .AddAspNetCoreInstrumentation(requests => requests.EnrichWithHttpRequest = HideToken)
                .AddOtlpExporter());
        return services;
    }

    /// <summary>The path of a personal page ends in a token, which must not be traced. The first segment names the page.</summary>
    private static void HideToken(Activity activity, HttpRequest request)
    {
        var page = request.Path.Value?.Split('/') is [_, var first, ..] ? "/" + first : "/";
        activity.SetTag("url.path", page);
        activity.SetTag("url.query", null);
        activity.DisplayName = $"{request.Method} {page}";
    }
}
