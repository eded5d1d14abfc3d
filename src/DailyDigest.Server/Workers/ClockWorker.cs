using DailyDigest.Clock;
using DailyDigest.Content;

namespace DailyDigest.Server.Workers;

/// <summary>The clock: a tick every 15 seconds, the first after the first poll of the feeds.</summary>
internal sealed class ClockWorker(Tick tick, FirstPoll firstPoll, StepWatch steps, TimeProvider time, ILogger<ClockWorker> logger)
    : Loop(TimeSpan.FromSeconds(15), time, logger)
{
    // A tick prepares digests and deletes what is old. The longest ones take minutes.
    private static readonly TimeSpan HangLimit = TimeSpan.FromMinutes(30);

    protected override async Task<bool> StepAsync(CancellationToken cancellationToken)
    {
        await firstPoll.WaitAsync(cancellationToken);
        using (steps.Begin(nameof(ClockWorker), HangLimit))
        {
            await tick.ExecuteAsync(cancellationToken);
        }

        return false;
    }
}
