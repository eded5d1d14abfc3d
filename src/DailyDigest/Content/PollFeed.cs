using DailyDigest.Figures;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Content;

/// <summary>Polls one feed, stores its stories and records the result. Repeatable, also concurrently.</summary>
public sealed partial class PollFeed(
    FeedStore feeds, StoryStore stories, IFeedReader reader, SumStories figures, TimeProvider time, ILogger<PollFeed> logger)
{
    /// <summary>Returns the result, and the feed as it is recorded; null if it was removed meanwhile.</summary>
    public async Task<(FeedPoll Poll, Feed? Recorded)> ExecuteAsync(Feed feed, CancellationToken cancellationToken)
    {
        var reading = await ReadAsync(feed, cancellationToken);
        var poll = new FeedPoll(
            feed.Id, feed.Name, reading is FeedReading.NotModified, 0, 0, 0, 0, (reading as FeedReading.Failed)?.Reason);
        if (reading is FeedReading.Read read)
        {
            poll = poll with
            {
                Read = read.Stories.Count,
                Refused = read.Refused,
                Same = read.Same,
                Notes = read.Record,
                Error = read.Error,
            };
            foreach (var story in read.Stories)
            {
                // The feed's own words count more than what an editor says about all of its stories.
                var outcome = await stories.UpsertAsync(
                    story with { Section = story.Section ?? feed.Section, Language = story.Language ?? feed.Language }, cancellationToken);
                poll = poll with
                {
                    Added = poll.Added + (outcome == UpsertOutcome.Added ? 1 : 0),
                    Updated = poll.Updated + (outcome == UpsertOutcome.Updated ? 1 : 0),
                };
            }
        }

        // Record after the stories are stored: otherwise a crash in between would lose them, because the next poll gets "not modified".
        var counted = new FigureDay(figures.Today, SumStories.Of(poll));
        var recorded = await feeds.RecordAsync(feed.Id, reading, time.GetUtcNow(), cancellationToken, counted);
        if (poll.NotModified)
        {
            Log.NotModified(logger, feed.Name);
        }
        else if (poll.Error is null)
        {
            Log.Polled(logger, feed.Name, poll.Read, poll.Added, poll.Updated, poll.Refused);
            if (poll.Notes is { } notes)
            {
                Log.Odd(logger, feed.Name, notes);
            }
        }
        else
        {
            Log.Failed(logger, feed.Name, feed.Failures + 1);
        }

        return (poll, recorded);
    }

    private async Task<FeedReading> ReadAsync(Feed feed, CancellationToken cancellationToken)
    {
        try
        {
            return await reader.ReadAsync(feed, cancellationToken);
        }
        catch (Exception fault) when (fault is not OperationCanceledException and not OutOfMemoryException)
        {
            // A reader must not throw. If a hostile document makes it throw anyway, the other feeds are still polled.
            Log.Crashed(logger, fault, feed.Name);
            return new FeedReading.Failed($"the feed could not be read ({fault.GetType().Name}); the log has the details");
        }
    }

    private static partial class Log
    {
        [LoggerMessage(101, LogLevel.Information,
            "Feed {Feed} polled: {Read} stories, {Added} new, {Updated} changed, {Refused} entries refused")]
        public static partial void Polled(ILogger logger, string feed, int read, int added, int updated, int refused);

        [LoggerMessage(105, LogLevel.Information, "Feed {Feed}: {Notes}")]
        public static partial void Odd(ILogger logger, string feed, string notes);

        [LoggerMessage(104, LogLevel.Information, "Feed {Feed} polled: nothing new, it was not modified")]
        public static partial void NotModified(ILogger logger, string feed);

        [LoggerMessage(102, LogLevel.Warning, "Feed {Feed} failed {Failures} times in a row. The command feeds list shows why")]
        public static partial void Failed(ILogger logger, string feed, int failures);

        [LoggerMessage(103, LogLevel.Error, "Feed {Feed} failed with an unexpected exception; the other feeds are polled")]
        public static partial void Crashed(ILogger logger, Exception fault, string feed);
    }
}
