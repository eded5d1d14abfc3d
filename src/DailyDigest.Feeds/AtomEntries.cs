using System.Xml.Linq;
using DailyDigest.Calendar;
using DailyDigest.Content;
using static DailyDigest.Feeds.XmlWords;

namespace DailyDigest.Feeds;

/// <summary>Atom 1.0 (RFC 4287), and 0.3 as far as its words are alike or have a plain counterpart.</summary>
internal static class AtomEntries
{
    public static IEnumerable<Func<Entry?>> Read(XElement root, Uri address)
    {
        var feed = root.Name.Namespace;
        return root.Elements(feed + "entry").Select<XElement, Func<Entry?>>(entry => () => Item(entry, feed, root, address));
    }

    private static Entry Item(XElement entry, XNamespace own, XElement root, Uri document)
    {
        var address = Links.Base(entry, document);
        var summary = entry.Element(own + "summary");
        var content = entry.Element(own + "content") is { } body && body.Attribute("src") is null ? body : null;
        var words = Words(summary, ContentText.MaxSummary);
        return new Entry
        {
            Link = Link(entry, own, document),
            Title = Words(entry.Element(own + "title"), ContentText.MaxTitle),
            Summary = words.Length > 0 ? words : Words(content, ContentText.MaxSummary),
            Byline = Authors(entry, own) ?? Authors(entry.Element(own + "source"), own) ?? Authors(root, own)
                ?? Person(entry.Text(Dc + "creator")),
            Section = Section(entry, own),
            Language = entry.Language(),
            Image = MediaWords.Image(entry, address) ?? Enclosure(entry, own, address) ?? Picture(content, document) ?? Picture(summary, document),
            Published = Date(entry, own, "published", "issued", "created", "updated", "modified"),
            Updated = Date(entry, own, "updated", "modified"),
            Signals = MediaWords.Signals(entry),
        };
    }

    private static string? Link(XElement entry, XNamespace own, Uri document)
    {
        // Of the alternates (no rel means alternate) the HTML one, else the first.
        var link = entry.Elements(own + "link").Where(link => link.Attribute("rel")?.Value is null or "" or "alternate")
            .OrderByDescending(link => link.Attribute("type")?.Value is null or "text/html" or "application/xhtml+xml")
            .FirstOrDefault();
        return link is null ? null : Links.Resolve(Links.Base(link, document), link.Attribute("href")?.Value);
    }

    private static string Words(XElement? construct, int max) => construct is null ? "" : Kind(construct) switch
    {
        TextKind.Plain => ContentText.Line(construct.Value, max),
        var kind => new HtmlText(Html(construct, kind)).Line(max),
    };

    private static StoryImage? Picture(XElement? construct, Uri document) =>
        construct is null || Kind(construct) == TextKind.Plain ? null : new HtmlText(Html(construct, Kind(construct))).Image(Links.Base(construct, document));

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

        // As HTML would have it: no namespaces (<xhtml:p> is a p), and every element with an end tag of its own.
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
