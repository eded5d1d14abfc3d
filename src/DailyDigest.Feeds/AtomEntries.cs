using System.Xml.Linq;
using DailyDigest.Calendar;
using DailyDigest.Content;
using static DailyDigest.Feeds.FeedXml;

namespace DailyDigest.Feeds;

/// <summary>Reads Atom 1.0 (RFC 4287), and the elements of 0.3 that are equal or have an equivalent.</summary>
internal static class AtomEntries
{
    public static IEnumerable<Func<FeedEntry?>> Read(XElement root, Uri address)
    {
        var feed = root.Name.Namespace;
        return root.Elements(feed + "entry").Select<XElement, Func<FeedEntry?>>(entry => () => Item(entry, feed, root, address));
    }

    private static FeedEntry Item(XElement entry, XNamespace own, XElement root, Uri document)
    {
        var address = Links.Base(entry, document);
        var summary = entry.Element(own + "summary");
        var content = entry.Element(own + "content") is { } body && body.Attribute("src") is null ? body : null;
        var plain = PlainText(summary, ContentText.MaxSummary);
        return new FeedEntry
        {
            Link = Link(entry, own, document),
            Title = PlainText(entry.Element(own + "title"), ContentText.MaxTitle),
            Summary = plain.Length > 0 ? plain : PlainText(content, ContentText.MaxSummary),
            Byline = Authors(entry, own) ?? Authors(entry.Element(own + "source"), own) ?? Authors(root, own)
                ?? Person(entry.Text(Dc + "creator")),
            Section = Section(entry, own),
            Language = entry.Language(),
            Image = MediaRss.Image(entry, address) ?? Enclosure(entry, own, address)
                ?? Picture(content, document) ?? Picture(summary, document),
            Published = Date(entry, own, "published", "issued", "created", "updated", "modified"),
            Updated = Date(entry, own, "updated", "modified"),
            Signals = MediaRss.Signals(entry),
        };
    }

    private static string? Link(XElement entry, XNamespace own, Uri document)
    {
        // The HTML alternate, otherwise the first. No rel means alternate.
        var link = entry.Elements(own + "link").Where(link => link.Attribute("rel")?.Value is null or "" or "alternate")
            .OrderByDescending(link => link.Attribute("type")?.Value is null or "text/html" or "application/xhtml+xml")
            .FirstOrDefault();
        return link is null ? null : Links.Resolve(Links.Base(link, document), link.Attribute("href")?.Value);
    }

    private static string PlainText(XElement? construct, int max) => construct is null ? "" : Kind(construct) switch
    {
        TextKind.Plain => ContentText.Line(construct.Value, max),
        var kind => new HtmlText(Html(construct, kind)).Line(max),
    };

    private static StoryImage? Picture(XElement? construct, Uri document) =>
        construct is null || Kind(construct) == TextKind.Plain
            ? null : new HtmlText(Html(construct, Kind(construct))).Image(Links.Base(construct, document));

    private enum TextKind
    {
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
            _ => construct.HasElements ? TextKind.Markup : TextKind.Plain,
        };
    }

    private static string Html(XElement construct, TextKind kind)
    {
        if (kind == TextKind.Escaped)
        {
            return construct.Value;
        }

        // Converts XHTML to HTML: no namespaces (<xhtml:p> becomes p), and an end tag for every element.
        using var text = new StringWriter();
        foreach (var element in construct.Descendants())
        {
            element.Name = element.Name.LocalName;
            element.Attributes().Where(attribute => attribute.IsNamespaceDeclaration).Remove();
            element.Add("");
        }

        foreach (var node in construct.Nodes())
        {
            text.Write(node.ToString(SaveOptions.DisableFormatting));
        }

        return text.ToString();
    }

    private static string? Authors(XElement? scope, XNamespace own) => scope is null ? null
        : People(scope.Elements(own + "author").Select(author => Person(author.Text(own + "name"))));

    private static string? Section(XElement entry, XNamespace own) => entry.Elements(own + "category")
        .Select(category => category.Attribute("label")?.Value is { Length: > 0 } label ? label : category.Attribute("term")?.Value)
        .Append(entry.Text(Dc + "subject"))
        .FirstOrDefault(section => !string.IsNullOrWhiteSpace(section));

    private static DateTimeOffset? Date(XElement entry, XNamespace own, params string[] names) =>
        names.Select(name => FeedDates.Parse(entry.Text(own + name))).FirstOrDefault(date => date is not null);

    private static StoryImage? Enclosure(XElement entry, XNamespace own, Uri address) => entry.Elements(own + "link")
        .Where(link => link.Attribute("rel")?.Value == "enclosure"
            && link.Attribute("type")?.Value.StartsWith("image/", StringComparison.OrdinalIgnoreCase) is true)
        .Select(link => (Url: Links.Resolve(address, link.Attribute("href")?.Value), Alt: link.Attribute("title")?.Value))
        .Where(link => link.Url is not null)
        .Select(link => new StoryImage(link.Url!, ContentText.Line(link.Alt, ContentText.MaxTitle), null, null, null, null))
        .FirstOrDefault();
}
