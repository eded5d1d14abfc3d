using DailyDigest.Storage;

namespace DailyDigest.Server.Workers;

/// <summary>Tries every ten seconds whether storage takes writes: less than a tick, and also while a tick takes long.</summary>
internal sealed class StorageWorker(ProbeStorage probe, StepWatch steps, TimeProvider time, ILogger<StorageWorker> logger)
    : Loop(TimeSpan.FromSeconds(10), time, logger)
{
    // A write that storage refuses fails within seconds, retries included. One that neither succeeds nor fails waits for a lock for ever.
    private static readonly TimeSpan HangLimit = TimeSpan.FromMinutes(5);

    protected override async Task<bool> StepAsync(CancellationToken cancellationToken)
    {
        using (steps.Begin(nameof(StorageWorker), HangLimit))
        {
            await probe.ExecuteAsync(cancellationToken);
        }

        return false;
    }
}
