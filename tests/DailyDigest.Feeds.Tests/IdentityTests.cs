using DailyDigest.Content;

namespace DailyDigest.Feeds.Tests;

/// <summary>Which entries are one story.</summary>
public sealed class IdentityTests : FeedServerTests
{
    private const string Live = "https://example.com/live";

    [Fact]
    public async Task Different_guids_are_two_stories_even_if_only_the_fragment_differs()
    {
        var read = await Server.ReadAsync(Rss(Entry("A", Live + "#a", "1") + Entry("B", Live + "#b", "2")));
        Assert.Equal(["https://example.com/live#a", "https://example.com/live#b"], read.Stories.Select(story => story.Url));
        Assert.Equal(2, read.Stories.Select(story => story.Id).Distinct().Count());
        Assert.Equal((0, null), (read.Same, read.Note));
    }

    [Fact]
    public async Task An_entry_has_the_same_id_when_the_others_have_gone()
    {
        var both = await Server.ReadAsync(Rss(Entry("A", Live + "#a", "1") + Entry("B", Live + "#b", "2")));
        var one = await Server.ReadAsync(Rss(Entry("B", "https://example.com/live#b", "2")));
        Assert.Equal(both.Stories[1].Id, Assert.Single(one.Stories).Id);
    }

    [Fact]
    public async Task Entries_that_link_to_one_page_are_told_apart_by_their_guids()
    {
        var read = await Server.ReadAsync(Rss(
            Entry("A", Live, "1") + Entry("B", Live, "2") + Entry("B", Live, "2")));
        Assert.Equal(["A", "B"], read.Stories.Select(story => story.Title));
        Assert.Equal(2, read.Stories.Select(story => story.Id).Distinct().Count());
        Assert.Equal((1, "left out: 1 the same as another entry"), (read.Same, read.Note));
        var turned = await Server.ReadAsync(Rss(Entry("B", Live, "2") + Entry("A", Live, "1")));
        Assert.Equal(read.Stories.Select(story => story.Id), turned.Stories.Reverse().Select(story => story.Id));
    }

    [Fact]
    public async Task An_entry_that_links_to_the_feeds_own_page_is_its_guid()
    {
        const string Channel = "<link>https://example.com/</link>";
        var one = await Server.ReadAsync(Rss(Channel + Entry("A", "https://example.com/", "1")));
        var other = await Server.ReadAsync(Rss(Channel + Entry("B", "https://example.com/", "2")));
        Assert.Equal("https://example.com/", one.Stories[0].Url);
        Assert.NotEqual(one.Stories[0].Id, other.Stories[0].Id);
    }

    [Theory]
    [InlineData("https://example.com/a#top", "https://example.com/a", "https://example.com/a#top")]
    [InlineData("https://example.com/a#utm_source=rss", "https://example.com/a", "https://example.com/a")]
    [InlineData("https://example.com/a#xtor=RSS-3", "https://example.com/a", "https://example.com/a")]
    [InlineData("https://example.com/#/news/7", "https://example.com/#/news/7", "https://example.com/#/news/7")]
    [InlineData("https://example.com/#!news/7", "https://example.com/#!news/7", "https://example.com/#!news/7")]
    public async Task A_fragment_goes_out_but_without_a_guid_it_is_no_identity(string link, string page, string url)
    {
        var story = Assert.Single((await Server.ReadAsync(Item("T", $"<link>{link}</link>"))).Stories);
        Assert.Equal((StoryId.From(page), url), (story.Id, story.Url));
    }

    [Fact]
    public async Task A_guid_that_is_the_page_adds_nothing()
    {
        var story = Assert.Single((await Server.ReadAsync(Rss(Entry("A", "https://example.com/a#x", "https://example.com/a")))).Stories);
        Assert.Equal(StoryId.From("https://example.com/a"), story.Id);
    }

    [Fact]
    public async Task What_is_dropped_as_the_same_is_counted()
    {
        var read = await Server.ReadAsync(Rss(Entry("A", Live, null) + Entry("A again", Live + "#x", null)));
        Assert.Equal((1, 0, 1), (read.Stories.Count, read.Refused, read.Same));
        Assert.Equal("left out: 1 the same as another entry", read.Note);
    }

    [Fact]
    public async Task A_refused_entry_has_its_reason()
    {
        var read = await Server.ReadAsync(Rss("<item><link>https://example.com/a</link></item><item><title>T</title></item>"
            + Entry("A", "https://example.com/a", null)));
        Assert.Equal((1, 2, null), (read.Stories.Count, read.Refused, read.Error));
        Assert.Equal("refused: 1 without a title, 1 without a usable link", read.Note);
        var nothing = await Server.ReadAsync(Rss("<item><link>https://example.com/a</link></item>"));
        Assert.Equal("no entry can be used (refused: 1 without a title)", nothing.Error);
    }

    private static string Entry(string title, string link, string? guid) =>
        $"<item><title>{title}</title><link>{link}</link>{(guid is null ? "" : $"<guid isPermaLink='false'>{guid}</guid>")}</item>";
}
