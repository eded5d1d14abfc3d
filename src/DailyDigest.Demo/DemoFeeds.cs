using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Xml;

namespace DailyDigest.Demo;

/// <summary>The sample feeds, as a publisher's own system would serve them.</summary>
/// <param name="Source">The feed of its stories in stories.json.</param>
/// <param name="Name">The feed's name.</param>
/// <param name="Path">Its path.</param>
/// <param name="Kind">The kind of its items.</param>
/// <param name="Ranked">True if its order is its editors' ranking.</param>
/// <param name="ContentType">Media type.</param>
/// <param name="Write">Writes the document: stories, base URL.</param>
internal sealed record DemoFeed(
    string Source, string Name, string Path, Content.StoryKind Kind, bool Ranked, string ContentType,
    Func<IReadOnlyList<DemoStory>, string, byte[]> Write)
{
    /// <summary>A feed that always fails, to show what the desk says about it.</summary>
    public const string BrokenName = "Ferry timetable", BrokenPath = "/demo/feeds/timetable.rss";

    public static readonly IReadOnlyList<DemoFeed> All =
    [
        new("courier", "Courier top stories", "/demo/feeds/top-stories.rss", Content.StoryKind.Article, true, "application/rss+xml", Rss),
        new("blogs", "Courier blogs", "/demo/feeds/blogs.atom", Content.StoryKind.BlogPost, false, "application/atom+xml", Atom),
        new("wire", "Coast Wire", "/demo/feeds/coast-wire.json", Content.StoryKind.Article, false, "application/feed+json", JsonFeed),
    ];

    private const string Media = "http://search.yahoo.com/mrss/", Dc = "http://purl.org/dc/elements/1.1/",
        Slash = "http://purl.org/rss/1.0/modules/slash/", Threads = "http://purl.org/syndication/thread/1.0",
        AtomName = "http://www.w3.org/2005/Atom",
        XmlName = "http://www.w3.org/XML/1998/namespace";

    // RSS 2.0 with Media RSS, Dublin Core and Slash.
    private static byte[] Rss(IReadOnlyList<DemoStory> stories, string baseUrl) => Xml(xml =>
    {
        xml.WriteStartElement("rss");
        xml.WriteAttributeString("version", "2.0");
        xml.WriteAttributeString("xmlns", "media", null, Media);
        xml.WriteAttributeString("xmlns", "dc", null, Dc);
        xml.WriteAttributeString("xmlns", "slash", null, Slash);
        xml.WriteAttributeString("xmlns", "atom", null, AtomName);
        xml.WriteStartElement("channel");
        xml.WriteElementString("title", "The Harbour Courier: top stories");
        xml.WriteElementString("link", baseUrl + "/demo");
        xml.WriteElementString("description", "What the editors of an invented newspaper put first");
        xml.WriteElementString("language", "en");
        foreach (var story in stories)
        {
            xml.WriteStartElement("item");
            xml.WriteElementString("title", story.Title);
            xml.WriteElementString("link", baseUrl + story.Path + "?utm_source=rss");
            xml.WriteStartElement("guid");
            xml.WriteAttributeString("isPermaLink", "true");
            xml.WriteString(baseUrl + story.Path);
            xml.WriteEndElement();
            xml.WriteElementString("description", story.Summary);
            xml.WriteElementString("category", story.Item.Section);
            xml.WriteElementString("pubDate", story.Published.ToString("r", CultureInfo.InvariantCulture));
            xml.WriteElementString("creator", Dc, story.Item.By);
            xml.WriteElementString("language", Dc, story.Item.Language ?? "en");
            if (story.Item.Comments is { } comments)
            {
                xml.WriteElementString("comments", Slash, Whole(comments));
            }

            if (story.Updated is { } updated)
            {
                xml.WriteElementString("updated", AtomName, Instant(updated));
            }

            WriteMedia(xml, story, baseUrl);
            xml.WriteEndElement();
        }
    });

    // Atom (RFC 4287) with the thread extension (RFC 4685).
    private static byte[] Atom(IReadOnlyList<DemoStory> stories, string baseUrl) => Xml(xml =>
    {
        xml.WriteStartElement("feed", AtomName);
        xml.WriteAttributeString("xml", "lang", XmlName, "en");
        xml.WriteAttributeString("xmlns", "media", null, Media);
        xml.WriteAttributeString("xmlns", "thr", null, Threads);
        xml.WriteElementString("id", AtomName, baseUrl + "/demo/feeds/blogs.atom");
        xml.WriteElementString("title", AtomName, "The Harbour Courier: blogs");
        xml.WriteElementString("updated", AtomName, Instant(stories.Max(story => story.Published)));
        foreach (var story in stories)
        {
            xml.WriteStartElement("entry", AtomName);
            xml.WriteElementString("id", AtomName, baseUrl + story.Path);
            xml.WriteStartElement("link", AtomName);
            xml.WriteAttributeString("rel", "alternate");
            xml.WriteAttributeString("type", "text/html");
            xml.WriteAttributeString("href", baseUrl + story.Path);
            xml.WriteEndElement();
            xml.WriteElementString("title", AtomName, story.Title);
            xml.WriteElementString("summary", AtomName, story.Summary);
            xml.WriteElementString("published", AtomName, Instant(story.Published));
            xml.WriteElementString("updated", AtomName, Instant(story.Updated ?? story.Published));
            xml.WriteStartElement("author", AtomName);
            xml.WriteElementString("name", AtomName, story.Item.By);
            xml.WriteEndElement();
            xml.WriteStartElement("category", AtomName);
            xml.WriteAttributeString("term", story.Item.Section);
            xml.WriteEndElement();
            if (story.Item.Comments is { } comments)
            {
                xml.WriteElementString("total", Threads, Whole(comments));
            }

            WriteMedia(xml, story, baseUrl);
            xml.WriteEndElement();
        }
    });

    // JSON Feed 1.1.
    private static byte[] JsonFeed(IReadOnlyList<DemoStory> stories, string baseUrl)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("version", "https://jsonfeed.org/version/1.1");
            json.WriteString("title", "Coast Wire");
            json.WriteString("home_page_url", baseUrl + "/demo");
            json.WriteString("language", "en");
            json.WriteStartArray("items");
            foreach (var story in stories)
            {
                json.WriteStartObject();
                json.WriteString("id", baseUrl + story.Path);
                json.WriteString("url", baseUrl + story.Path);
                json.WriteString("title", story.Title);
                json.WriteString("summary", story.Summary);
                json.WriteString("content_text", story.Summary);
                json.WriteString("date_published", Instant(story.Published));
                if (story.Item.Image is { } image)
                {
                    json.WriteString("image", baseUrl + DemoPages.Picture(image));
                }

                json.WriteStartArray("authors");
                json.WriteStartObject();
                json.WriteString("name", story.Item.By);
                json.WriteEndObject();
                json.WriteEndArray();
                json.WriteStartArray("tags");
                json.WriteStringValue(story.Item.Section);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static byte[] Xml(Action<XmlWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var xml = XmlWriter.Create(buffer, new XmlWriterSettings { Encoding = new UTF8Encoding(false), Indent = true }))
        {
            xml.WriteStartDocument();
            write(xml);
            xml.WriteEndDocument();
        }

        return buffer.ToArray();
    }

    // Media RSS: the picture, and the community's views and favourites.
    private static void WriteMedia(XmlWriter xml, DemoStory story, string baseUrl)
    {
        var item = story.Item;
        if (item.Image is { } image)
        {
            xml.WriteStartElement("content", Media);
            xml.WriteAttributeString("url", baseUrl + DemoPages.Picture(image));
            xml.WriteAttributeString("medium", "image");
            xml.WriteAttributeString("type", "image/png");
            xml.WriteAttributeString("width", Whole(DemoPictures.Width));
            xml.WriteAttributeString("height", Whole(DemoPictures.Height));
            xml.WriteElementString("title", Media, item.Alt ?? story.Title);
            xml.WriteElementString("description", Media, story.Caption ?? item.Alt ?? story.Title);
            if (item.Credit is { } credit)
            {
                xml.WriteElementString("credit", Media, credit);
            }

            xml.WriteEndElement();
        }

        if (item.Views is not null || item.Votes is not null)
        {
            xml.WriteStartElement("community", Media);
            xml.WriteStartElement("statistics", Media);
            if (item.Views is { } views)
            {
                xml.WriteAttributeString("views", Whole(views));
            }

            if (item.Votes is { } votes)
            {
                xml.WriteAttributeString("favorites", Whole(votes));
            }

            xml.WriteEndElement();
            xml.WriteEndElement();
        }
    }

    private static string Whole(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Instant(DateTimeOffset instant) =>
        instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
