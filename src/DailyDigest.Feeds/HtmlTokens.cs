using AngleSharp.Html;
using AngleSharp.Html.Parser;
using AngleSharp.Html.Parser.Tokens;
using AngleSharp.Text;

namespace DailyDigest.Feeds;

/// <summary>
/// Splits HTML into tags and text without a tree. The time is linear: a tree takes time quadratic in the depth, and the sender chooses the
/// depth.
/// </summary>
internal static class HtmlTokens
{
    private const int MaxAttributes = 16;

    private static readonly HashSet<string> Attributes = new(StringComparer.OrdinalIgnoreCase)
    {
        "src", "srcset", "data-src", "data-original", "data-lazy-src", "data-srcset", "alt", "width", "height", "class", "style", "rel",
        "type", "href",
    };

    /// <summary>The tokens of the first <see cref="FeedLimits.MaxHtml"/> characters, with the attributes that are read.</summary>
    public static IEnumerable<HtmlToken> Read(string html)
    {
        html = html.Length > FeedLimits.MaxHtml ? html[..FeedLimits.MaxHtml] : html;
        using var source = new TextSource(html.Replace('\uFFFF', ' ')); // U+FFFF means the end to AngleSharp
        using var tokenizer = new HtmlTokenizer(source, HtmlEntityProvider.Resolver)
        {
            SkipComments = true,
            ShouldEmitAttribute = (ref AngleSharp.Html.Parser.Tokens.Struct.StructHtmlToken token, ReadOnlyMemory<char> name) =>
                token.Attributes.Count < MaxAttributes && IsRead(name.Span),
        };
        for (var token = tokenizer.Get(); token.Type != HtmlTokenType.EndOfFile; token = tokenizer.Get())
        {
            // A tag that ends with a slash is written by an author of XHTML, who means an empty element.
            if (token.Type == HtmlTokenType.StartTag && !token.AsTag().IsSelfClosing)
            {
                tokenizer.State = Mode(token.Name);
            }

            yield return token;
        }
    }

    private static bool IsRead(ReadOnlySpan<char> name) => Attributes.GetAlternateLookup<ReadOnlySpan<char>>().Contains(name);

    private static HtmlParseMode Mode(string name) => name switch
    {
        "script" => HtmlParseMode.Script,
        "style" or "xmp" or "iframe" or "noembed" or "noframes" or "noscript" => HtmlParseMode.Rawtext,
        "textarea" or "title" => HtmlParseMode.RCData,
        _ => HtmlParseMode.PCData,
    };
}
