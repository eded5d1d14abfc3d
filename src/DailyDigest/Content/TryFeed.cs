namespace DailyDigest.Content;

/// <summary>The result of reading a feed on trial.</summary>
/// <param name="Feed">The feed as it would be added, or as it is known.</param>
/// <param name="Reading">The result of reading it; null if the URL is none.</param>
/// <param name="Known">The feed with this URL that is polled already; null if it would be new.</param>
public sealed record FeedTrial(Feed Feed, FeedReading? Reading, Feed? Known)
{
    /// <summary>True if the feed can be read.</summary>
    public bool IsReadable => Reading is FeedReading.Read { Error: null };
}

/// <summary>Reads a feed once and stores nothing: what would be taken from it, and what is wrong with it.</summary>
public sealed class TryFeed(FeedStore feeds, IFeedReader reader)
{
    /// <summary>The limits of <see cref="IFeedReader"/> apply to time, bytes and addresses. Only cancellation throws.</summary>
    /// <param name="url">An address as a person writes it: https is assumed if it names no scheme.</param>
    /// <param name="settings">Its settings.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<FeedTrial> ExecuteAsync(string url, FeedSettings settings, CancellationToken cancellationToken)
    {
        url = Address(url);
        var feed = settings.Apply(new Feed { Id = Feed.IdOf(url), Url = url, Name = "" });
        if (!CanonicalUrl.TryLink(url, out _))
        {
            return new FeedTrial(feed, null, null);
        }

        var known = await feeds.GetAsync(feed.Id, cancellationToken);
        var reading = await reader.ReadAsync(feed, cancellationToken);
        if (reading is FeedReading.Read read)
        {
            var name = feed.Name.Length > 0 ? feed.Name : ContentText.LineOrNull(read.Title, ContentText.MaxName) ?? new Uri(url).IdnHost;
            feed = feed with { Name = name };
            reading = read with
            {
                Stories = [.. read.Stories.Select(story => story with
                {
                    Section = story.Section ?? feed.Section,
                    Language = story.Language ?? feed.Language,
                })],
            };
        }

        return new FeedTrial(feed, reading, known);
    }

    /// <summary>The address with its scheme.</summary>
    public static string Address(string text)
    {
        text = text.Trim();
        return text.Length == 0 || text.Contains("://", StringComparison.Ordinal) || text.Split('/', '?', '#')[0].Split(':') is
            [_, var port, ..] && !ushort.TryParse(port, out _) ? text : "https://" + text;
    }
}
