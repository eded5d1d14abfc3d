using DailyDigest.Settings;
using DailyDigest.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace DailyDigest.Web;

/// <summary>Records for the metrics which alerts of /readyz are raised.</summary>
public sealed class WatchAlerts
{
    private readonly IReadOnlyList<Alert> alerts;

    internal WatchAlerts(IEnumerable<Alert> alerts) => this.alerts = [.. alerts];

    /// <summary>Creates it from the services.</summary>
    internal static WatchAlerts Create(IServiceProvider services) => new(services.GetServices<Alert>());

    /// <summary>
    /// Looks at each alert once. Does nothing if nobody collects metrics. If storage fails, only the alert <c>storage</c> is known.
    /// </summary>
    public async Task ExecuteAsync(CancellationToken cancellationToken)
    {
        if (!Telemetry.Alerts.Enabled)
        {
            return;
        }

        try
        {
            foreach (var alert in alerts)
            {
                Record(alert.Name, await alert.CheckAsync(cancellationToken) is not null);
            }
        }
        catch (StorageException)
        {
            // The worker that looks at the alerts for web hooks logs it.
            Record("storage", true);
        }
    }

    private static void Record(string name, bool raised) =>
        Telemetry.Alerts.Record(raised ? 1 : 0, new KeyValuePair<string, object?>("alert", name));
}
