using DailyDigest.Clock;
using DailyDigest.Content;

namespace DailyDigest.Server.Workers;

/// <summary>The clock: a tick every 15 seconds, the first after the first poll of the feeds.</summary>
internal sealed class ClockWorker(Tick tick, FirstPoll firstPoll, TimeProvider time, ILogger<ClockWorker> logger)
    : Loop(TimeSpan.FromSeconds(15), time, logger)
{
    protected override async Task<bool> StepAsync(CancellationToken cancellationToken)
    {
        await firstPoll.WaitAsync(cancellationToken);
        await tick.ExecuteAsync(cancellationToken);
        return false;
    }
}
