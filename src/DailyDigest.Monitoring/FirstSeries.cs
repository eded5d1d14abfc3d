using DailyDigest.Runs;
using DailyDigest.Settings;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Metrics;

namespace DailyDigest.Monitoring;

/// <summary>
/// Begins the counts at 0 for every value of a label that is known beforehand. Otherwise a query finds no such metric until something
/// happened, and cannot see the first time as an increase.
/// </summary>
/// <param name="meters">They must listen before anything is counted.</param>
internal sealed class FirstSeries(MeterProvider meters) : IHostedService
{
    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        GC.KeepAlive(meters);
        foreach (var state in Enum.GetNames<DeliveryState>())
        {
            Telemetry.Deliveries.Add(0, new KeyValuePair<string, object?>("state", state));
        }

        Begin(outcome => Telemetry.Runs.Add(0, outcome), "outcome", "opened", "skipped", "closed");
        Begin(outcome => Telemetry.Ticks.Add(0, outcome), "outcome", Telemetry.Done, Telemetry.Failed);
        Begin(outcome => Telemetry.Notices.Add(0, outcome), "outcome", Telemetry.Done, Telemetry.Postponed, Telemetry.Failed);
        Begin(outcome => Telemetry.Polls.Add(0, outcome), "outcome", Telemetry.Done, Telemetry.Failed);
        Begin(reason => Telemetry.WrongKeys.Add(0, reason), "reason", "key", "scope", "signature");
        foreach (var (id, level) in LogEvents.Known())
        {
            LogEvents.Add(0, id, level);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static void Begin(Action<KeyValuePair<string, object?>> add, string label, params ReadOnlySpan<string> values)
    {
        foreach (var value in values)
        {
            add(new(label, value));
        }
    }
}
