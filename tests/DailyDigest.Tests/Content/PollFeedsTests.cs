using System.Collections.Concurrent;
using DailyDigest.Content;
using DailyDigest.Figures;
using DailyDigest.Settings;
using DailyDigest.Testing.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace DailyDigest.Tests.Content;

public sealed partial class PollFeedsTests
{
    private readonly FakeTimeProvider time = new(new(2026, 3, 10, 12, 0, 0, TimeSpan.Zero));
    private readonly FaultPlan plan = new();
    private readonly FeedsOptions options = new();
    private readonly ScriptedReader reader = new();
    private readonly FeedStore feeds;
    private readonly StoryStore stories;
    private readonly FigureStore figures;
    private readonly SumStories sum;
    private readonly PollFeeds poll;

    public PollFeedsTests()
    {
        var tables = new FaultTableStore(new MemoryTableStore(time), plan);
        feeds = new FeedStore(tables);
        stories = new StoryStore(tables, time);
        figures = new FigureStore(tables);
        sum = new SumStories(figures, new Publication { TimeZone = "Etc/UTC" }, time);
        poll = new PollFeeds(
            options, feeds, new PollFeed(feeds, stories, reader, sum, time, NullLogger<PollFeed>.Instance), sum, time);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Stories_of_all_feeds_are_kept_and_counted()
    {
        await feeds.AddAsync("https://a.example/feed", "A", StoryKind.Article, false, Cancel);
        await feeds.AddAsync("https://b.example/feed", "B", StoryKind.BlogPost, false, Cancel);
        reader.Says["https://a.example/feed"] = _ => Read(2, StoryStoreTests.Seen("1"), StoryStoreTests.Seen("2"));
        reader.Says["https://b.example/feed"] = _ => Read(0, StoryStoreTests.Seen("3"));

        var summary = await poll.ExecuteAsync(evenSlow: false, Cancel);
        Assert.Equal([("A", 2, 2, 0, 2), ("B", 1, 1, 0, 0)],
            summary.Feeds.Select(feed => (feed.Name, feed.Read, feed.Added, feed.Updated, feed.Refused)));
        Assert.Equal((3, 0, 0), (summary.Added, summary.Updated, summary.Failed));

        reader.Says["https://b.example/feed"] = _ => Read(0, StoryStoreTests.Seen("3") with { Title = "New" });
        summary = await poll.ExecuteAsync(evenSlow: false, Cancel);
        Assert.Equal((0, 1, 0), (summary.Added, summary.Updated, summary.Failed));
    }

    [Fact]
    public async Task A_feed_that_hit_the_time_limit_is_polled_less_and_less_often()
    {
        await feeds.AddAsync("https://a.example/feed", "A", StoryKind.Article, false, Cancel);
        var polls = 0;
        reader.Says["https://a.example/feed"] = _ =>
        {
            polls++;
            return new FeedReading.Failed("took longer than 20 s", IsTooSlow: true);
        };
        foreach (var minutes in new[] { 15, 30, 60, 120, 240, 480, 720, 720 })
        {
            var before = polls;
            Assert.Null(Assert.Single((await poll.ExecuteAsync(evenSlow: false, Cancel)).Feeds).WaitsUntil);
            time.Advance(TimeSpan.FromMinutes(minutes - 1));
            var waiting = Assert.Single((await poll.ExecuteAsync(evenSlow: false, Cancel)).Feeds);
            Assert.Equal((time.GetUtcNow().AddMinutes(1), "took longer than 20 s"), (waiting.WaitsUntil, waiting.Error));
            Assert.Equal(before + 1, polls);
            time.Advance(TimeSpan.FromMinutes(1));
        }

        reader.Says["https://a.example/feed"] = _ => Read(0, StoryStoreTests.Seen());
        Assert.Equal(1, (await poll.ExecuteAsync(evenSlow: false, Cancel)).Added);
        Assert.Equal((0, null), ((await feeds.ListAsync(Cancel))[0].SlowPolls, (await feeds.ListAsync(Cancel))[0].NotBefore));
    }

    [Fact]
    public async Task An_operators_poll_does_not_wait_for_a_slow_feed()
    {
        await feeds.AddAsync("https://a.example/feed", "A", StoryKind.Article, false, Cancel);
        reader.Says["https://a.example/feed"] = _ => new FeedReading.Failed("took longer than 20 s", IsTooSlow: true);
        await poll.ExecuteAsync(evenSlow: false, Cancel);
        reader.Says["https://a.example/feed"] = _ => Read(0, StoryStoreTests.Seen());
        Assert.Equal(1, (await poll.ExecuteAsync(evenSlow: true, Cancel)).Added);
    }

    [Fact]
    public async Task A_feed_that_fails_is_recorded_and_the_others_go_on()
    {
        await feeds.AddAsync("https://a.example/feed", "A", StoryKind.Article, false, Cancel);
        await feeds.AddAsync("https://b.example/feed", "B", StoryKind.Article, false, Cancel);
        await feeds.AddAsync("https://c.example/feed", "C", StoryKind.Article, false, Cancel);
        reader.Says["https://a.example/feed"] = _ => new FeedReading.Failed("404 Not Found");
        reader.Says["https://b.example/feed"] = _ => throw new InvalidOperationException("a reader's own fault");
        reader.Says["https://c.example/feed"] = _ => Read(0, StoryStoreTests.Seen());

        await poll.ExecuteAsync(evenSlow: false, Cancel);
        time.Advance(TimeSpan.FromMinutes(5));
        var summary = await poll.ExecuteAsync(evenSlow: false, Cancel);
        Assert.Equal(2, summary.Failed);
        Assert.Equal(1, summary.Feeds[2].Read);

        var list = await feeds.ListAsync(Cancel);
        Assert.Equal([2, 2, 0], list.Select(feed => feed.Failures));
        Assert.Equal("404 Not Found", list[0].LastError);
        Assert.Contains("InvalidOperationException", list[1].LastError, StringComparison.Ordinal);
        Assert.All(list, feed => Assert.Equal(time.GetUtcNow(), feed.LastPolled));
        Assert.Equal([null, null, time.GetUtcNow()], list.Select(feed => feed.LastGood));

        reader.Says["https://a.example/feed"] = _ => new FeedReading.NotModified();
        await poll.ExecuteAsync(evenSlow: false, Cancel);
        var mended = (await feeds.ListAsync(Cancel))[0];
        Assert.Equal((0, null, time.GetUtcNow()), (mended.Failures, mended.LastError, mended.LastGood));
    }

    [Fact]
    public async Task Validators_go_back_to_the_feed_and_a_failure_keeps_them()
    {
        await feeds.AddAsync("https://a.example/feed", "A", StoryKind.Article, false, Cancel);
        reader.Says["https://a.example/feed"] = _ => new FeedReading.Read([], 0, "W/\"odd, tag\"", "yesterday", null);
        await poll.ExecuteAsync(evenSlow: false, Cancel);
        reader.Says["https://a.example/feed"] = _ => new FeedReading.Failed("503 Service Unavailable");
        await poll.ExecuteAsync(evenSlow: false, Cancel);
        Feed? asked = null;
        reader.Says["https://a.example/feed"] = feed =>
        {
            asked = feed;
            return new FeedReading.NotModified();
        };
        await poll.ExecuteAsync(evenSlow: false, Cancel);
        Assert.Equal(("W/\"odd, tag\"", "yesterday"), (asked!.ETag, asked.LastModified));
    }

    [Fact]
    public async Task A_crash_before_the_stories_are_kept_leaves_the_validator_unset()
    {
        await feeds.AddAsync("https://a.example/feed", "A", StoryKind.Article, false, Cancel);
        reader.Says["https://a.example/feed"] = _ => Read(0, StoryStoreTests.Seen());
        plan.Restart();
        plan.StopBefore = 2;
        await Assert.ThrowsAsync<ProgramStoppedException>(() => poll.ExecuteAsync(evenSlow: false, Cancel));
        plan.Restart();
        Assert.Null((await feeds.ListAsync(Cancel))[0].ETag);
        Assert.Equal(1, (await poll.ExecuteAsync(evenSlow: false, Cancel)).Added);
    }

    [Fact]
    public async Task A_feed_that_moved_for_good_keeps_its_id_though_settings_name_the_old_place()
    {
        options.Sources.Add(new FeedSource { Url = "https://old.example/feed", Name = "A", Ranked = true, Kind = "blog-post" });
        reader.Says["https://old.example/feed"] = _ => new FeedReading.Read([], 0, null, null, "https://new.example/feed");
        reader.Says["https://new.example/feed"] = _ => Read(0);
        await poll.ExecuteAsync(evenSlow: false, Cancel);
        await poll.ExecuteAsync(evenSlow: false, Cancel);
        var feed = Assert.Single(await feeds.ListAsync(Cancel));
        Assert.Equal((Feed.IdOf("https://old.example/feed"), "https://new.example/feed"), (feed.Id, feed.Url));
        Assert.Equal((StoryKind.BlogPost, true, 0), (feed.Kind, feed.Ranked, feed.Failures));
    }

    [Fact]
    public async Task A_feed_removed_while_it_is_polled_stays_removed()
    {
        await feeds.AddAsync("https://a.example/feed", "A", StoryKind.Article, false, Cancel);
        reader.Says["https://a.example/feed"] = feed =>
        {
            Assert.True(feeds.RemoveAsync(feed.Id, Cancel).GetAwaiter().GetResult());
            return Read(0, StoryStoreTests.Seen());
        };
        await poll.ExecuteAsync(evenSlow: false, Cancel);
        Assert.Empty(await feeds.ListAsync(Cancel));
        Assert.False(await feeds.RemoveAsync("nothing", Cancel));
        Assert.False(await feeds.RemoveAsync("no/key", Cancel));
    }

    [Fact]
    public async Task Four_feeds_are_read_at_once_and_no_more()
    {
        reader.WaitsFor = 4;
        for (var i = 0; i < 12; i++)
        {
            await feeds.AddAsync($"https://{i}.example/feed", $"F{i:00}", StoryKind.Article, false, Cancel);
        }

        var summary = await poll.ExecuteAsync(evenSlow: false, Cancel);
        Assert.Equal(12, summary.Feeds.Count);
        Assert.Equal(4, reader.Most);
    }

    [Fact]
    public async Task Cancelling_stops_the_round()
    {
        await feeds.AddAsync("https://a.example/feed", "A", StoryKind.Article, false, Cancel);
        using var stop = new CancellationTokenSource();
        reader.Says["https://a.example/feed"] = _ =>
        {
            stop.Cancel();
            throw new OperationCanceledException(stop.Token);
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => poll.ExecuteAsync(evenSlow: false, stop.Token));
        Assert.Equal(0, (await feeds.ListAsync(Cancel))[0].Failures);
    }

    [Fact]
    public async Task The_log_names_feeds_by_name_and_not_by_address()
    {
        var log = new Lines();
        var logged = new PollFeeds(options, feeds, new PollFeed(feeds, stories, reader, sum, time, log), sum, time);
        await feeds.AddAsync("https://a.example/feed?token=secret", "A", StoryKind.Article, false, Cancel);
        reader.Says["https://a.example/feed?token=secret"] = _ => new FeedReading.Failed("bad XML: secret");
        await logged.ExecuteAsync(evenSlow: false, Cancel);
        var line = Assert.Single(log.All);
        Assert.Contains("Feed A failed", line, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Adding_a_feed_twice_changes_it_and_what_is_no_web_address_is_refused()
    {
        Assert.Equal(FeedAddition.Added, await feeds.AddAsync(" https://a.example/feed ", " ", StoryKind.Article, false, Cancel));
        Assert.Equal("a.example", (await feeds.ListAsync(Cancel))[0].Name);
        Assert.Equal(FeedAddition.Updated, await feeds.AddAsync("https://a.example/feed", "A\r\nB", StoryKind.Article, false, Cancel));
        Assert.Equal(FeedAddition.Unchanged, await feeds.AddAsync("https://a.example/feed", "A B", StoryKind.Article, false, Cancel));
        Assert.Equal(FeedAddition.NotAUrl, await feeds.AddAsync("file:///etc/passwd", "A", StoryKind.Article, false, Cancel));
        Assert.Equal(FeedAddition.NotAUrl, await feeds.AddAsync("https://user:pass@a.example/", "A", StoryKind.Article, false, Cancel));
    }

    [Fact]
    public void Settings_at_fault_are_named()
    {
        options.Sources.Add(new FeedSource { Url = "https://a.example/feed" });
        options.Sources.Add(new FeedSource { Url = "ftp://a.example/feed", Kind = "Podcast" });
        Assert.Equal(["Feeds__Sources__1__Url", "Feeds__Sources__1__Kind"], options.Validate().Select(fault => fault.Split(':')[0]));
    }

    private static FeedReading.Read Read(int refused, params Story[] stories) => new(stories, refused, "\"etag\"", null, null);

    private sealed class ScriptedReader : IFeedReader
    {
        private readonly Lock gate = new();
        private readonly TaskCompletionSource enough = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int now;

        public ConcurrentDictionary<string, Func<Feed, FeedReading>> Says { get; } = new();

        public int WaitsFor { get; set; } = 1;

        public int Most { get; private set; }

        public async Task<FeedReading> ReadAsync(Feed feed, CancellationToken cancellationToken)
        {
            lock (gate)
            {
                Most = Math.Max(Most, ++now);
                if (now >= WaitsFor)
                {
                    enough.TrySetResult();
                }
            }

            await enough.Task.WaitAsync(cancellationToken);
            lock (gate)
            {
                now--;
            }

            return Says.TryGetValue(feed.Url, out var say) ? say(feed) : new FeedReading.NotModified();
        }
    }

    private sealed class Lines : ILogger<PollFeed>
    {
        public ConcurrentQueue<string> All { get; } = new();

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            All.Enqueue(formatter(state, exception) + exception);
    }
}
