using DailyDigest.Content;
using DailyDigest.Figures;

namespace DailyDigest.Tests.Content;

/// <content>The counts of stories.</content>
public sealed partial class PollFeedsTests
{
    [Fact]
    public async Task Stories_are_counted_for_each_feed_and_day_also_of_a_removed_feed()
    {
        await feeds.AddAsync("https://a.example/feed", "A", StoryKind.Article, false, Cancel);
        await feeds.AddAsync("https://b.example/feed", "B", StoryKind.BlogPost, false, Cancel);
        reader.Says["https://a.example/feed"] = _ => Read(2, StoryStoreTests.Seen("1"), StoryStoreTests.Seen("2"));
        reader.Says["https://b.example/feed"] = _ => Read(0, StoryStoreTests.Seen("3"));
        await poll.ExecuteAsync(evenSlow: false, Cancel);
        await feeds.RemoveAsync(Feed.IdOf("https://b.example/feed"), Cancel);
        await poll.ExecuteAsync(evenSlow: false, Cancel);

        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        var day = Assert.Single(await figures.RangeAsync(FigureKinds.Stories, today.AddDays(-9), today, Cancel));
        Assert.Equal("A\tnew=2 read=4 refused=4\nB\tnew=1 read=1", day.Labels.ToString());
        Assert.Equal("new=3 read=5 refused=4", day.Counts.ToString());

        // Nothing new is read: nothing is written.
        reader.Says["https://a.example/feed"] = _ => new FeedReading.NotModified();
        var before = plan.Trace.Count(call => call.Place == Storage.Tables.Figures);
        await poll.ExecuteAsync(evenSlow: false, Cancel);
        Assert.Equal(before, plan.Trace.Count(call => call.Place == Storage.Tables.Figures));
    }
}
