using DailyDigest.Storage;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Subscribers;

/// <summary>Part of the tick: finishes changes of subscribers that a process left half done.</summary>
public sealed partial class FinishChanges(
    ChangeStore changes, SubscriberStore subscribers, ProjectSubscriber project, EraseSubscriber erase, ConfirmNewAddress move,
    ILogger<FinishChanges> logger)
{
    /// <summary>A younger change may belong to a writer between its steps.</summary>
    internal static readonly TimeSpan Age = TimeSpan.FromMinutes(2);

    /// <summary>Finishes every change older than two minutes. Returns how many.</summary>
    public async Task<int> ExecuteAsync(CancellationToken cancellationToken)
    {
        var finished = 0;
        DateTimeOffset? now = null;
        await foreach (var change in changes.ScanAsync(cancellationToken))
        {
            now ??= await changes.NowAsync(cancellationToken);
            if (now - change.Begun < Age)
            {
                continue;
            }

            if (change.Erases)
            {
                await erase.ResumeAsync(change, cancellationToken);
            }
            else if (change.Claims is not null)
            {
                await move.ResumeAsync(change, cancellationToken);
            }
            else
            {
                if (await subscribers.GetAsync(change.SubscriberId, cancellationToken) is { } stored)
                {
                    await project.ExecuteAsync(stored.Subscriber, cancellationToken);
                }

                await changes.EndAsync(change, cancellationToken);
            }

            finished++;
            Log.Finished(logger, change.SubscriberId);
        }

        return finished;
    }

    private static partial class Log
    {
        [LoggerMessage(601, LogLevel.Information, "Finished a change of subscriber {SubscriberId} that was left half done")]
        public static partial void Finished(ILogger logger, string subscriberId);
    }
}
