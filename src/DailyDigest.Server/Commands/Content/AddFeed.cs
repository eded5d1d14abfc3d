using DailyDigest.Content;

namespace DailyDigest.Server.Commands;

/// <summary>Reads a feed once, shows what it would bring, and adds it.</summary>
internal static class AddFeed
{
    private const int Shown = 5;

    public static async Task<int> ExecuteAsync(
        IServiceProvider services, Terminal terminal, Feed feed, bool read, CancellationToken cancellationToken)
    {
        if (!CanonicalUrl.TryLink(feed.Url, out _))
        {
            await terminal.ErrorAsync("URL: an absolute http or https URL without user name and password.");
            return 2;
        }

        var settings = FeedSettings.Of(feed);
        if (read && !await ReadAsync(services, terminal, feed.Url, settings, cancellationToken))
        {
            return 1;
        }

        var store = services.GetRequiredService<FeedStore>();
        var addition = await store.AddAsync(feed.Url, settings, cancellationToken);
        var word = addition switch { FeedAddition.Added => "added", FeedAddition.Updated => "changed", _ => "unchanged" };
        var name = (await store.ListAsync(cancellationToken)).FirstOrDefault(one => one.Id == feed.Id)?.Name ?? feed.Url;
        if (addition is FeedAddition.Added or FeedAddition.Updated)
        {
            await services.AuditAsync(addition == FeedAddition.Added ? "feed.add" : "feed.change", feed.Id, null, name, cancellationToken);
        }

        await terminal.LineAsync($"{name} {word} (id {ShortId.Of(feed.Id)})");
        return 0;
    }

    private static async Task<bool> ReadAsync(
        IServiceProvider services, Terminal terminal, string url, FeedSettings settings, CancellationToken cancellationToken)
    {
        switch ((await services.GetRequiredService<TryFeed>().ExecuteAsync(url, settings, cancellationToken)).Reading)
        {
            case FeedReading.Read reading:
                await ShowAsync(terminal, reading);
                return true;

            case FeedReading.Failed failed:
                await terminal.ErrorAsync($"The feed was not added, because it cannot be read: {failed.Reason}. --no-read adds it anyway.");
                foreach (var named in failed.Named)
                {
                    await terminal.ErrorAsync($"The page names a feed: feeds add {named}");
                }

                return false;

            default:
                return true;
        }
    }

    private static async Task ShowAsync(Terminal terminal, FeedReading.Read reading)
    {
        var languages = reading.Stories.Select(story => story.Language).OfType<string>().Distinct(StringComparer.OrdinalIgnoreCase)
            .ToList();
        await terminal.LineAsync((reading.Stories.Count == 1 ? "1 story" : $"{Format.Count(reading.Stories.Count)} stories")
            + (reading.Refused > 0 ? $", {Format.Count(reading.Refused)} refused" : "")
            + (languages.Count > 0 ? $"; language {string.Join(", ", languages)}" : reading.Stories.Count > 0 ? "; no language named" : "")
            + (reading.MovedTo is { } moved ? $"; moved to {moved}" : "")
            + (reading.Record is { } note ? $"; {note}" : ""));
        foreach (var story in reading.Stories.OrderByDescending(story => story.Published).Take(Shown))
        {
            await terminal.LineAsync($"  {(story.IsUndated ? "no date" : Format.Time(story.Published))}  {story.Title}");
        }
    }
}
