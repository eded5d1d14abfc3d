using DailyDigest.Figures;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Content;

/// <summary>The result of polling one feed.</summary>
/// <param name="Id">The feed's id.</param>
/// <param name="Name">The feed's name.</param>
/// <param name="NotModified">True if the feed is unchanged (304).</param>
/// <param name="Read">Stories in the feed.</param>
/// <param name="Added">Stories that were new.</param>
/// <param name="Updated">Stories that changed.</param>
/// <param name="Refused">Entries that could not be used; <see cref="Notes"/> has the reasons.</param>
/// <param name="Error">Why it failed, a sentence for an operator; null if it succeeded.</param>
public sealed record FeedPoll(string Id, string Name, bool NotModified, int Read, int Added, int Updated, int Refused, string? Error)
{
    /// <summary>Entries left out because another entry of the document is the same story.</summary>
    public int Same { get; init; }

    /// <summary>Repairs, and why entries were refused or left out; null if there is nothing to say.</summary>
    public string? Notes { get; init; }

    /// <summary>The feed was too slow and was not polled; the next poll is after this instant. Null if it was polled.</summary>
    public DateTimeOffset? WaitsUntil { get; init; }
}

/// <summary>The result of polling all feeds, in the order of <see cref="FeedStore.ListAsync"/>.</summary>
public sealed record PollSummary(IReadOnlyList<FeedPoll> Feeds)
{
    /// <summary>Stories that were new.</summary>
    public int Added => Feeds.Sum(feed => feed.Added);

    /// <summary>Stories that changed.</summary>
    public int Updated => Feeds.Sum(feed => feed.Updated);

    /// <summary>Feeds that failed.</summary>
    public int Failed => Feeds.Count(feed => feed.Error is not null);
}

/// <summary>Polls every feed and stores its stories. Repeatable, also concurrently.</summary>
public sealed partial class PollFeeds(
    FeedsOptions options, FeedStore feeds, StoryStore stories, IFeedReader reader, SumStories figures, TimeProvider time,
    ILogger<PollFeeds> logger)
{
    private const int MaxConcurrency = 4;

    /// <summary>
    /// Adds the configured feeds to the store, then polls all feeds of the store. A failed feed does not stop the others.
    /// </summary>
    /// <param name="evenSlow">True to poll also feeds that hit the time limit and wait for their next poll.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="StorageException">The store cannot be reached.</exception>
    public async Task<PollSummary> ExecuteAsync(bool evenSlow, CancellationToken cancellationToken)
    {
        foreach (var source in options.Sources)
        {
            await feeds.AddAsync(source.Url, source.Name, source.ParsedKind ?? StoryKind.Article, source.Ranked, cancellationToken);
        }

        var all = await feeds.ListAsync(cancellationToken);
        var (polls, recorded) = (new FeedPoll[all.Count], new Feed?[all.Count]);
        await Parallel.ForAsync(
            0,
            all.Count,
            new ParallelOptions { MaxDegreeOfParallelism = MaxConcurrency, CancellationToken = cancellationToken },
            async (i, token) => polls[i] = !evenSlow && all[i].NotBefore > time.GetUtcNow()
                ? new FeedPoll(all[i].Id, all[i].Name, false, 0, 0, 0, 0, all[i].LastError) { WaitsUntil = all[i].NotBefore }
                : await PollAsync(all[i], after => recorded[i] = after, token));
        if (polls.Any(poll => poll.Read + poll.Refused > 0))
        {
            await figures.ExecuteAsync([.. all.Select((feed, i) => recorded[i] ?? feed)], cancellationToken);
        }

        return new PollSummary(polls);
    }

    private async Task<FeedPoll> PollAsync(Feed feed, Action<Feed?> recorded, CancellationToken cancellationToken)
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
                var outcome = await stories.UpsertAsync(story, cancellationToken);
                poll = poll with
                {
                    Added = poll.Added + (outcome == UpsertOutcome.Added ? 1 : 0),
                    Updated = poll.Updated + (outcome == UpsertOutcome.Updated ? 1 : 0),
                };
            }
        }

        // Record after the stories are stored: otherwise a crash in between would lose them, because the next poll gets "not modified".
        var counted = new FigureDay(figures.Today, SumStories.Of(poll));
        recorded(await feeds.RecordAsync(feed.Id, reading, time.GetUtcNow(), cancellationToken, counted));
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

        return poll;
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
