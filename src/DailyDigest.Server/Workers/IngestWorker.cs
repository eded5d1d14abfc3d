using DailyDigest.Content;

namespace DailyDigest.Server.Workers;

/// <summary>Polls the feeds every five minutes, once the web server listens: it may serve a feed itself.</summary>
internal sealed class IngestWorker(
    PollFeeds pollFeeds, FirstPoll firstPoll, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<IngestWorker> logger)
    : Loop(TimeSpan.FromMinutes(5), time, logger)
{
    protected override async Task<bool> StepAsync(CancellationToken cancellationToken)
    {
        await lifetime.StartedAsync(cancellationToken);
        PollSummary? summary = null;
        try
        {
            summary = await pollFeeds.ExecuteAsync(evenSlow: false, cancellationToken);
        }
        finally
        {
            firstPoll.Done(summary);
        }

        return false;
    }
}
