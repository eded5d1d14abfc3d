using System.Text;
using DailyDigest.Content;

namespace DailyDigest.Feeds.Tests;

/// <summary>One complete document of every format, over HTTP.</summary>
public sealed class FormatTests : FeedServerTests
{
    private DateTimeOffset Now => Server.Time.GetUtcNow();

    [Fact]
    public async Task Rss_2_with_elements_of_other_namespaces()
    {
        var read = await ReadAsync("rss20.xml");
        Assert.Equal((2, 3), (read.Stories.Count, read.Refused));
        Assert.Equal(
            new Story
            {
                Id = StoryId.From("https://harbour.example/fog?id=7"),
                Kind = StoryKind.Article,
                Url = "https://harbour.example/fog?id=7",
                Title = "Ferries & fog: the long night",
                Summary = "Nothing moved. Nobody slept.",
                Byline = "Ana Silva, Ben Cole",
                Section = "Harbour",
                Language = "en-GB",
                Image = new StoryImage(
                    "https://img.example/large.jpg", "A ferry in fog", "The 6 a.m. ferry — late", "Iva Horn / Agency", 1200, 800),
                Source = Feed.IdOf(Server.Url("/rss20.xml")),
                Published = new(2026, 3, 10, 5, 30, 0, TimeSpan.Zero),
                Updated = new(2026, 3, 10, 7, 0, 0, TimeSpan.Zero),
                FirstSeen = Now,
                Signals = new Signals(Views: 900, Votes: 31, Comments: 42),
            },
            read.Stories[0]);

        var second = read.Stories[1];
        Assert.Equal(("https://harbour.example/guid", "Text of the story.", "Jane Doe"), (second.Url, second.Summary, second.Byline));
        Assert.Equal(new StoryImage(Server.Url("/pic/a.png"), "A pier", "The pier at noon", null, 640, null), second.Image);
        Assert.Equal((Now, Now), (second.Published, second.FirstSeen));
    }

    [Fact]
    public async Task Rss_1_with_items_beside_the_channel()
    {
        var read = await ReadAsync("rss10.rdf");
        Assert.Equal(["Erste", "Zweite"], read.Stories.Select(story => story.Title));
        var first = read.Stories[0];
        Assert.Equal(("Text", "Eva", "Hafen", "de", 3),
            (first.Summary, first.Byline, first.Section, first.Language, first.Signals.Comments));
        Assert.Equal(new DateTimeOffset(2026, 3, 9, 9, 0, 0, TimeSpan.Zero), first.Published);
    }

    [Fact]
    public async Task Rss_0_91()
    {
        var story = Assert.Single((await ReadAsync("rss091.xml")).Stories);
        Assert.Equal(("Plain old news", "Still here.", "en"), (story.Title, story.Summary, story.Language));
    }

    [Fact]
    public async Task Atom_in_arabic_with_relative_links()
    {
        var read = await ReadAsync("atom.xml", feed => feed with { Kind = StoryKind.BlogPost });
        var (first, second) = (read.Stories[0], read.Stories[1]);
        Assert.Equal((2, 0, StoryKind.BlogPost), (read.Stories.Count, read.Refused, first.Kind));
        Assert.Equal(("أخبار <اليوم> مهمة", "ملخص <بسيط>", "هيئة التحرير"), (first.Title, first.Summary, first.Byline));
        Assert.Equal(("https://blog.example/ar/1", "سياسة", "ar", 12), (first.Url, first.Section, first.Language, first.Signals.Comments));
        Assert.Equal(new StoryImage("https://blog.example/ar/pic.jpg", "صورة", null, null, null, null), first.Image);
        Assert.Equal(new DateTimeOffset(2026, 3, 10, 3, 0, 0, 250, TimeSpan.Zero), first.Updated);

        Assert.Equal(("Two words", "First. Second.", "Rana, Sami"), (second.Title, second.Summary, second.Byline));
        Assert.Equal(("https://blog.example/en/2", "Culture", "en"), (second.Url, second.Section, second.Language));
        Assert.Equal(new DateTimeOffset(2026, 3, 8, 0, 0, 0, TimeSpan.Zero), second.Published);
    }

    [Fact]
    public async Task Atom_0_3()
    {
        var story = Assert.Single((await ReadAsync("atom03.xml")).Stories);
        Assert.Equal(("Old & good", "Body", "https://old.example/a"), (story.Title, story.Summary, story.Url));
        Assert.Equal((1, 2), (story.Published.Day, story.Updated!.Value.Day));
    }

    [Fact]
    public async Task Json_feed()
    {
        var read = await ReadAsync("feed.json");
        Assert.Equal((2, 6), (read.Stories.Count, read.Refused));
        var (first, second) = (read.Stories[0], read.Stories[1]);
        Assert.Equal((Server.Url("/2026/one"), "One < two & three", "Body text"), (first.Url, first.Title, first.Summary));
        Assert.Equal(("Lea, Tom", "Tech", "fr", "https://img.example/lead.webp"),
            (first.Byline, first.Section, first.Language, first.Image!.Url));
        Assert.Equal((13, 14), (first.Published.Hour, first.Updated!.Value.Hour));
        Assert.Equal(("https://blog.example/two", "Plain < text", "Old Style", "en"),
            (second.Url, second.Summary, second.Byline, second.Language));
        Assert.Equal(Now, second.Published);
    }

    [Fact]
    public async Task Only_a_ranked_feed_gives_positions()
    {
        var items = string.Concat(
            Enumerable.Range(1, 3).Select(i => $"<item><title>T{i}</title><link>https://example.com/{i}</link></item>"))
            + "<item><title>T1 again</title><link>https://example.com/1#x</link></item>";
        Assert.All((await Server.ReadAsync(Rss(items))).Stories, story => Assert.Null(story.Signals.FeedPosition));
        var ranked = await Server.ReadAsync(Rss(items), feed => feed with { Ranked = true });
        Assert.Equal([("T1", 1), ("T2", 2), ("T3", 3)], ranked.Stories.Select(story => (story.Title, story.Signals.FeedPosition!.Value)));
    }

    [Theory]
    [InlineData("Tue, 10 Mar 2026 06:30:00 GMT", "2026-03-10T06:30:00Z")]
    [InlineData("Mon, 10 Mar 2026 06:30:00 EST", "2026-03-10T11:30:00Z")]
    [InlineData("10 Mar 26 06:30 PDT", "2026-03-10T13:30:00Z")]
    [InlineData("Tuesday, 10 March 2026 06:30:00 +0530", "2026-03-10T01:00:00Z")]
    [InlineData("Tue, 1 Sept 2026 06:30:00 Z", "2026-09-01T06:30:00Z")]
    [InlineData("Tue, 10 Mar 2026 06:30:00 +0100 (CET)", "2026-03-10T05:30:00Z")]
    [InlineData("Tue,10 Mar 2026  06:30:00", "2026-03-10T06:30:00Z")]
    [InlineData("Mar 10, 2026", "2026-03-10T00:00:00Z")]
    [InlineData("2026-03-10", "2026-03-10T00:00:00Z")]
    [InlineData("2026-03-10T06:30Z", "2026-03-10T06:30:00Z")]
    [InlineData("2026-03-10T06:30:00.1234567Z", "2026-03-10T06:30:00.1234567Z")]
    [InlineData("2026-03-10t06:30:00.5+0100", "2026-03-10T05:30:00.5Z")]
    [InlineData("2026-03-10 06:30:00 -05:00", "2026-03-10T11:30:00Z")]
    [InlineData("2026-03-10 06:30:00 UTC", "2026-03-10T06:30:00Z")]
    [InlineData("0001-01-01T00:00:00+14:00", null)]
    [InlineData("9999-12-31T23:59:59-14:00", null)]
    [InlineData("30 Feb 2026 06:30:00 GMT", null)]
    [InlineData("10 Mar 2026 06:30:00 +99:99", null)]
    [InlineData("اليوم", null)]
    public async Task A_date_is_read_exactly_or_not_at_all(string written, string? instant)
    {
        var story = Assert.Single(
            (await Server.ReadAsync(Item("T", $"<link>https://example.com/a</link><pubDate>{written}</pubDate>"))).Stories);
        Assert.Equal(instant is null ? Now : DateTimeOffset.Parse(instant, null), story.Published);
    }

    private async Task<FeedReading.Read> ReadAsync(string name, Func<Feed, Feed>? change = null)
    {
        var document = await File.ReadAllBytesAsync(
            Path.Combine(AppContext.BaseDirectory, "Samples", name), TestContext.Current.CancellationToken);
        Server.Serve("/" + name, document, name.EndsWith("json", StringComparison.Ordinal) ? "application/feed+json" : "text/xml");
        return Assert.IsType<FeedReading.Read>(await Server.PollAsync("/" + name, change));
    }
}
