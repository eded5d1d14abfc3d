using System.Xml.Linq;

namespace DailyDigest.Feeds;

/// <summary>The namespaces that feeds borrow from, and short ways to read elements.</summary>
internal static class XmlWords
{
    public static readonly XNamespace Dc = "http://purl.org/dc/elements/1.1/";
    public static readonly XNamespace Terms = "http://purl.org/dc/terms/";
    public static readonly XNamespace Encoded = "http://purl.org/rss/1.0/modules/content/";
    public static readonly XNamespace Slash = "http://purl.org/rss/1.0/modules/slash/";
    public static readonly XNamespace Media = "http://search.yahoo.com/mrss/";
    public static readonly XNamespace Threads = "http://purl.org/syndication/thread/1.0";
    public static readonly XNamespace Atom = "http://www.w3.org/2005/Atom";

    /// <summary>The trimmed text of the first such child that has any; null otherwise.</summary>
    public static string? Text(this XElement element, XName name) =>
        element.Elements(name).Select(child => child.Value.Trim()).FirstOrDefault(text => text.Length > 0);

    /// <summary>The xml:lang that holds for the element; null if none.</summary>
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

    /// <summary>A byline: names, no mail addresses ("jane@example.com (Jane Doe)" is how RSS 2.0 writes an author).</summary>
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

    /// <summary>Several names as one byline.</summary>
    public static string? People(IEnumerable<string?> names)
    {
        var people = names.Where(name => !string.IsNullOrWhiteSpace(name)).Distinct().Take(5).ToArray();
        return people.Length == 0 ? null : string.Join(", ", people);
    }
}
