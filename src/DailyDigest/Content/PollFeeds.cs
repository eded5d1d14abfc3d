using DailyDigest.Settings;

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

    /// <summary>True if an editor paused it, so that it was not polled.</summary>
    public bool IsPaused { get; init; }
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
public sealed class PollFeeds(FeedsOptions options, FeedStore feeds, PollFeed pollFeed, SumStories figures, TimeProvider time)
{
    private const int MaxConcurrency = 4;

    /// <summary>
    /// Adds the configured feeds to the store, then polls the feeds of the store that are not paused. A failed feed does not stop the
    /// others.
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
            async (i, token) =>
            {
                var feed = all[i];
                if (feed.Paused is not null || (!evenSlow && feed.NotBefore > time.GetUtcNow()))
                {
                    polls[i] = new FeedPoll(feed.Id, feed.Name, false, 0, 0, 0, 0, feed.Paused is null ? feed.LastError : null)
                    {
                        IsPaused = feed.Paused is not null,
                        WaitsUntil = feed.Paused is null ? feed.NotBefore : null,
                    };
                    return;
                }

                (polls[i], recorded[i]) = await pollFeed.ExecuteAsync(feed, token);
                Telemetry.Polls.Add(1, Telemetry.Outcome(polls[i].Error is null ? Telemetry.Done : Telemetry.Failed));
            });
        if (polls.Any(poll => poll.Read + poll.Refused > 0))
        {
            await figures.ExecuteAsync([.. all.Select((feed, i) => recorded[i] ?? feed)], cancellationToken);
        }

        return new PollSummary(polls);
    }
}
