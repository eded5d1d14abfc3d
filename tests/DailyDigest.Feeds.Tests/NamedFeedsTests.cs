namespace DailyDigest.Feeds.Tests;

/// <summary>Feeds that a page names, for an operator who gave the page's URL.</summary>
public sealed class NamedFeedsTests
{
    private static readonly Uri Page = new("https://news.example.com/a/");

    [Theory]
    [InlineData("<link rel=alternate type=application/rss+xml href=feed.xml>", "https://news.example.com/a/feed.xml")]
    [InlineData("<LINK REL='home Alternate' TYPE='Application/Atom+XML' HREF='/atom'>", "https://news.example.com/atom")]
    [InlineData("<link rel=alternate type=application/feed+json href=//other.example/f.json>", "https://other.example/f.json")]
    [InlineData("<link rel=stylesheet type=application/rss+xml href=x>", null)]
    [InlineData("<link rel=alternate type=text/html href=x>", null)]
    [InlineData("<link rel=alternate type=application/rss+xml href='javascript:alert(1)'>", null)]
    [InlineData("<link rel=alternate type=application/rss+xml href='http://user:secret@host/'>", null)]
    [InlineData("<link rel=alternate type=application/rss+xml>", null)]
    public void A_page_names_its_feeds(string html, string? url) =>
        Assert.Equal(url is null ? [] : [url], NamedFeeds.Of("<!doctype html><head>" + html, Page));

    [Fact]
    public void A_hostile_page_names_at_most_five()
    {
        var html = string.Concat(Enumerable.Range(0, 5000).Select(i => $"<link rel=alternate type=application/rss+xml href={i}>"));
        Assert.Equal(5, NamedFeeds.Of(html, Page).Count);
        Assert.Empty(NamedFeeds.Of(new string('<', 100_000), Page));
    }
}
