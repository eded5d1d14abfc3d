using DailyDigest.Content;

namespace DailyDigest.Tests.Content;

/// <content>What editors say about a feed, and trials.</content>
public sealed partial class PollFeedsTests
{
    [Fact]
    public async Task A_paused_feed_is_not_polled_until_the_pause_ends()
    {
        await feeds.AddAsync("https://a.example/feed", "A", StoryKind.Article, false, Cancel);
        reader.Says["https://a.example/feed"] = _ => Read(0, StoryStoreTests.Seen("1"));
        var (id, change) = (Feed.IdOf("https://a.example/feed"), new ChangeFeed(feeds, options, time));
        await change.ExecuteAsync(id, null, null, paused: true, Cancel);

        var summary = await poll.ExecuteAsync(evenSlow: true, Cancel);
        Assert.True(summary.Feeds.Single().IsPaused);
        Assert.Null((await feeds.GetAsync(id, Cancel))!.LastPolled);

        await change.ExecuteAsync(id, null, null, paused: false, Cancel);
        Assert.Equal(1, (await poll.ExecuteAsync(evenSlow: false, Cancel)).Added);
    }

    [Fact]
    public async Task A_feeds_section_and_language_count_where_its_stories_name_none()
    {
        var settings = new FeedSettings("A", StoryKind.Article, false, "Sea", "en");
        await feeds.AddAsync("https://a.example/feed", settings, Cancel);
        await feeds.AddAsync("https://a.example/feed", "A", StoryKind.Article, false, Cancel);
        reader.Says["https://a.example/feed"] = _ => Read(
            0, StoryStoreTests.Seen("1") with { Section = null, Language = null },
            StoryStoreTests.Seen("2") with { Section = "Own", Language = "ar" });

        await poll.ExecuteAsync(evenSlow: false, Cancel);

        var day = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        var found = (await stories.RangeAsync(day.AddDays(-30), day.AddDays(1), Cancel)).Stories;
        Assert.Equal([("Own", "ar"), ("Sea", "en")], found.Select(story => (story.Section!, story.Language!)).Order());
    }

    [Fact]
    public async Task A_trial_reads_once_and_stores_nothing()
    {
        reader.Says["https://a.example/feed"] = _ => Read(0, StoryStoreTests.Seen("1")) with { Title = "Its title" };
        var trial = await new TryFeed(feeds, reader).ExecuteAsync(
            " a.example/feed ", new FeedSettings("", StoryKind.Article, false, null, null), Cancel);

        Assert.Equal(("https://a.example/feed", "Its title", true), (trial.Feed.Url, trial.Feed.Name, trial.IsReadable));
        Assert.Empty(await feeds.ListAsync(Cancel));
        Assert.DoesNotContain(plan.Trace, call => call.Writes);
    }

    [Theory]
    [InlineData("example.com/feed", "https://example.com/feed")]
    [InlineData("example.com:8080/feed", "https://example.com:8080/feed")]
    [InlineData("http://example.com", "http://example.com")]
    [InlineData("javascript:alert(1)", "javascript:alert(1)")]
    [InlineData("mailto:a@b.example", "mailto:a@b.example")]
    [InlineData("", "")]
    public void An_address_without_a_scheme_is_one_of_the_web(string typed, string url) => Assert.Equal(url, TryFeed.Address(typed));
}
