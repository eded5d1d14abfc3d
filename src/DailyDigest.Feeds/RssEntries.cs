using System.Xml.Linq;
using DailyDigest.Calendar;
using DailyDigest.Content;
using static DailyDigest.Feeds.FeedXml;

namespace DailyDigest.Feeds;

/// <summary>Reads RSS 2.0 and 0.9x (items in the channel) and RSS 1.0 and 0.90 (items beside it, under rdf:RDF).</summary>
internal static class RssEntries
{
    public static IEnumerable<Func<FeedEntry?>> Read(XElement root, Uri address)
    {
        var channel = root.Elements().FirstOrDefault(element => element.Name.LocalName == "channel");
        if (channel is null)
        {
            throw new FeedFault("not a feed: RSS without a channel");
        }

        var language = channel.Text(channel.Name.Namespace + "language") ?? channel.Text(Dc + "language") ?? channel.Language();
        return channel.Elements().Concat(root.Elements())
            .Where(element => element.Name.LocalName == "item")
            .Select<XElement, Func<FeedEntry?>>(item => () => Item(item, address, language));
    }

    private static FeedEntry Item(XElement item, Uri document, string? language)
    {
        // RSS elements have the namespace of their item: none in 2.0, one of several in 1.0 and in faulty 2.0.
        var own = item.Name.Namespace;
        var address = Links.Base(item, document);
        var description = new HtmlText(item.Text(own + "description"));
        var content = new HtmlText(item.Text(Encoded + "encoded"));
        var summary = description.Line(ContentText.MaxSummary);
        return new FeedEntry
        {
            Link = Link(item, own, address),
            Title = new HtmlText(item.Text(own + "title") ?? item.Text(Dc + "title") ?? item.Text(Media + "title"))
                .Line(ContentText.MaxTitle),
            Summary = summary.Length > 0 ? summary : content.Line(ContentText.MaxSummary),
            Byline = People(item.Elements(Dc + "creator").Append(item.Element(own + "author")).Select(name => Person(name?.Value))),
            Section = item.Elements(own + "category").Concat(item.Elements(Dc + "subject"))
                .Select(section => new HtmlText(section.Value).Line(ContentText.MaxName)).FirstOrDefault(section => section.Length > 0),
            Language = item.Text(Dc + "language") ?? item.Attribute(XNamespace.Xml + "lang")?.Value ?? language,
            Image = MediaRss.Image(item, address) ?? Enclosure(item, own, address) ?? content.Image(address) ?? description.Image(address),
            Published = FeedDates.Parse(item.Text(own + "pubDate")) ?? FeedDates.Parse(item.Text(Dc + "date"))
                ?? FeedDates.Parse(item.Text(Atom + "published")),
            Updated = FeedDates.Parse(item.Text(Atom + "updated")) ?? FeedDates.Parse(item.Text(Terms + "modified")),
            Signals = MediaRss.Signals(item),
        };
    }

    private static string? Link(XElement item, XNamespace own, Uri address)
    {
        var guid = item.Element(own + "guid");
        var permanent = guid?.Attribute("isPermaLink")?.Value.Trim() is not "false"
            && guid?.Value.Contains("://", StringComparison.Ordinal) is true
            ? guid.Value
            : null;
        var alternate = item.Elements(Atom + "link").FirstOrDefault(link => link.Attribute("rel")?.Value is null or "alternate");
        return Links.Resolve(address, item.Text(own + "link"))
            ?? Links.Resolve(address, alternate?.Attribute("href")?.Value)
            ?? Links.Resolve(address, permanent);
    }

    private static StoryImage? Enclosure(XElement item, XNamespace own, Uri address) => item.Elements(own + "enclosure")
        .Where(enclosure => enclosure.Attribute("type")?.Value.StartsWith("image/", StringComparison.OrdinalIgnoreCase) is true)
        .Select(enclosure => Links.Resolve(address, enclosure.Attribute("url")?.Value))
        .Where(url => url is not null)
        .Select(url => new StoryImage(url!, "", null, null, null, null))
        .FirstOrDefault();
}
