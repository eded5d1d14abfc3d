using DailyDigest.Web;

namespace DailyDigest.Server.Workers;

/// <summary>Tells web hooks every minute which alerts were raised and which have ended.</summary>
internal sealed class AlertWorker(AnnounceAlerts announceAlerts, TimeProvider time, ILogger<AlertWorker> logger)
    : Loop(TimeSpan.FromMinutes(1), time, logger)
{
    protected override async Task<bool> StepAsync(CancellationToken cancellationToken)
    {
        await announceAlerts.ExecuteAsync(cancellationToken);
        return false;
    }
}
