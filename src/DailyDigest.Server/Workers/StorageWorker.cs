using DailyDigest.Storage;

namespace DailyDigest.Server.Workers;

/// <summary>Tries every ten seconds whether storage takes writes: less than a tick, and also while a tick takes long.</summary>
internal sealed class StorageWorker(ProbeStorage probe, TimeProvider time, ILogger<StorageWorker> logger)
    : Loop(TimeSpan.FromSeconds(10), time, logger)
{
    protected override async Task<bool> StepAsync(CancellationToken cancellationToken)
    {
        await probe.ExecuteAsync(cancellationToken);
        return false;
    }
}
