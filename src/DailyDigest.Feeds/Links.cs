using System.Globalization;
using System.Xml.Linq;
using DailyDigest.Content;

namespace DailyDigest.Feeds;

/// <summary>Reads links and numbers in feeds.</summary>
internal static class Links
{
    /// <summary>The absolute http(s) link, resolved against this address; null if there is none.</summary>
    public static string? Resolve(Uri address, string? text) =>
        !string.IsNullOrWhiteSpace(text) && Uri.TryCreate(address, Written(text), out var url)
        && CanonicalUrl.TryLink(url.AbsoluteUri, out var link)
            ? link
            : null;

    // Browsers ignore line ends and tabs in a URL. "&amp;" in a URL is an ampersand that was escaped twice. "www.example.com/a" lacks its
    // scheme: no folder has such a name.
    private static string Written(string text)
    {
        text = text.Trim();
        text = text.StartsWith("www.", StringComparison.OrdinalIgnoreCase) ? "//" + text : text;
        return (text.AsSpan().IndexOfAnyInRange('\0', '\u001F') < 0 ? text : new string([.. text.Where(c => c >= ' ')]))
            .Replace("&amp;", "&", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>A link against a base that may be relative itself.</summary>
    public static string Join(string address, string link)
    {
        link = link.Trim();
        if (address.Length == 0 || (!link.StartsWith('/') && Uri.TryCreate(link, UriKind.Absolute, out _)))
        {
            return link;
        }

        return Uri.TryCreate(address, UriKind.Absolute, out var absolute) && Uri.TryCreate(absolute, link, out var joined)
            ? joined.AbsoluteUri
            : link.StartsWith('/') ? link : address[..(address.LastIndexOf('/') + 1)] + link;
    }

    /// <summary>The base of relative links in this element: xml:base from the root inwards (RFC 4287 section 2).</summary>
    public static Uri Base(XElement element, Uri document)
    {
        var bases = new Stack<string>();
        for (var at = element; at is not null; at = at.Parent)
        {
            if (at.Attribute(XNamespace.Xml + "base")?.Value is { Length: > 0 } found)
            {
                bases.Push(found);
            }
        }

        foreach (var text in bases)
        {
            document = Resolve(document, text) is { } link ? new Uri(link) : document;
        }

        return document;
    }

    /// <summary>A width or height in pixels, or null.</summary>
    public static int? Pixels(string? text) =>
        int.TryParse(
            text?.Trim().Replace("px", "", StringComparison.OrdinalIgnoreCase),
            NumberStyles.None, CultureInfo.InvariantCulture, out var pixels)
        && pixels is > 0 and <= 100_000 ? pixels : null;

    /// <summary>A total, or null if it is not a whole number from 0 up.</summary>
    public static long? Total(string? text) =>
        long.TryParse(text?.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var total) ? total : null;
}
