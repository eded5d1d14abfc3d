using DailyDigest.Content;

namespace DailyDigest.Server.Workers;

/// <summary>Polls the feeds every five minutes.</summary>
internal sealed class IngestWorker(PollFeeds pollFeeds, TimeProvider time, ILogger<IngestWorker> logger)
    : Loop(TimeSpan.FromMinutes(5), time, logger)
{
    protected override async Task<bool> StepAsync(CancellationToken cancellationToken)
    {
        await pollFeeds.ExecuteAsync(cancellationToken);
        return false;
    }
}
