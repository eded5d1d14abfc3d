using DailyDigest.Storage;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Subscribers;

/// <summary>Part of the tick: completes changes to subscribers that were interrupted.</summary>
public sealed partial class FinishChanges(
    ChangeStore changes, SubscriberStore subscribers, ProjectSubscriber project, StartNextDate startNext, EraseSubscriber erase,
    ConfirmNewAddress move, ILogger<FinishChanges> logger, Departures? departures = null)
{
    /// <summary>Younger changes may still be in progress.</summary>
    internal static readonly TimeSpan MinAge = TimeSpan.FromMinutes(2);

    /// <summary>Completes every change older than <see cref="MinAge"/>. Returns their number.</summary>
    public async Task<int> ExecuteAsync(CancellationToken cancellationToken)
    {
        var finished = 0;
        DateTimeOffset? now = null;
        await foreach (var change in changes.ScanAsync(cancellationToken))
        {
            now ??= await changes.NowAsync(cancellationToken);
            if (now - change.StartedAt < MinAge)
            {
                continue;
            }

            if (change.IsErasure)
            {
                await erase.ResumeAsync(change, cancellationToken);
            }
            else if (change.ClaimedHash is not null)
            {
                await move.ResumeAsync(change, cancellationToken);
            }
            else
            {
                await (departures?.VoidInterruptedAsync(change, subscribers, cancellationToken) ?? Task.CompletedTask);
                foreach (var id in change.Others.Prepend(change.SubscriberId))
                {
                    if (await subscribers.GetAsync(id, cancellationToken) is { } stored)
                    {
                        await project.ExecuteAsync(stored.Subscriber, cancellationToken);
                        await startNext.ExecuteAsync([stored.Subscriber], change.StartedAt, cancellationToken);
                    }
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
        [LoggerMessage(601, LogLevel.Information, "Completed an interrupted change to subscriber {SubscriberId}")]
        public static partial void Finished(ILogger logger, string subscriberId);
    }
}
