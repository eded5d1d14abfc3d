using System.Xml.Linq;

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
    public static readonly XNamespace Atom = "http://www.w3.org/2005/Atom";

    /// <summary>The trimmed text of the first such child that is not empty; null if there is none.</summary>
    public static string? Text(this XElement element, XName name) =>
        element.Elements(name).Select(child => child.Value.Trim()).FirstOrDefault(text => text.Length > 0);

    /// <summary>The element's xml:lang, own or inherited; null if none.</summary>
    public static string? Language(this XElement element)
    {
        for (var at = element; at is not null; at = at.Parent)
        {
            if (at.Attribute(XNamespace.Xml + "lang")?.Value is { Length: > 0 } language)
            {
                return language;
            }
        }

        return null;
    }

    /// <summary>A byline without mail addresses. RSS 2.0 writes an author as "jane@example.com (Jane Doe)".</summary>
    public static string? Person(string? text)
    {
        if (text is null || !text.Contains('@'))
        {
            return text;
        }

        var (open, close) = (text.IndexOf('('), text.LastIndexOf(')'));
        return open >= 0 && close > open + 1
            ? text[(open + 1)..close]
            : text.IndexOf('<') is > 0 and var end ? text[..end].Trim(' ', '"') : null;
    }

    /// <summary>Joins up to five names into one byline; null if there are none.</summary>
    public static string? People(IEnumerable<string?> names)
    {
        var people = names.Where(name => !string.IsNullOrWhiteSpace(name)).Distinct().Take(5).ToArray();
        return people.Length == 0 ? null : string.Join(", ", people);
    }
}
