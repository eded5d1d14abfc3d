using System.Xml.Linq;
using DailyDigest.Calendar;
using DailyDigest.Content;
using static DailyDigest.Feeds.FeedXml;

namespace DailyDigest.Feeds;

/// <summary>Reads RSS 2.0 and 0.9x (items in the channel) and RSS 1.0 and 0.90 (items beside it, under rdf:RDF).</summary>
internal static class RssEntries
{
    public static IEnumerable<Func<FeedEntry?>> Read(XElement root, Uri address, FeedDates dates)
    {
        XElement[] channels = root.Name.LocalName == "channel" ? [root] : [.. Named(root, "channel")];
        var items = Named(root, "item").ToList();
        if (channels.Length == 0 && items.Count == 0)
        {
            throw new FeedFault("not a feed: RSS without a channel") { Problem = FeedProblem.NoFeed };
        }

        var within = channels.SelectMany(
            channel => Named(channel, "item").Concat(Named(channel, "items").SelectMany(all => Named(all, "item"))));
        var feed = new Channel(channels.FirstOrDefault() ?? root, address);
        return within.Concat(root.Name.LocalName == "channel" ? [] : items)
            .Select<XElement, Func<FeedEntry?>>(item => () => Item(item, address, feed, dates));
    }

    /// <summary>The title of the channel.</summary>
    public static string Title(XElement root)
    {
        var channel = root.Name.LocalName == "channel" ? root : Named(root, "channel").FirstOrDefault();
        return channel is null ? "" : HtmlText.Short(channel.Html(channel.Name.Namespace + "title")).Line(ContentText.MaxName);
    }

    private static IEnumerable<XElement> Named(XElement parent, string name) =>
        parent.Elements().Where(element => element.Name.LocalName == name);

    /// <summary>The values of a channel that hold for its items.</summary>
    private sealed class Channel(XElement channel, Uri address)
    {
        public IReadOnlyList<string?> Languages { get; } =
            [channel.Text(channel.Name.Namespace + "language"), channel.Text(Dc + "language"), channel.Language()];

        public string? Byline { get; } = Bylines.Join(Bylines.Others(channel));

        public string? Page { get; } = Links.Resolve(address, channel.Text(channel.Name.Namespace + "link"));
    }

    private static FeedEntry Item(XElement item, Uri document, Channel feed, FeedDates dates)
    {
        // RSS elements have the namespace of their item: none in 2.0, one of several in 1.0 and in faulty 2.0.
        var own = item.Name.Namespace;
        var address = Links.Base(item, document);
        var description = new HtmlText(item.Html(own + "description"));
        var content = new HtmlText(item.Html(Encoded + "encoded") ?? item.Html(Xhtml + "body") ?? item.Html(Atom + "content"));
        var title = item.Html(own + "title") ?? item.Html(Dc + "title") ?? item.Html(Media + "title") ?? item.Html(Itunes + "title")
            ?? item.Html(Atom + "title");
        return new FeedEntry
        {
            Link = Link(item, own, address),
            Id = item.Text(own + "guid") ?? item.Attribute(Rdf + "about")?.Value ?? item.Text(Atom + "id"),
            FeedPage = feed.Page,
            Title = HtmlText.Short(title).Line(ContentText.MaxTitle),
            Summary = Summaries(item, own, description, content).FirstOrDefault(text => text.Length > 0) ?? "",
            Byline = Bylines.Join(Bylines.Others(item).Concat(item.Elements(own + "author").Select(author => Bylines.Person(author, own))))
                ?? feed.Byline,
            Section = item.Elements(own + "category").Concat(item.Elements(Dc + "subject")).Concat(item.Elements(Media + "category"))
                .Select(Sections.Name).FirstOrDefault(section => section is not null),
            Languages =
            [
                item.Text(Dc + "language"), item.Text(own + "language"), item.Element(own + "title").OwnLanguage(),
                item.Attribute(XNamespace.Xml + "lang")?.Value, item.Element(own + "description").OwnLanguage(),
                item.Element(Encoded + "encoded").OwnLanguage(), .. feed.Languages,
            ],
            Image = MediaRss.Image(item, address) ?? Enclosure(item, own, address)
                ?? MediaRss.Plain(address, item.Element(Itunes + "image")?.Attribute("href")?.Value)
                ?? MediaRss.Plain(address, item.Elements().FirstOrDefault(one => one.Name.LocalName == "image")?.Text(own + "url"))
                ?? content.Image(Base(item.Element(Encoded + "encoded"), address, document))
                ?? description.Image(Base(item.Element(own + "description"), address, document)),
            Published = dates.Read(item.Text(own + "pubDate")) ?? dates.Read(item.Text(Dc + "date"))
                ?? dates.Read(item.Text(Atom + "published")),
            Updated = dates.Read(item.Text(Atom + "updated")) ?? dates.Read(item.Text(Terms + "modified")),
            Signals = MediaRss.Signals(item),
        };
    }

    // The description that is meant as a teaser; otherwise the beginning of the text.
    private static IEnumerable<string> Summaries(XElement item, XNamespace own, HtmlText description, HtmlText content)
    {
        yield return description.Line(ContentText.MaxSummary);
        foreach (var name in new[] { Itunes + "summary", Dc + "description", Atom + "summary", own + "summary" })
        {
            yield return new HtmlText(item.Html(name)).Line(ContentText.MaxSummary);
        }

        yield return content.Line(ContentText.MaxSummary);
        yield return MediaRss.Description(item);
        yield return new HtmlText(item.Html(Itunes + "subtitle")).Line(ContentText.MaxSummary);
    }

    private static Uri Base(XElement? element, Uri address, Uri document) => element is null ? address : Links.Base(element, document);

    private static string? Link(XElement item, XNamespace own, Uri address)
    {
        var guid = item.Element(own + "guid");
        var isUrl = guid?.Value.Contains("://", StringComparison.Ordinal) is true;
        var permanent = isUrl && guid?.Attribute("isPermaLink")?.Value.Trim() is not "false" ? guid?.Value : null;
        return item.Elements(own + "link").Select(link => Links.Resolve(address, link.Value)).FirstOrDefault(link => link is not null)
            ?? Links.Resolve(address, Atoms(item, "alternate"))
            ?? Links.Resolve(address, permanent)
            ?? Links.Resolve(address, item.Elements(own + "link").Select(link => link.Attribute("href")?.Value).FirstOrDefault())
            ?? Links.Resolve(address, item.Attribute("href")?.Value)
            ?? Links.Resolve(address, item.Attribute(Rdf + "about")?.Value)
            ?? (isUrl ? Links.Resolve(address, guid!.Value) : null)
            ?? Links.Resolve(address, item.Elements().FirstOrDefault(IsUrlId)?.Value)
            ?? Links.Resolve(address, Atoms(item, "self"));
    }

    private static string? Atoms(XElement item, string rel) => item.Elements(Atom + "link")
        .FirstOrDefault(link => (link.Attribute("rel")?.Value is { Length: > 0 } written ? written : "alternate") == rel)
        ?.Attribute("href")?.Value;

    private static bool IsUrlId(XElement element) =>
        element.Name.LocalName is "id" or "identifier" && element.Value.Contains("://", StringComparison.Ordinal);

    private static StoryImage? Enclosure(XElement item, XNamespace own, Uri address) => item.Elements(own + "enclosure")
        .Where(enclosure => MediaRss.IsPicture(enclosure.Attribute("type")?.Value, enclosure.Attribute("url")?.Value))
        .Select(enclosure => MediaRss.Plain(address, enclosure.Attribute("url")?.Value))
        .FirstOrDefault(image => image is not null);
}
