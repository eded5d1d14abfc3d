using System.Text;
using DailyDigest.Content;

namespace DailyDigest.Feeds.Tests;

/// <summary>A date that cannot be read is not now.</summary>
public sealed class DateTests : FeedServerTests
{
    [Theory]
    [InlineData("", false, true)] // no date is written: in the first poll it may be old, later it is new
    [InlineData("", true, false)]
    [InlineData("<pubDate>some day</pubDate>", false, true)]
    [InlineData("<pubDate>some day</pubDate>", true, true)] // none can be read
    [InlineData("<pubDate>Tue, 10 Mar 2026 06:30:00 GMT</pubDate>", false, false)]
    public async Task A_story_is_no_news_if_its_age_is_not_known(string date, bool wasPolled, bool undated)
    {
        var story = Assert.Single((await ReadAsync(Item(1, date), wasPolled)).Stories);
        Assert.Equal(undated, story.IsUndated);
        Assert.Equal(date.Contains("2026", StringComparison.Ordinal), story.Published != story.FirstSeen);
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task A_new_story_whose_date_alone_cannot_be_read_is_news_after_the_first_poll(bool wasPolled, bool undated)
    {
        var read = await ReadAsync(
            Item(1, "<pubDate>Mon, 09 Mar 2026 06:30:00 GMT</pubDate>") + Item(2, "<pubDate>some day</pubDate>"), wasPolled);
        Assert.Equal([false, undated], read.Stories.Select(story => story.IsUndated));
        Assert.Equal("without a date that can be read: 1" + (undated ? ", kept, but no news" : ""), read.Record);
    }

    [Theory]
    [InlineData("<language>hi</language>", "", "2026-03-10T01:00:00Z")]
    [InlineData("<language>he</language>", "", "2026-03-10T04:30:00Z")]
    [InlineData("", "<pubDate>Mon, 09 Mar 2026 06:30:00 +0530</pubDate>", "2026-03-10T01:00:00Z")]
    [InlineData("", "<pubDate>Mon, 09 Mar 2026 06:30:00 +0200</pubDate>", "2026-03-10T04:30:00Z")]
    [InlineData("", "<pubDate>Mon, 09 Mar 2026 06:30:00 GMT</pubDate>", null)]
    public async Task The_language_and_the_other_dates_of_a_feed_decide_between_zones_of_one_name(
        string language, string other, string? instant)
    {
        var read = await ReadAsync(language + Item(1, "<pubDate>Tue, 10 Mar 2026 06:30:00 IST</pubDate>") + Item(2, other), false);
        Assert.Equal(
            instant is null ? Server.Time.GetUtcNow() : DateTimeOffset.Parse(instant, null), read.Stories[0].Published);
        Assert.Equal(instant is null, read.Stories[0].IsUndated);
    }

    [Fact]
    public async Task Unix_time_in_a_JSON_feed_may_be_a_number()
    {
        Server.Serve("/feed.json", Encoding.UTF8.GetBytes("""
            {"version": "https://jsonfeed.org/version/1.1", "title": "T", "items": [
              {"id": "1", "url": "https://example.com/1", "title": "One", "date_published": 1772000000},
              {"id": "2", "url": "https://example.com/2", "title": "Two", "date_published": "1772000000123"}]}
            """), "application/feed+json");
        var read = Assert.IsType<FeedReading.Read>(await Server.PollAsync("/feed.json", null));
        Assert.Equal(
            [new DateTimeOffset(2026, 2, 25, 6, 13, 20, TimeSpan.Zero), new(2026, 2, 25, 6, 13, 20, 123, TimeSpan.Zero)],
            read.Stories.Select(story => story.Published));
    }

    private static string Item(int number, string date) =>
        $"<item><title>T{number}</title><link>https://example.com/{number}</link>{date}</item>";

    private async Task<FeedReading.Read> ReadAsync(string channel, bool wasPolled) => await Server.ReadAsync(
        $"<rss version=\"2.0\"><channel><title>T</title>{channel}</channel></rss>",
        feed => wasPolled ? feed with { LastGood = Server.Time.GetUtcNow().AddHours(-1) } : feed);
}
