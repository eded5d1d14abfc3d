using System.Text;
using AngleSharp.Dom;
using AngleSharp.Html.Parser;
using DailyDigest.Content;

namespace DailyDigest.Feeds;

/// <summary>Converts HTML to plain text and finds its first picture. It runs and loads nothing.</summary>
internal sealed class HtmlText
{
    private static readonly HashSet<string> Skipped = new(StringComparer.OrdinalIgnoreCase)
    {
        "script", "style", "template", "noscript", "iframe", "object", "embed", "svg", "math", "head", "title",
        "textarea", "select", "button", "form", "figcaption",
    };

    private static readonly HashSet<string> Inline = new(StringComparer.OrdinalIgnoreCase)
    {
        "a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins", "kbd", "mark", "q", "s", "samp",
        "small", "span", "strong", "sub", "sup", "time", "u", "var", "wbr",
    };

    private readonly INode? body;
    private readonly string plain;

    /// <summary>Parses the first <see cref="FeedLimits.MaxHtml"/> characters of the HTML. Null counts as empty.</summary>
    public HtmlText(string? html)
    {
        plain = html is null ? "" : html.Length > FeedLimits.MaxHtml ? html[..FeedLimits.MaxHtml] : html;
        if (plain.AsSpan().IndexOfAny('<', '&') >= 0)
        {
            body = new HtmlParser().ParseDocument(plain).Body;
        }
    }

    /// <summary>The text on one line, at most <paramref name="max"/> characters.</summary>
    public string Line(int max)
    {
        if (body is null)
        {
            return ContentText.Line(plain, max);
        }

        var text = new StringBuilder();
        for (var node = body.FirstChild; node is not null && text.Length < 20 * max; node = Next(node, body, text))
        {
            if (node is IText words)
            {
                text.Append(words.Data);
            }
            else if (node is IElement element && !Inline.Contains(element.LocalName))
            {
                text.Append(' ');
            }
        }

        return ContentText.Line(text.ToString(), max);
    }

    /// <summary>The first img that is not a tracking pixel or an emoji, with the caption of its figure; null if none.</summary>
    public StoryImage? Image(Uri address)
    {
        for (var node = body?.FirstChild; node is not null; node = Next(node, body!, null))
        {
            if (node is IElement { LocalName: "img" } img
                && img.GetAttribute("src") is { Length: > 0 } source && Links.Resolve(address, source) is { } url)
            {
                var (width, height) = (Links.Pixels(img.GetAttribute("width")), Links.Pixels(img.GetAttribute("height")));
                if (width is not < 50 && height is not < 50)
                {
                    var caption = ContentText.LineOrNull(
                        img.Closest("figure")?.QuerySelector("figcaption")?.TextContent, ContentText.MaxSummary);
                    return new StoryImage(
                        url, ContentText.Line(img.GetAttribute("alt"), ContentText.MaxTitle), caption, null, width, height);
                }
            }
        }

        return null;
    }

    // The next node in document order, without recursion, because the sender chooses the depth. The end of a block separates words.
    private static INode? Next(INode node, INode root, StringBuilder? text)
    {
        if (node.FirstChild is { } child && !(node is IElement element && Skipped.Contains(element.LocalName)))
        {
            return child;
        }

        while (node != root)
        {
            if (text is not null && node is IElement ended && !Inline.Contains(ended.LocalName))
            {
                text.Append(' ');
            }

            if (node.NextSibling is { } sibling)
            {
                return sibling;
            }

            node = node.Parent!;
        }

        return null;
    }
}
