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

    /// <summary>Outcome of a step: it is done.</summary>
    public const string Done = "done";

    /// <summary>Outcome of a step: it is tried again later.</summary>
    public const string Postponed = "postponed";

    /// <summary>Outcome of a step: it failed.</summary>
    public const string Failed = "failed";

    private static readonly Meter Meter = new(Name);

    // Seconds. A relay in the same rack answers in milliseconds; RFC 5321 allows ten minutes.
    private static readonly InstrumentAdvice<double> SendTimes = new()
    {
        HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600],
    };

    /// <summary>Deliveries; tag state: the state after an attempt.</summary>
    public static readonly Counter<long> Deliveries = Meter.CreateCounter<long>(
        "dailydigest.deliveries", "{delivery}", "Deliveries by the state after an attempt");

    /// <summary>Seconds from handing a message to the relay until its reply.</summary>
    public static readonly Histogram<double> SendSeconds = Meter.CreateHistogram<double>(
        "dailydigest.send.duration", "s", "Time from handing a message to the relay until its reply", tags: null, SendTimes);

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

    /// <summary>Ticks of the clock; tag outcome: done or failed.</summary>
    public static readonly Counter<long> Ticks = Meter.CreateCounter<long>("dailydigest.ticks", "{tick}", "Ticks of the clock by outcome");

    /// <summary>Attempts to send a service mail; tag outcome: done, postponed or failed.</summary>
    public static readonly Counter<long> Notices = Meter.CreateCounter<long>(
        "dailydigest.notices", "{message}", "Attempts to send a service mail by outcome");

    /// <summary>Polls of feeds; tag outcome: done or failed.</summary>
    public static readonly Counter<long> Polls = Meter.CreateCounter<long>("dailydigest.feed.polls", "{poll}", "Polls of feeds by outcome");

    /// <summary>Subscribers as last added up; tag status.</summary>
    public static readonly Gauge<long> Subscribers = Meter.CreateGauge<long>(
        "dailydigest.subscribers", "{subscriber}", "Subscribers by status, as last added up");

    /// <summary>1 for an alert of /readyz that is raised, otherwise 0; tag alert: its name.</summary>
    public static readonly Gauge<int> Alerts = Meter.CreateGauge<int>(
        "dailydigest.alert.raised", "{alert}", "1 for an alert of /readyz that is raised, otherwise 0");

    /// <summary>Warnings and errors in the log; tags event (its id) and level (warning, error).</summary>
    public static readonly Counter<long> LogEvents = Meter.CreateCounter<long>(
        "dailydigest.log.events", "{event}", "Warnings and errors in the log by event id");

    /// <summary>The tag outcome.</summary>
    public static KeyValuePair<string, object?> Outcome(string outcome) => new("outcome", outcome);
}
