using System.Collections.Frozen;
using System.Xml;

namespace DailyDigest.Feeds;

/// <summary>The name of a tag, and what it means for the structure of a feed.</summary>
internal sealed class TagName
{
    private static readonly FrozenSet<string> TextLeaves = Set(
        "title link guid pubDate lastBuildDate id updated published issued modified created category comments language creator date "
        + "subject name email uri copyright rights");

    private static readonly FrozenSet<string> MarkupLeaves = Set("description summary content encoded subtitle body");

    // Elements of an item that HTML does not have.
    private static readonly FrozenSet<string> Markup = Set(
        "title link guid pubDate id updated published issued modified created category comments enclosure author description encoded");

    private static readonly FrozenSet<string> AlsoText = Set("summary content source contributor rights generator");

    /// <summary>Splits the written name; names of feeds get the case of their specification.</summary>
    public TagName(string written)
    {
        var colon = written.IndexOf(':', StringComparison.Ordinal);
        Written = written;
        Prefix = colon > 0 ? written[..colon] : "";
        Local = FeedNames.Local(written[(colon + 1)..]);
    }

    public string Written { get; }

    public string Prefix { get; }

    public string Local { get; }

    /// <summary>False if XML has no such name.</summary>
    public bool IsValid => Local.Length > 0 && XmlConvert.IsStartNCNameChar(Local[0]) && Local.All(XmlConvert.IsNCNameChar);

    public bool IsRoot => Local is "rss" or "RDF" or "feed";

    public bool IsItem => Local is "item" or "entry";

    /// <summary>True for an element that holds items.</summary>
    public bool IsContainer => IsRoot || Local is "channel" or "items";

    /// <summary>True for an element that holds a word or a line.</summary>
    public bool IsTextLeaf => TextLeaves.Contains(Local) && (Local != "category" || Prefix.Length == 0);

    /// <summary>True for an element that may hold markup.</summary>
    public bool IsMarkupLeaf => MarkupLeaves.Contains(Local) && !(Local == "content" && Prefix.Length > 0);

    /// <summary>True if a title or another line ends where this element begins.</summary>
    public bool EndsText => EndsMarkup || AlsoText.Contains(Local);

    /// <summary>True if a description ends where this element begins.</summary>
    public bool EndsMarkup => Markup.Contains(Local);

    /// <summary>True for an element that HTML has in its head.</summary>
    public bool IsHead => Local is "title" or "link";

    /// <summary>True if both names mean the same element.</summary>
    public bool Is(TagName other) => Local == other.Local && Prefix == other.Prefix;

    /// <summary>True for an element that has no content: a link with an address, or one that HTML has without an end tag.</summary>
    public bool IsVoid(List<(string Name, string Value)> attributes, bool isInMarkup) => Local switch
    {
        "link" or "enclosure" or "thumbnail" or "category" => attributes.Exists(
            one => one.Name.ToLowerInvariant() is "href" or "url" or "term" && one.Value.Length > 0),
        _ => isInMarkup && Prefix.Length == 0 && HtmlNames.Void.Contains(Local),
    };

    private static FrozenSet<string> Set(string names) => names.Split(' ').ToFrozenSet(StringComparer.Ordinal);
}
