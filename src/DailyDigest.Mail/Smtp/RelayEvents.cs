using DailyDigest.Runs;
using DailyDigest.Settings;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Mail.Smtp;

/// <summary>Logs and counts what happens to one relay.</summary>
internal sealed partial class RelayEvents
{
    private readonly ILogger logger;
    private readonly string relay;
    private readonly KeyValuePair<string, object?> tag;

    public RelayEvents(ILogger logger, string relay)
    {
        (this.logger, this.relay, tag) = (logger, relay, new("relay", relay));

        // A count that begins at 0 shows the first trouble as an increase.
        Telemetry.RelayTroubles.Add(0, tag, Kind(isPaused: true));
        Telemetry.RelayTroubles.Add(0, tag, Kind(isPaused: false));
    }

    public void Opened() => Telemetry.RelayConnections.Add(1, tag);

    public void Closed(int connections) => Telemetry.RelayConnections.Add(-connections, tag);

    public void NotOpened(SendResult trouble) => Log.NoConnection(logger, relay, trouble.Outcome, trouble.Reply);

    public void StoreFails(Exception exception) => Log.StoreFails(logger, relay, exception);

    /// <summary>Reports a relay that was slowed down, was paused, or works as before; nothing if nothing changed.</summary>
    public void Report(HealthChange change, string reply)
    {
        if (change.Recovered)
        {
            Log.Recovered(logger, relay);
        }

        if (change.Wait is not { } wait)
        {
            return;
        }

        Telemetry.RelayTroubles.Add(1, tag, Kind(change.IsPaused));
        if (change.IsPaused)
        {
            Log.Paused(logger, relay, wait, reply);
        }
        else
        {
            Log.Slowed(logger, relay, change.Limit, wait, reply);
        }
    }

    private static KeyValuePair<string, object?> Kind(bool isPaused) => new("kind", isPaused ? "left-alone" : "slowed");

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "No connection to relay {Relay} ({Outcome}): {Reply}")]
        public static partial void NoConnection(ILogger logger, string relay, SendOutcome outcome, string reply);

        [LoggerMessage(2, LogLevel.Warning, "Relay {Relay} is paused: no connection is opened for {Wait}: {Reply}")]
        public static partial void Paused(ILogger logger, string relay, TimeSpan wait, string reply);

        [LoggerMessage(3, LogLevel.Warning, "Relay {Relay} takes fewer connections: at most {Connections} are used after {Wait}: {Reply}")]
        public static partial void Slowed(ILogger logger, string relay, int connections, TimeSpan wait, string reply);

        [LoggerMessage(4, LogLevel.Information, "Relay {Relay} takes as many connections as before")]
        public static partial void Recovered(ILogger logger, string relay);

        [LoggerMessage(5, LogLevel.Warning, "Storage does not answer how many connections to relay {Relay} are free; asking again")]
        public static partial void StoreFails(ILogger logger, string relay, Exception exception);
    }
}
