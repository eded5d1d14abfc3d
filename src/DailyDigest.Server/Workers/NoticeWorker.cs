using DailyDigest.Subscribers;

namespace DailyDigest.Server.Workers;

/// <summary>Sends service mails every two seconds, because a person waits for a confirmation.</summary>
internal sealed class NoticeWorker(SendNotices sendNotices, TimeProvider time, ILogger<NoticeWorker> logger)
    : Loop(TimeSpan.FromSeconds(2), time, logger)
{
    protected override async Task<bool> StepAsync(CancellationToken cancellationToken)
    {
        await sendNotices.ExecuteAsync(cancellationToken);
        return false;
    }
}
