using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace DailyDigest.Settings;

/// <summary>Metrics and traces under the name DailyDigest; a head exports them when an OTLP endpoint is set.</summary>
public static class Telemetry
{
    /// <summary>The name of the meter and of the activity source.</summary>
    public const string Name = "DailyDigest";

    /// <summary>Traces: one activity per tick, poll and part.</summary>
    public static readonly ActivitySource Source = new(Name);

    private static readonly Meter Meter = new(Name);

    /// <summary>Deliveries; tag state: the state after an attempt.</summary>
    public static readonly Counter<long> Deliveries = Meter.CreateCounter<long>(
        "dailydigest.deliveries", "{delivery}", "Deliveries by the state after an attempt");

    /// <summary>Seconds from handing a message to the relay until its reply.</summary>
    public static readonly Histogram<double> SendSeconds = Meter.CreateHistogram<double>(
        "dailydigest.send.duration", "s", "Time from handing a message to the relay until its reply");

    /// <summary>Times a relay was slowed down or paused; tags relay (host and port) and kind (slowed, left-alone).</summary>
    public static readonly Counter<long> RelayTroubles = Meter.CreateCounter<long>(
        "dailydigest.relay.troubles", "{event}", "Times a relay was slowed down or paused");

    /// <summary>Open connections by relay.</summary>
    public static readonly UpDownCounter<long> RelayConnections = Meter.CreateUpDownCounter<long>(
        "dailydigest.relay.connections", "{connection}", "Open connections to a relay");

    /// <summary>
    /// Requests with a wrong API key; tag reason: key (none of ours), scope (not for this route) or signature (of no mail provider).
    /// </summary>
    public static readonly Counter<long> WrongKeys = Meter.CreateCounter<long>(
        "dailydigest.api.wrong_keys", "{request}", "Requests with a wrong API key");

    /// <summary>Runs by outcome (opened, skipped, closed).</summary>
    public static readonly Counter<long> Runs = Meter.CreateCounter<long>("dailydigest.runs", "{run}", "Runs by outcome");
}
