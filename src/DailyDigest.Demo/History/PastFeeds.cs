using DailyDigest.Content;
using DailyDigest.Settings;

namespace DailyDigest.Demo;

/// <summary>Reads the sample feeds of a day that has passed, without a request: no server listens yet.</summary>
internal sealed class PastFeeds(DemoEditions editions, Publication publication, TimeProvider time) : IFeedReader
{
    private DateOnly? last;

    /// <inheritdoc/>
    public async Task<FeedReading> ReadAsync(Feed feed, CancellationToken cancellationToken)
    {
        if (DemoFeed.All.FirstOrDefault(one => feed.Url == publication.BaseUrl + one.Path) is not { } sample)
        {
            return new FeedReading.Failed("503 Service Unavailable");
        }

        var edition = await editions.TodayAsync(cancellationToken);
        if (last == edition.Date)
        {
            return new FeedReading.NotModified();
        }

        return new FeedReading.Read(
            [.. edition.Of(sample.Source).Select((story, index) => Story(story, feed, sample, index + 1))], 0, null, null, null);
    }

    /// <summary>Further readings on this date find nothing new.</summary>
    public void EndRound() => last = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);

    private Story Story(DemoStory story, Feed feed, DemoFeed sample, int position)
    {
        _ = CanonicalUrl.TryStory(publication.BaseUrl + story.Path, out var canonical, out var link);
        var item = story.Item;
        return new Story
        {
            Id = StoryId.From(canonical),
            Kind = sample.Kind,
            Url = link,
            Title = story.Title,
            Summary = story.Summary,
            Byline = item.By,
            Section = item.Section,
            Language = item.Language ?? "en",
            Image = item.Image is { } image
                ? new StoryImage(
                    publication.BaseUrl + DemoPages.Picture(image), item.Alt ?? story.Title, story.Caption, item.Credit,
                    DemoPictures.Width, DemoPictures.Height)
                : null,
            Source = feed.Id,
            Published = story.Published,
            Updated = story.Updated,
            FirstSeen = time.GetUtcNow(),
            Signals = new Signals(item.Views, item.Votes, item.Comments, null, sample.Ranked ? position : null),
        };
    }
}
