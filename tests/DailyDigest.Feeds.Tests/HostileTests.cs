using System.Text;
using DailyDigest.Content;

namespace DailyDigest.Feeds.Tests;

/// <summary>Invalid and hostile documents.</summary>
public sealed class HostileTests : FeedServerTests
{
    [Theory]
    [InlineData("", "not a feed: empty")]
    [InlineData("  \r\n ", "not a feed: empty")]
    [InlineData("hello", "not a feed: neither XML nor JSON")]
    [InlineData("<!DOCTYPE html><html><body>Log in", "not a feed: HTML")]
    [InlineData("<html xmlns='http://www.w3.org/1999/xhtml'/>", "not a feed: HTML")]
    [InlineData("<?xml version='1.0'?><html/>", "not a feed: HTML")]
    [InlineData("<opml version='2.0'/>", "not a feed: the root element is opml")]
    [InlineData("<rss version='2.0'/>", "not a feed: RSS without a channel")]
    [InlineData("{\"a\": 1}", "not a feed: JSON, but not JSON Feed")]
    [InlineData("{\"version\": \"https://jsonfeed.org/version/1\", \"items\": {}}", "not a feed: JSON, but not JSON Feed")]
    [InlineData("{\"version\": ", "bad JSON in line 1")]
    public async Task A_document_that_is_no_feed_is_a_failure(string document, string reason) =>
        Assert.Equal(reason, await Server.FailAsync(document));

    [Theory]
    [InlineData("<a><b></a>")]
    [InlineData("<<<")]
    [InlineData("<?xml version='1.0'?>")]
    public async Task Invalid_XML_is_a_failure(string document) =>
        Assert.StartsWith("bad XML: ", await Server.FailAsync(document), StringComparison.Ordinal);

    [Theory]
    [InlineData("<!DOCTYPE rss [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>")]
    [InlineData("<!DOCTYPE rss [<!ENTITY a 'lol'><!ENTITY b '&a;&a;&a;&a;'><!ENTITY x '&b;&b;&b;&b;'>]>")]
    [InlineData("<!doctype rss SYSTEM 'http://127.0.0.1/x.dtd' [ ]>")]
    public async Task A_dtd_with_declarations_is_refused(string dtd)
    {
        Assert.Equal(
            "the feed contains a DTD (DOCTYPE) with declarations, which is refused",
            await Server.FailAsync(
                "<?xml version='1.0'?>" + dtd + "<rss version='2.0'><channel><item><title>&x;</title></item></channel></rss>"));
        Assert.Single(Server.Requests);
    }

    [Theory]
    [InlineData("<!DOCTYPE rss SYSTEM 'http://127.0.0.1/x.dtd'>")]
    [InlineData(
        "<!DOCTYPE rss PUBLIC '-//Netscape Communications//DTD RSS 0.91//EN' 'http://my.netscape.com/publish/formats/rss-0.91.dtd'>")]
    public async Task A_dtd_without_declarations_is_ignored_and_not_fetched(string dtd)
    {
        var read = await Server.ReadAsync(dtd + "<rss version='0.91'><channel><item><title>&x; &eacute;</title>"
            + "<link>https://example.com/a</link></item></channel></rss>");
        Assert.Equal("&x; é", Assert.Single(read.Stories).Title);
        Assert.Single(Server.Requests);
    }

    [Theory]
    [InlineData("&lt;script&gt;alert(1)&lt;/script&gt;Headline", "Headline")]
    [InlineData("<![CDATA[<img src=x onerror=alert(1)>Head<b>line</b>]]>", "Headline")]
    [InlineData("Headline&#13;&#10;Bcc: all@example.com", "Headline Bcc: all@example.com")]
    [InlineData("Headline&amp;#13;&amp;#10;Bcc: all@example.com", "Headline Bcc: all@example.com")]
    [InlineData("Head&#x202E;line&#x0;&#x1B;", "Headline")]
    [InlineData("Tom &amp;amp; Jerry &lt;3", "Tom & Jerry <3")]
    [InlineData("&amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt;", "<script>alert(1)</script>")]
    [InlineData(
        "&lt;style&gt;*{display:none}&lt;/style&gt;&lt;svg onload=x&gt;&lt;text&gt;no&lt;/text&gt;&lt;/svg&gt;Headline", "Headline")]
    [InlineData("&lt;!-- x --&gt;Headline &lt;a href='javascript:x'&gt;here&lt;/a&gt;", "Headline here")]
    public async Task A_title_becomes_plain_text_on_one_line(string title, string plain) =>
        Assert.Equal(plain, Assert.Single((await Server.ReadAsync(Item(title))).Stories).Title);

    [Theory]
    [InlineData("&lt;script&gt;alert(1)&lt;/script&gt;")]
    [InlineData("&#x202E;&#x200B;")]
    [InlineData("&lt;img src=x&gt;")]
    public async Task An_invisible_title_is_refused(string title)
    {
        var read = await Server.ReadAsync(Item(title));
        Assert.Equal((0, 1), (read.Stories.Count, read.Refused));
    }

    [Theory]
    [InlineData("javascript:alert(1)")]
    [InlineData("data:text/html,x")]
    [InlineData("https://user:pass@example.com/")]
    [InlineData("http://")]
    public async Task A_link_that_is_no_web_page_is_refused(string link)
    {
        var read = await Server.ReadAsync(Item("T", $"<link>{link}</link><guid isPermaLink='true'>{link}</guid>"));
        Assert.Equal((0, 1), (read.Stories.Count, read.Refused));
    }

    [Fact]
    public async Task Images_and_bylines_are_cleaned_like_the_rest()
    {
        const string Items = """
            <item><title>T</title><link>https://example.com/a</link><dc:creator>&lt;b&gt;A&lt;/b&gt;&#10;B</dc:creator>
            <media:content url="javascript:alert(1)" medium="image"/><media:thumbnail url="data:image/png;base64,AA"/>
            <description>&lt;img src="javascript:x"&gt;&lt;img src="https://example.com/i.png" alt="a&amp;#10;b"&gt;</description></item>
            """;
        var story = Assert.Single((await Server.ReadAsync(Rss(Items))).Stories);
        Assert.Equal("A B", story.Byline);
        Assert.Equal(new StoryImage("https://example.com/i.png", "a b", null, null, null, null), story.Image);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("99999999999999999999")]
    [InlineData("many")]
    [InlineData("1e9")]
    public async Task An_invalid_count_is_unknown(string count)
    {
        var story = Assert.Single(
            (await Server.ReadAsync(Item("T", $"<link>https://example.com/a</link><slash:comments>{count}</slash:comments>"))).Stories);
        Assert.Equal(Signals.None, story.Signals);
    }

    [Fact]
    public async Task Deep_nesting_is_refused_or_survived()
    {
        const string Reason = "elements nested more than 256 deep";
        var deep = string.Concat(Enumerable.Repeat("<a>", 200_000)) + string.Concat(Enumerable.Repeat("</a>", 200_000));
        Assert.Equal(Reason, await Server.FailAsync(deep));
        Assert.Equal(Reason, await Server.FailAsync(Item($"T<y>{deep}</y>")));
        Assert.Equal(Reason, await Server.FailAsync(
            $"<feed xmlns='http://www.w3.org/2005/Atom'><entry><content type='xhtml'>{deep}</content></entry></feed>"));
        Assert.Equal("bad JSON in line 1", await Server.FailAsync("{\"a\":" + new string('[', 100_000)));

        foreach (var tag in new[] { "&lt;div&gt;&lt;b&gt;", "&lt;a&gt;", "&lt;b&gt;&lt;p&gt;", "&lt;table&gt;", "&lt;svg&gt;" })
        {
            var html = string.Concat(Enumerable.Repeat(tag, 20_000));
            Assert.Single((await Server.ReadAsync(Item("T",
                $"<link>https://example.com/a</link><description>{html}text</description>"))).Stories);
        }
    }

    [Fact]
    public async Task A_document_of_very_many_parts_is_refused()
    {
        const string Children = "an element with more than 20,000 children";
        var many = string.Concat(Enumerable.Repeat("<a/>", 20_001));
        Assert.Equal(Children, await Server.FailAsync(Rss(many)));
        Assert.Equal(Children, await Server.FailAsync(Item("T", many)));
        Assert.Equal(Children, await Server.FailAsync($"<feed xmlns='http://www.w3.org/2005/Atom'>{many}</feed>"));
        var branch = $"<a>{string.Concat(Enumerable.Repeat("<a/>", 19_000))}</a>";
        Assert.Equal("more than 300,000 elements and attributes", await Server.FailAsync(
            Rss(string.Concat(Enumerable.Repeat(branch, 16)))));
        var attributes = string.Concat(Enumerable.Range(0, 101).Select(i => $" a{i}=''"));
        Assert.Equal("an element with more than 100 attributes", await Server.FailAsync(Rss($"<item{attributes}/>")));
        var hundred = string.Concat(Enumerable.Range(0, 100).Select(i => $" a{i}=''"));
        Assert.Equal("more than 300,000 elements and attributes", await Server.FailAsync(
            Rss(string.Concat(Enumerable.Repeat($"<item{hundred}/>", 3000)))));
        Assert.Equal("more than 300,000 JSON tokens", await Server.FailAsync(
            "{\"version\": \"https://jsonfeed.org/version/1\", \"items\": [" + string.Join(',', Enumerable.Repeat("0", 300_000)) + "]}"));
    }

    [Fact]
    public async Task A_large_honest_feed_is_read()
    {
        var items = string.Concat(Enumerable.Range(0, 2000).Select(i =>
            $"<item><title>T</title><link>https://example.com/{i}</link>"
            + string.Concat(Enumerable.Repeat("<media:content url='https://example.com/p.jpg' medium='image' width='9' height='9'/>", 20))
            + "</item>"));
        Assert.Equal(2000, (await Server.ReadAsync(Rss(items))).Stories.Count);
    }

    [Fact]
    public async Task Only_the_first_2000_entries_are_read()
    {
        var items = string.Concat(
            Enumerable.Range(0, 2500).Select(i => $"<item><title>T</title><link>https://example.com/{i}</link></item>"));
        var read = await Server.ReadAsync(Rss(items));
        Assert.Equal((2000, 500), (read.Stories.Count, read.Refused));
    }

    [Fact]
    public async Task Long_texts_are_cut()
    {
        var words = string.Concat(Enumerable.Repeat("word ", 20_000));
        var story = Assert.Single((await Server.ReadAsync(Item(words,
            $"<link>https://example.com/a</link><description>{words}</description><category>{words}</category>"))).Stories);
        Assert.InRange(story.Title.Length, 290, 300);
        Assert.InRange(story.Summary.Length, 590, 600);
        Assert.InRange(story.Section!.Length, 110, 120);
    }
}
