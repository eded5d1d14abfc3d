namespace DailyDigest.Monitoring;

/// <summary>The metrics that a Prometheus server fetches. Section <c>Metrics</c>. Only the Server has them.</summary>
public sealed class MetricsOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Metrics";

    /// <summary>True to collect the metrics and to show them at <c>/metrics</c> to keys of the scope <c>metrics</c>.</summary>
    public bool Prometheus { get; set; }
}
