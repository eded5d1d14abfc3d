using Microsoft.Extensions.Configuration;

namespace DailyDigest.Monitoring;

/// <summary>
/// The targets of metrics, traces and logs. The names of the settings are those of OpenTelemetry and of Application Insights.
/// </summary>
internal sealed class MonitoringTargets
{
    private const string OtlpSetting = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string ConnectionSetting = "APPLICATIONINSIGHTS_CONNECTION_STRING";
    private const string LoginSetting = "APPLICATIONINSIGHTS_AUTHENTICATION_STRING";

    private readonly string? otlp;
    private readonly Dictionary<string, string> login;

    /// <summary>No target: for the options framework.</summary>
    public MonitoringTargets()
        : this(new ConfigurationManager(), isServer: false)
    {
    }

    public MonitoringTargets(IConfiguration configuration, bool isServer)
    {
        ToPrometheus = isServer
            && bool.TryParse(configuration[$"{MetricsOptions.Section}:{nameof(MetricsOptions.Prometheus)}"], out var wanted) && wanted;
        (otlp, ConnectionString) = (configuration[OtlpSetting], configuration[ConnectionSetting]);
        login = Pairs(configuration[LoginSetting]);
    }

    /// <summary>The address and key of Application Insights; null for none.</summary>
    public string? ConnectionString { get; }

    public bool ToOtlp => !string.IsNullOrWhiteSpace(otlp);

    public bool ToAzureMonitor => !string.IsNullOrWhiteSpace(ConnectionString);

    public bool ToPrometheus { get; }

    public bool Any => ToOtlp || ToAzureMonitor || ToPrometheus;

    /// <summary>True to log in at Application Insights with the app's identity: <c>Authorization=AAD</c>.</summary>
    public bool WithIdentity => login.TryGetValue("Authorization", out var kind) && kind.Equals("AAD", StringComparison.OrdinalIgnoreCase);

    /// <summary>The user-assigned identity; null for the one of <c>AZURE_CLIENT_ID</c>, or else the system-assigned.</summary>
    public string? ClientId => login.GetValueOrDefault("ClientId");

    /// <summary>One line per fault, each naming its setting, without its value.</summary>
    public IEnumerable<string> Validate()
    {
        if (ToOtlp && !(Uri.TryCreate(otlp, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"))
        {
            yield return $"{OtlpSetting}: the URL of an OTLP endpoint, such as http://localhost:4317, or nothing.";
        }

        if (ToAzureMonitor && !(Pairs(ConnectionString).TryGetValue("InstrumentationKey", out var key) && Guid.TryParse(key, out _)))
        {
            yield return $"{ConnectionSetting}: copy it from the page of Application Insights in the portal, or set nothing.";
        }
    }

    private static Dictionary<string, string> Pairs(string? text) => (text ?? "").Split(';', StringSplitOptions.TrimEntries)
        .Select(pair => pair.Split('=', 2)).Where(pair => pair is [_, { Length: > 0 }])
        .GroupBy(pair => pair[0], StringComparer.OrdinalIgnoreCase)
        .ToDictionary(pair => pair.Key, pair => pair.First()[1], StringComparer.OrdinalIgnoreCase);
}
