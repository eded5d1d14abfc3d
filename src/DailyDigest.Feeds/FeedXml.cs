using System.Text;
using System.Xml.Linq;
using DailyDigest.Content;

namespace DailyDigest.Feeds;

/// <summary>The XML namespaces used in feeds, and helpers that read elements.</summary>
internal static class FeedXml
{
    public static readonly XNamespace Dc = "http://purl.org/dc/elements/1.1/";
    public static readonly XNamespace Terms = "http://purl.org/dc/terms/";
    public static readonly XNamespace Encoded = "http://purl.org/rss/1.0/modules/content/";
    public static readonly XNamespace Slash = "http://purl.org/rss/1.0/modules/slash/";
    public static readonly XNamespace Media = "http://search.yahoo.com/mrss/";
    public static readonly XNamespace Threads = "http://purl.org/syndication/thread/1.0";
    public static readonly XNamespace Itunes = "http://www.itunes.com/dtds/podcast-1.0.dtd";
    public static readonly XNamespace Rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
    public static readonly XNamespace Xhtml = "http://www.w3.org/1999/xhtml";
    public static readonly XNamespace Atom = "http://www.w3.org/2005/Atom";

    /// <summary>The trimmed text of the first such child that is not empty; null if there is none.</summary>
    public static string? Text(this XElement element, XName name) =>
        element.Elements(name).Select(child => child.Value.Trim()).FirstOrDefault(text => text.Length > 0);

    /// <summary>The HTML of the first such child that is not empty; null if there is none.</summary>
    public static string? Html(this XElement element, XName name) =>
        element.Elements(name).Select(child => child.Html()?.Trim()).FirstOrDefault(html => !string.IsNullOrEmpty(html));

    /// <summary>The element's HTML: its text, or the markup in it.</summary>
    public static string? Html(this XElement? element) => element is null ? null : element.HasElements ? Markup(element) : element.Value;

    /// <summary>The element's content as HTML: without namespaces, and with an end tag for every element that can have one.</summary>
    public static string Markup(XElement element)
    {
        var html = new StringBuilder();
        foreach (var node in element.Nodes())
        {
            Write(html, node, "");
        }

        return html.ToString();
    }

    // The depth is limited when the document is read. The base is the xml:base inside the content.
    private static void Write(StringBuilder html, XNode node, string address)
    {
        if (node is XText text)
        {
            html.Append(Escape(text.Value));
        }
        else if (node is XElement element)
        {
            html.Append('<').Append(element.Name.LocalName);
            address = element.Attribute(XNamespace.Xml + "base") is { } inner ? Links.Join(address, inner.Value) : address;
            foreach (var attribute in element.Attributes().Where(attribute => !attribute.IsNamespaceDeclaration))
            {
                var value = HtmlPicture.Based(attribute.Name.LocalName, attribute.Value, address);
                html.Append(' ').Append(attribute.Name.LocalName).Append("=\"")
                    .Append(Escape(value).Replace("\"", "&quot;", StringComparison.Ordinal)).Append('"');
            }

            html.Append('>');
            foreach (var child in element.Nodes())
            {
                Write(html, child, address);
            }

            html.Append(HtmlNames.Void.Contains(element.Name.LocalName) ? "" : $"</{element.Name.LocalName}>");
        }
    }

    private static string Escape(string text) =>
        text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);

    /// <summary>The element's own xml:lang, or that of the one element which is its content; null if none can be read.</summary>
    public static string? OwnLanguage(this XElement? element)
    {
        for (var at = element; at is not null; at = at.Elements().FirstOrDefault())
        {
            if (LanguageTag.FirstReadable([at.Attribute(XNamespace.Xml + "lang")?.Value]) is { } language)
            {
                return language;
            }

            if (at.Nodes().Skip(1).Any(node => node is not XText text || !string.IsNullOrWhiteSpace(text.Value)))
            {
                return null;
            }
        }

        return null;
    }

    /// <summary>The nearest xml:lang that can be read, own or inherited; null if none.</summary>
    public static string? Language(this XElement element)
    {
        for (var at = element; at is not null; at = at.Parent)
        {
            if (LanguageTag.FirstReadable([at.Attribute(XNamespace.Xml + "lang")?.Value]) is { } language)
            {
                return language;
            }
        }

        return null;
    }
}
