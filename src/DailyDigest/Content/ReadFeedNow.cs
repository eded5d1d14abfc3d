namespace DailyDigest.Content;

/// <summary>Polls one feed at once, on an editor's order: also one that is paused or waits for its next poll.</summary>
public sealed class ReadFeedNow(FeedStore feeds, PollFeed pollFeed, SumStories figures)
{
    /// <summary>Returns the result; null if there is no such feed. If it is stopped, the next round reads the rest.</summary>
    public async Task<FeedPoll?> ExecuteAsync(string id, CancellationToken cancellationToken)
    {
        if (await feeds.GetAsync(id, cancellationToken) is not { } feed)
        {
            return null;
        }

        var (poll, _) = await pollFeed.ExecuteAsync(feed, cancellationToken);
        await figures.ExecuteAsync(await feeds.ListAsync(cancellationToken), cancellationToken);
        return poll;
    }
}
