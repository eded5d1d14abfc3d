using DailyDigest.Content;

namespace DailyDigest.Feeds.Tests;

/// <summary>Bylines, sections, pictures, teasers and titles.</summary>
public sealed class TextTests : FeedServerTests
{
    private const string Head = "<link>https://example.com/a</link>";

    [Theory]
    [InlineData("<author>jane@example.com (Jane Doe)</author>", "Jane Doe")]
    [InlineData("<author>Jane Doe &lt;jane@example.com&gt;</author>", "Jane Doe")]
    [InlineData("<author>Jane Doe (jane@example.com)</author>", "Jane Doe")]
    [InlineData("<author>\"Doe, Jane\" jane@example.com</author>", "Doe, Jane")]
    [InlineData("<author>jane@example.com</author>", null)]
    [InlineData("<author>mailto:jane@example.com</author>", null)]
    [InlineData("<author>noreply@example.com (noreply@example.com)</author>", null)]
    [InlineData("<author>jane@example.com ()</author>", null)]
    [InlineData("<author>@jane</author>", "@jane")]
    [InlineData("<author><name>Jane Doe</name><email>jane@example.com</email></author>", "Jane Doe")]
    [InlineData("<itunes:author>Jane Doe</itunes:author>", "Jane Doe")]
    [InlineData("<atom:author><atom:name>Jane Doe</atom:name></atom:author>", "Jane Doe")]
    [InlineData("<dc:creator>Jane Doe</dc:creator><author>jane@example.com (Jane Doe)</author>", "Jane Doe")]
    [InlineData("<dc:creator>&lt;a href='/jane'&gt;Jane&lt;/a&gt; &amp;amp; Tom</dc:creator>", "Jane & Tom")]
    [InlineData("<dc:creator>Ann</dc:creator><itunes:author>Tom</itunes:author>", "Ann, Tom")]
    public async Task A_byline_is_a_name_and_never_an_address(string authors, string? byline) =>
        Assert.Equal(byline, (await StoryAsync("T", authors)).Byline);

    [Theory]
    [InlineData("<category>&lt;b&gt;News&lt;/b&gt; &amp;amp; more</category>", "News & more")]
    [InlineData("<category/><category term='Sport'/>", "Sport")]
    [InlineData("<dc:subject>Culture</dc:subject>", "Culture")]
    [InlineData("<category>http://example.com/tag/x</category><category>Tag</category>", "Tag")]
    public async Task A_section_is_a_name(string categories, string section) =>
        Assert.Equal(section, (await StoryAsync("T", categories)).Section);

    [Theory]
    [InlineData("<itunes:image href='/i.jpg'/>", "/i.jpg")]
    [InlineData("<enclosure url='/i.jpg' length='1'/>", "/i.jpg")]
    [InlineData("<enclosure url='/i.mp3' type='audio/mpeg'/><description>&lt;img src='/j.png'&gt;</description>", "/j.png")]
    [InlineData("<image><url>/i.jpg</url></image>", "/i.jpg")]
    [InlineData("<media:group><media:content url='/s.jpg' medium='image' width='90'/>"
        + "<media:content url='/l.jpg' medium='image' width='900'/></media:group>", "/l.jpg")]
    [InlineData("<media:content url='/p.gif' medium='image' width='1' height='1'/><media:thumbnail url='/t.jpg'/>", "/t.jpg")]
    [InlineData("<description>&lt;img src='data:image/gif;base64,AAAA' data-src='/lazy.jpg'&gt;</description>", "/lazy.jpg")]
    [InlineData("<description>&lt;img src='/blank.gif' data-original='/lazy.jpg'&gt;</description>", "/lazy.jpg")]
    [InlineData("<description>&lt;img srcset='/a.jpg 300w, /b.jpg 900w'&gt;</description>", "/b.jpg")]
    [InlineData("<description>&lt;img src='/e.png' class='wp-smiley' alt=':)'&gt;&lt;img src='/j.jpg'&gt;</description>", "/j.jpg")]
    [InlineData("<description>&lt;img src='/x/pixel.gif'&gt;&lt;img src='/j.jpg'&gt;</description>", "/j.jpg")]
    [InlineData("<description>&lt;img src='/p.jpg' style='display: none'&gt;&lt;img src='/j.jpg'&gt;</description>", "/j.jpg")]
    [InlineData("<description xml:base='https://img.example/'>&lt;img src='j.jpg'&gt;</description>", "https://img.example/j.jpg")]
    public async Task A_picture_is_found_wherever_feeds_put_it(string elements, string picture) =>
        Assert.Equal(
            picture.StartsWith('/') ? Server.Url(picture) : picture, (await StoryAsync("T", elements)).Image?.Url);

    [Theory]
    [InlineData("<description>&lt;p&gt;a&lt;/p&gt;&lt;p&gt;b&lt;/p&gt;</description>", "a b")]
    [InlineData("<description><p>a</p><p>b</p></description>", "a b")]
    [InlineData("<description>a&lt;br&gt;b&lt;td&gt;c</description>", "a b c")]
    [InlineData("<itunes:summary>teaser</itunes:summary>", "teaser")]
    [InlineData("<dc:description>teaser</dc:description><content:encoded>text</content:encoded>", "teaser")]
    [InlineData("<media:group><media:description>teaser</media:description></media:group>", "teaser")]
    [InlineData("<description>so &lt;iframe src='x'/&gt;on</description>", "so on")]
    [InlineData("<description>so &lt;svg&gt;on and on</description>", "so on and on")]
    [InlineData("<description>so&lt;script&gt;x</description>", "so")]
    [InlineData("<description>Joy &lt;img class='emoji' src='/e.png' alt='😀'&gt; now</description>", "Joy 😀 now")]
    public async Task A_teaser_is_text_with_its_words_apart(string elements, string teaser) =>
        Assert.Equal(teaser, (await StoryAsync("T", elements)).Summary);

    [Theory]
    [InlineData("List&lt;String&gt; in Java", "List<String> in Java")]
    [InlineData("List&amp;lt;String&amp;gt; in Java", "List<String> in Java")]
    [InlineData("a &lt; b &gt; c", "a < b > c")]
    [InlineData("Use &lt;!DOCTYPE html&gt; first", "Use <!DOCTYPE html> first")]
    [InlineData("&lt;o:p&gt;Word&lt;/o:p&gt; &lt;i&gt;x&lt;/i&gt;", "Word x")]
    [InlineData("R&amp;D at AT&amp;T", "R&D at AT&T")]
    public async Task A_title_keeps_what_is_no_html(string written, string title) =>
        Assert.Equal(title, (await StoryAsync(written, "")).Title);

    [Theory]
    [InlineData("<div xmlns='http://www.w3.org/1999/xhtml' xml:base='https://img.example/a/'><img src='j.jpg'/></div>",
        "https://img.example/a/j.jpg")]
    [InlineData("<div xmlns='http://www.w3.org/1999/xhtml'><p xml:base='https://img.example/a/'>x</p>"
        + "<p xml:base='https://img.example/b'><img src='j.jpg'/></p></div>",
        "https://img.example/j.jpg")]
    [InlineData("<div xmlns='http://www.w3.org/1999/xhtml' xml:base='pics/'><p xml:base='small/'><img src='j.jpg'/></p></div>",
        "https://base.example/deep/pics/small/j.jpg")]
    [InlineData("<div xmlns='http://www.w3.org/1999/xhtml' xml:base='pics/'><img src='/j.jpg'/></div>", "https://base.example/j.jpg")]
    [InlineData("<div xmlns='http://www.w3.org/1999/xhtml' xml:base='https://img.example/'><img src='https://x.example/j.jpg'/></div>",
        "https://x.example/j.jpg")]
    [InlineData("<div xmlns='http://www.w3.org/1999/xhtml' xml:base='https://img.example/a/'><img src='//cdn.example/j.jpg'/></div>",
        "https://cdn.example/j.jpg")]
    [InlineData("<div xmlns='http://www.w3.org/1999/xhtml' xml:base='https://img.example/'><img srcset='s.jpg 300w, l.jpg 900w'/></div>",
        "https://img.example/l.jpg")]
    public async Task Xml_base_counts_inside_content_and_summary(string markup, string picture)
    {
        foreach (var element in (string[])["content", "summary"])
        {
            var read = await Server.ReadAsync(
                "<feed xmlns='http://www.w3.org/2005/Atom' xml:base='https://base.example/deep/'><entry><title>T</title>"
                + $"<id>https://example.com/a</id><{element} type='xhtml'>{markup}</{element}></entry></feed>");
            Assert.Equal(picture, Assert.Single(read.Stories).Image?.Url);
        }
    }

    [Theory]
    [InlineData("<item xml:lang='fr'><title xml:lang='ar'>T</title>", "ar")]
    [InlineData("<item xml:lang='fr'><title>T</title>", "fr")]
    [InlineData("<item><title>T</title><description xml:lang='es'>x</description>", "es")]
    [InlineData("<item><title>T</title><dc:language>de</dc:language>", "de")]
    [InlineData("<item><title>T</title>", "en")]
    public async Task Rss_has_a_language_at_every_level(string item, string language)
    {
        var read = await Server.ReadAsync("<rss version='2.0' xml:lang='it' xmlns:dc='http://purl.org/dc/elements/1.1/'><channel>"
            + $"<language>en</language>{item}<link>https://example.com/a</link></item></channel></rss>");
        Assert.Equal(language, Assert.Single(read.Stories).Language);
    }

    [Theory]
    [InlineData("<entry><title type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml' xml:lang='ar'>T</div></title>"
        + "<link href='https://example.com/a'/></entry>", "ar", "")]
    [InlineData("<entry><title>T</title><link href='https://example.com/a'/><content xml:lang='fr'>x</content></entry>", "fr", "x")]
    [InlineData("<entry><title>T</title><link href='https://example.com/a'/><summary xml:lang='fr'>x</summary></entry>", "fr", "x")]
    [InlineData("<entry xml:lang='de'><title>T</title><link href='https://example.com/a'/><content xml:lang='fr'>x</content></entry>",
        "de", "x")]
    [InlineData("<entry xml:lang='fr'><title xml:lang='ar'>T</title><id>https://example.com/a</id></entry>", "ar", "")]
    [InlineData("<entry><title>T</title><id>urn:1</id><link rel='self' href='https://example.com/a'/>"
        + "<content type='image/png'>iVBORw0KGgo=</content></entry>", "en", "")]
    [InlineData("<entry><title>T</title><id>urn:1</id><link href='https://example.com/a'/>"
        + "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>a</p><p>b</p></div></content></entry>", "en", "a b")]
    public async Task Atom_has_language_address_and_text_at_every_level(string entry, string language, string teaser)
    {
        var read = await Server.ReadAsync($"<feed xmlns='http://www.w3.org/2005/Atom' xml:lang='en'>{entry}</feed>");
        var story = Assert.Single(read.Stories);
        Assert.Equal(("https://example.com/a", language, teaser), (story.Url, story.Language, story.Summary));
    }

    [Fact]
    public async Task A_link_without_its_scheme_is_no_relative_one() =>
        Assert.Equal("http://www.example.com/a?b=1", Assert.Single((await Server.ReadAsync(
            "<rss><channel><item><title>T</title><link>www.example.com/a?b=1</link></item></channel></rss>")).Stories).Url);

    [Theory]
    [InlineData("<entry xmlns='http://www.w3.org/2005/Atom'><title>T</title><link href='https://example.com/a'/></entry>")]
    [InlineData("<Channel xmlns='http://purl.org/net/rss1.1#' xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><title>C</title>"
        + "<items rdf:parseType='Collection'><item rdf:about='https://example.com/a'><title>T</title></item></items></Channel>")]
    [InlineData("<channel><item href='https://example.com/a'><title>T</title></item></channel>")]
    [InlineData("<rss><item><title>T</title><guid isPermaLink='false'>https://example.com/a</guid></item></rss>")]
    [InlineData("<rss><channel><item><title>T</title><link href='https://example.com/a'/></item></channel></rss>")]
    [InlineData("<rss><channel><item><title>T</title><link>\n https://example.com/\n a </link></item></channel></rss>")]
    [InlineData("<rss xmlns:a='https://www.w3.org/2005/atom/'><channel><item><title>T</title><a:link rel='self' "
        + "href='https://example.com/a'/></item></channel></rss>")]
    public async Task Rare_forms_are_read(string document)
    {
        var story = Assert.Single((await Server.ReadAsync(document)).Stories);
        Assert.Equal(("T", "https://example.com/a"), (story.Title, story.Url.Replace("%20", "", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_picture_is_found_in_the_attachments_of_json()
    {
        var story = Assert.Single((await Server.ReadAsync(
            """
            {"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "url": "https://example.com/a", "title": "T",
              "attachments": [{"url": "/a.mp3", "mime_type": "audio/mpeg"}, {"url": "/b.jpg", "mime_type": "image/jpeg"}]}]}
            """)).Stories);
        Assert.Equal(Server.Url("/b.jpg"), story.Image?.Url);
    }

    private async Task<Story> StoryAsync(string title, string elements) => Assert.Single((await Server.ReadAsync(
        Item(title, Head + elements).Replace("<rss ", "<rss xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd' ",
            StringComparison.Ordinal))).Stories);
}
