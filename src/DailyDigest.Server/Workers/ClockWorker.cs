using DailyDigest.Schedule;

namespace DailyDigest.Server.Workers;

/// <summary>The clock: a tick every 15 seconds.</summary>
internal sealed class ClockWorker(Tick tick, TimeProvider time, ILogger<ClockWorker> logger) : Loop(TimeSpan.FromSeconds(15), time, logger)
{
    protected override async Task<bool> StepAsync(CancellationToken cancellationToken)
    {
        await tick.ExecuteAsync(cancellationToken);
        return false;
    }
}
