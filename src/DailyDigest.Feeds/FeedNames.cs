using System.Collections.Frozen;
using System.Xml.Linq;

namespace DailyDigest.Feeds;

/// <summary>
/// The names that feeds use. Feeds write them in any case, and namespaces with https, without a final slash, or not at all.
/// </summary>
internal static class FeedNames
{
    private static readonly FrozenDictionary<string, string> Locals = new[]
    {
        "RDF", "rss", "feed", "channel", "items", "item", "entry", "title", "link", "description", "guid", "pubDate", "lastBuildDate",
        "author", "category", "comments", "enclosure", "source", "id", "updated", "published", "issued", "modified", "created",
        "summary", "content",
        "name", "email", "uri", "language", "rights", "contributor", "copyright", "generator", "managingEditor", "webMaster", "docs", "ttl",
        "cloud", "image", "url", "textInput", "subtitle", "tagline", "logo", "icon", "encoded", "creator", "date", "subject", "body",
        "thumbnail", "group", "credit", "statistics", "community", "total", "isPermaLink", "href", "rel", "type", "term", "label", "mode",
        "src", "medium", "width", "height", "views", "favorites", "version", "about",
    }.ToFrozenDictionary(name => name, StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenDictionary<string, string> Spaces = new Dictionary<string, string>
    {
        ["purl.org/dc/elements/1.1"] = FeedXml.Dc.NamespaceName,
        ["purl.org/dc/elements/1.0"] = FeedXml.Dc.NamespaceName,
        ["purl.org/metadata/dublin_core"] = FeedXml.Dc.NamespaceName,
        ["purl.org/dc/terms"] = FeedXml.Terms.NamespaceName,
        ["purl.org/rss/1.0/modules/content"] = FeedXml.Encoded.NamespaceName,
        ["purl.org/rss/1.0/modules/slash"] = FeedXml.Slash.NamespaceName,
        ["search.yahoo.com/mrss"] = FeedXml.Media.NamespaceName,
        ["search.yahoo.com/mrss/.."] = FeedXml.Media.NamespaceName,
        ["tools.search.yahoo.com/mrss"] = FeedXml.Media.NamespaceName,
        ["video.search.yahoo.com/mrss"] = FeedXml.Media.NamespaceName,
        ["purl.org/syndication/thread/1.0"] = FeedXml.Threads.NamespaceName,
        ["w3.org/2005/atom"] = FeedXml.Atom.NamespaceName,
        ["itunes.com/dtds/podcast-1.0.dtd"] = FeedXml.Itunes.NamespaceName,
        ["example.com/dtds/podcast-1.0.dtd"] = FeedXml.Itunes.NamespaceName,
        ["w3.org/1999/02/22-rdf-syntax-ns"] = FeedXml.Rdf.NamespaceName,
        ["w3.org/1999/xhtml"] = FeedXml.Xhtml.NamespaceName,
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<string, string> Prefixes = new Dictionary<string, string>
    {
        ["dc"] = FeedXml.Dc.NamespaceName,
        ["dcterms"] = FeedXml.Terms.NamespaceName,
        ["content"] = FeedXml.Encoded.NamespaceName,
        ["slash"] = FeedXml.Slash.NamespaceName,
        ["media"] = FeedXml.Media.NamespaceName,
        ["thr"] = FeedXml.Threads.NamespaceName,
        ["atom"] = FeedXml.Atom.NamespaceName,
        ["atom10"] = FeedXml.Atom.NamespaceName,
        ["a10"] = FeedXml.Atom.NamespaceName,
        ["itunes"] = FeedXml.Itunes.NamespaceName,
        ["rdf"] = FeedXml.Rdf.NamespaceName,
        ["xhtml"] = FeedXml.Xhtml.NamespaceName,
        ["xml"] = XNamespace.Xml.NamespaceName,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>The name with the case that feeds' specifications give it; an unknown name is returned as it is.</summary>
    public static string Local(string name) => Locals.GetValueOrDefault(name, name);

    /// <summary>True for a name of an element that feeds use.</summary>
    public static bool IsKnown(string name) => Locals.ContainsKey(name);

    /// <summary>The namespace as its specification writes it; an unknown one is returned as it is.</summary>
    public static string Namespace(string name)
    {
        if (name.Length is 0 or > 100)
        {
            return name;
        }

        var key = name.Trim().TrimEnd('/', '#').ToLowerInvariant();
        key = key[(key.IndexOf("://", StringComparison.Ordinal) is >= 0 and var at ? at + 3 : 0)..];
        return Spaces.GetValueOrDefault(key.StartsWith("www.", StringComparison.Ordinal) ? key[4..] : key, name);
    }

    /// <summary>The namespace of a prefix that the document does not declare.</summary>
    public static string OfPrefix(string prefix) => Prefixes.GetValueOrDefault(prefix, "undeclared:" + prefix);

    /// <summary>True for a prefix that feeds use for elements of their own.</summary>
    public static bool IsPrefix(string prefix) => Prefixes.ContainsKey(prefix) && prefix is not ("xhtml" or "xml");

    /// <summary>Gives elements, and attributes without a namespace, the names of the specifications.</summary>
    public static void Normalize(XElement root)
    {
        var spaces = new Dictionary<XNamespace, XNamespace>();
        foreach (var element in root.DescendantsAndSelf())
        {
            var name = element.Name;
            if (!spaces.TryGetValue(name.Namespace, out var space))
            {
                spaces[name.Namespace] = space = Namespace(name.NamespaceName);
            }

            if (space == FeedXml.Xhtml)
            {
                continue;
            }

            var local = Local(name.LocalName);
            if (local != name.LocalName || space != name.Namespace)
            {
                element.Name = space + local;
            }

            if (element.HasAttributes)
            {
                NormalizeAttributes(element);
            }
        }
    }

    private static void NormalizeAttributes(XElement element)
    {
        foreach (var attribute in element.Attributes().ToList())
        {
            var local = attribute.Name.Namespace == XNamespace.None ? Local(attribute.Name.LocalName) : attribute.Name.LocalName;
            if (local != attribute.Name.LocalName && element.Attribute(local) is null)
            {
                element.SetAttributeValue(local, attribute.Value);
            }
        }
    }
}
