using DailyDigest.Content;
using DailyDigest.Mail.Smtp;
using DailyDigest.Storage;

namespace DailyDigest.Server.Commands;

/// <summary>Reads each configured or added feed once. Stores nothing.</summary>
internal static class FeedsCheck
{
    private const int MaxConcurrency = 4;

    /// <summary>A finding for each feed; one finding if there is none.</summary>
    /// <param name="services">The program's services.</param>
    /// <param name="hasStore">False if storage cannot be read: then only the feeds of the settings are read.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task<IReadOnlyList<Finding>> ExamineAsync(
        IServiceProvider services, bool hasStore, CancellationToken cancellationToken)
    {
        var feeds = await ListAsync(services, hasStore, cancellationToken);
        if (feeds.Count == 0)
        {
            const string None = "there are no feeds; feeds add URL adds one, or /api/stories takes stories";
            return [new("feeds", "list", CheckResult.NotChecked, None)];
        }

        var reader = services.GetRequiredService<IFeedReader>();
        var findings = new Finding[feeds.Count];
        await Parallel.ForAsync(
            0, feeds.Count, new ParallelOptions { MaxDegreeOfParallelism = MaxConcurrency, CancellationToken = cancellationToken },
            async (index, stop) => findings[index] = Of(feeds[index], await reader.ReadAsync(feeds[index], stop)));
        return findings;
    }

    /// <summary>The feeds of the settings, as the next poll adds them, and those of the store.</summary>
    private static async Task<IReadOnlyList<Feed>> ListAsync(
        IServiceProvider services, bool hasStore, CancellationToken cancellationToken)
    {
        var configured = services.GetRequiredService<FeedsOptions>().Sources.Select(source => new Feed
        {
            Id = Feed.IdOf(source.Url.Trim()),
            Url = source.Url.Trim(),
            Name = source.Name.Length > 0 ? source.Name : source.Url.Trim(),
            Kind = source.ParsedKind ?? StoryKind.Article,
            Ranked = source.Ranked,
        });
        try
        {
            var added = hasStore ? await services.GetRequiredService<FeedStore>().ListAsync(cancellationToken) : [];

            // Without the validators of the last poll, so that the whole feed is read.
            return [.. added.Select(feed => feed with { ETag = null, LastModified = null }).Concat(configured).DistinctBy(feed => feed.Id)];
        }
        catch (StorageException)
        {
            return [.. configured.DistinctBy(feed => feed.Id)];
        }
    }

    private static Finding Of(Feed feed, FeedReading reading) => reading switch
    {
        FeedReading.Failed failed => new("feeds", feed.Name, CheckResult.Failed,
            failed.Reason.TrimEnd('.') + string.Concat(failed.Named.Take(1).Select(named => $"; the page names a feed: {named}"))),
        FeedReading.Read { Stories.Count: 0, Refused: var refused } => new("feeds", feed.Name, CheckResult.Warning,
            refused == 0 ? "there is no story in it" : $"{Format.Count(refused)} entries, none with a usable link and title"),
        FeedReading.Read read => new("feeds", feed.Name, CheckResult.Ok,
            (read.Stories.Count == 1 ? "1 story" : $"{Format.Count(read.Stories.Count)} stories")
                + (read.Refused > 0 ? $", {Format.Count(read.Refused)} more without a usable link or title" : "")
                + (read.MovedTo is { } moved ? $"; moved to {moved}" : "")),
        _ => new("feeds", feed.Name, CheckResult.Ok, "not modified"),
    };
}
