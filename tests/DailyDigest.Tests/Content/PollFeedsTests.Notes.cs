using DailyDigest.Content;

namespace DailyDigest.Tests.Content;

/// <summary>The notes that a poll records of a document.</summary>
public sealed partial class PollFeedsTests
{
    [Fact]
    public async Task What_a_reading_found_odd_is_recorded_until_the_next_reading()
    {
        await feeds.AddAsync("https://a.example/feed", "A", StoryKind.Article, false, Cancel);
        string[] notes = ["read with repairs: bare &", "refused: 1 without a title"];
        reader.Says["https://a.example/feed"] = _ => Read(1, StoryStoreTests.Seen()) with { Notes = notes, Same = 2 };
        var odd = Assert.Single((await poll.ExecuteAsync(evenSlow: false, Cancel)).Feeds);
        const string Note = "read with repairs: bare &; refused: 1 without a title";
        Assert.Equal((1, 1, 2, Note, null), (odd.Read, odd.Refused, odd.Same, odd.Notes, odd.Error));
        Assert.Equal((Note, "\"etag\"", null), await RecordAsync());

        reader.Says["https://a.example/feed"] = _ => new FeedReading.NotModified();
        await poll.ExecuteAsync(evenSlow: false, Cancel);
        Assert.Equal((Note, "\"etag\"", null), await RecordAsync());
        reader.Says["https://a.example/feed"] = _ => Read(0, StoryStoreTests.Seen());
        await poll.ExecuteAsync(evenSlow: false, Cancel);
        Assert.Equal((null, "\"etag\"", null), await RecordAsync());
    }

    [Fact]
    public async Task A_feed_without_a_usable_entry_fails_with_the_reason_and_is_read_again()
    {
        await feeds.AddAsync("https://a.example/feed", "A", StoryKind.Article, false, Cancel);
        reader.Says["https://a.example/feed"] = _ => Read(1) with { Notes = ["refused: 1 without a title"] };
        var summary = await poll.ExecuteAsync(evenSlow: false, Cancel);
        const string Reason = "no entry can be used (refused: 1 without a title)";
        Assert.Equal((0, 1, Reason, 1), (summary.Feeds[0].Read, summary.Feeds[0].Refused, summary.Feeds[0].Error, summary.Failed));
        Assert.Equal(("refused: 1 without a title", null, Reason), await RecordAsync());
        Assert.Equal(1, (await feeds.ListAsync(Cancel))[0].Failures);
    }

    private async Task<(string? Notes, string? ETag, string? Error)> RecordAsync()
    {
        var feed = Assert.Single(await feeds.ListAsync(Cancel));
        return (feed.Notes, feed.ETag, feed.LastError);
    }
}
