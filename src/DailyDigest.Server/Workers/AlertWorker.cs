using DailyDigest.Web;

namespace DailyDigest.Server.Workers;

/// <summary>Tells metrics and web hooks every minute which alerts are raised.</summary>
internal sealed class AlertWorker(
    WatchAlerts watchAlerts, AnnounceAlerts announceAlerts, TimeProvider time, ILogger<AlertWorker> logger)
    : Loop(TimeSpan.FromMinutes(1), time, logger)
{
    protected override async Task<bool> StepAsync(CancellationToken cancellationToken)
    {
        await watchAlerts.ExecuteAsync(cancellationToken);
        await announceAlerts.ExecuteAsync(cancellationToken);
        return false;
    }
}
