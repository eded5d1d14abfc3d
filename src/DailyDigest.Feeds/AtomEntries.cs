using System.Xml.Linq;
using DailyDigest.Calendar;
using DailyDigest.Content;
using static DailyDigest.Feeds.FeedXml;

namespace DailyDigest.Feeds;

/// <summary>Reads Atom 1.0 (RFC 4287), and the elements of 0.3 that are equal or have an equivalent.</summary>
internal static class AtomEntries
{
    public static IEnumerable<Func<FeedEntry?>> Read(XElement root, Uri address, FeedDates dates)
    {
        var feed = root.Name.Namespace;
        var source = new Source(root, root.Name.LocalName == "entry" ? null : Link(root, feed, address, "alternate"));
        var entries = root.Name.LocalName == "entry" ? [root] : root.Elements().Where(element => element.Name.LocalName == "entry");
        return entries.Select<XElement, Func<FeedEntry?>>(
            entry => () => Item(entry, entry.Name.Namespace, source, address, dates));
    }

    /// <summary>The title of the feed.</summary>
    public static string Title(XElement root) =>
        root.Name.LocalName == "entry" ? "" : ContentText.Line(
            PlainText(root.Element(root.Name.Namespace + "title"), ContentText.MaxTitle), ContentText.MaxName);

    /// <summary>The values of a feed that hold for its entries. Each is sought once: a feed may have many thousand elements.</summary>
    private sealed class Source(XElement root, string? page)
    {
        private readonly Lazy<string?> byline = new(
            () => Authors(root, root.Name.Namespace) ?? Bylines.Join(Bylines.Others(root)));

        public string? Page => page;

        public string? Byline => byline.Value;

        public IReadOnlyList<string?> Languages { get; } = [root.Language(), root.Text(Dc + "language")];
    }

    private static FeedEntry Item(XElement entry, XNamespace own, Source feed, Uri document, FeedDates dates)
    {
        var address = Links.Base(entry, document);
        var summary = entry.Element(own + "summary");
        var content = entry.Element(own + "content") is { } body && body.Attribute("src") is null ? body : null;
        var title = entry.Element(own + "title");
        string[] summaries =
        [
            PlainText(summary, ContentText.MaxSummary), new HtmlText(entry.Html(Itunes + "summary")).Line(ContentText.MaxSummary),
            PlainText(content, ContentText.MaxSummary), MediaRss.Description(entry),
            new HtmlText(entry.Html(Dc + "description")).Line(ContentText.MaxSummary),
        ];
        return new FeedEntry
        {
            Link = Address(entry, own, document),
            Id = entry.Text(own + "id"),
            FeedPage = feed.Page,
            Title = PlainText(title, ContentText.MaxTitle) is { Length: > 0 } text ? text
                : HtmlText.Short(entry.Html(Dc + "title") ?? entry.Html(Media + "title")).Line(ContentText.MaxTitle),
            Summary = Array.Find(summaries, one => one.Length > 0) ?? "",
            Byline = Authors(entry, own) ?? Bylines.Join(Bylines.Others(entry)) ?? Authors(entry.Element(own + "source"), own)
                ?? feed.Byline,
            Section = entry.Elements(own + "category").Select(Sections.Name).Append(Sections.Name(entry.Text(Dc + "subject")))
                .FirstOrDefault(section => section is not null),
            Languages =
            [
                title.OwnLanguage(), entry.Attribute(XNamespace.Xml + "lang")?.Value, entry.Text(Dc + "language"),
                content.OwnLanguage(), summary.OwnLanguage(), .. feed.Languages,
            ],
            Image = MediaRss.Image(entry, address) ?? Enclosure(entry, own, address)
                ?? MediaRss.Plain(address, entry.Element(Itunes + "image")?.Attribute("href")?.Value)
                ?? Picture(content, document) ?? Picture(summary, document),
            Published = Date(dates, entry, own, "published", "issued", "created", "updated", "modified"),
            Updated = Date(dates, entry, own, "updated", "modified"),
            Signals = MediaRss.Signals(entry),
        };
    }

    private static string? Address(XElement entry, XNamespace own, Uri document) =>
        Link(entry, own, document, "alternate")
        ?? (entry.Text(own + "id") is { } id && id.Contains("://", StringComparison.Ordinal)
            ? Links.Resolve(document, id) : null)
        ?? Link(entry, own, document, "self");

    private static string? Link(XElement entry, XNamespace own, Uri document, string rel)
    {
        // The HTML one, otherwise the first. No rel means alternate.
        return entry.Elements(own + "link")
            .Where(link => (link.Attribute("rel")?.Value.Trim() is { Length: > 0 } written ? written : "alternate") == rel)
            .OrderByDescending(link => link.Attribute("type")?.Value is null or "text/html" or "application/xhtml+xml")
            .Select(link => Links.Resolve(Links.Base(link, document), link.Attribute("href")?.Value ?? link.Value))
            .FirstOrDefault(link => link is not null);
    }

    private static string PlainText(XElement? construct, int max) => construct is null ? "" : Kind(construct) switch
    {
        TextKind.None => "",
        TextKind.Plain => ContentText.Line(construct.Value, max),
        var kind when max == ContentText.MaxTitle => HtmlText.Short(Html(construct, kind)).Line(max),
        var kind => new HtmlText(Html(construct, kind)).Line(max),
    };

    private static StoryImage? Picture(XElement? construct, Uri document) =>
        construct is null || Kind(construct) is TextKind.Plain or TextKind.None
            ? null : new HtmlText(Html(construct, Kind(construct))).Image(Links.Base(construct, document));

    private enum TextKind
    {
        None,
        Plain,
        Escaped,
        Markup,
    }

    private static TextKind Kind(XElement construct)
    {
        var type = construct.Attribute("type")?.Value.Trim().ToLowerInvariant();
        return type switch
        {
            "xhtml" or "application/xhtml+xml" => TextKind.Markup,
            "html" => TextKind.Escaped,
            "text/html" => construct.Attribute("mode")?.Value == "xml" ? TextKind.Markup : TextKind.Escaped,
            not null when !IsText(type) || construct.Attribute("mode")?.Value == "base64" => TextKind.None, // a picture's bytes
            _ => construct.HasElements ? TextKind.Markup : TextKind.Plain,
        };
    }

    private static bool IsText(string type) =>
        !type.Contains('/') || type.StartsWith("text/", StringComparison.Ordinal) || type.EndsWith("xml", StringComparison.Ordinal);

    private static string Html(XElement construct, TextKind kind) =>
        kind == TextKind.Escaped && !construct.HasElements ? construct.Value : Markup(construct);

    private static string? Authors(XElement? scope, XNamespace own) => scope is null ? null
        : Bylines.Join(scope.Elements(own + "author").Select(author => Bylines.Person(author, own)));

    private static DateTimeOffset? Date(FeedDates dates, XElement entry, XNamespace own, params string[] names) =>
        names.Select(name => dates.Read(entry.Text(own + name))).FirstOrDefault(date => date is not null);

    private static StoryImage? Enclosure(XElement entry, XNamespace own, Uri address) => entry.Elements(own + "link")
        .Where(link => link.Attribute("rel")?.Value == "enclosure"
            && MediaRss.IsPicture(link.Attribute("type")?.Value, link.Attribute("href")?.Value))
        .Select(link => MediaRss.Plain(address, link.Attribute("href")?.Value, link.Attribute("title")?.Value))
        .FirstOrDefault(image => image is not null);
}
