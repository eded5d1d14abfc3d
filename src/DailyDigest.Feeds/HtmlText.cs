using System.Text;
using AngleSharp.Html.Parser;
using AngleSharp.Html.Parser.Tokens;
using DailyDigest.Content;

namespace DailyDigest.Feeds;

/// <summary>Converts HTML to plain text and finds its first picture. It runs and loads nothing.</summary>
internal sealed class HtmlText
{
    private const int MaxPictures = 100;

    private readonly StringBuilder text = new();
    private readonly List<HtmlPicture> pictures = [];

    /// <summary>Reads the first <see cref="FeedLimits.MaxHtml"/> characters of the HTML. Null counts as empty.</summary>
    public HtmlText(string? html)
    {
        html ??= "";
        if (html.AsSpan().IndexOfAny('<', '&') < 0)
        {
            text.Append(html);
        }
        else if (!Read(html, skips: true))
        {
            // An element whose text is not read has no end. To read what follows is better than to lose it.
            text.Clear();
            pictures.Clear();
            Read(html, skips: false);
        }
    }

    /// <summary>
    /// A title, byline or section: HTML, but a tag that HTML does not have is text. So "List&lt;String&gt;" stays.
    /// </summary>
    public static HtmlText Short(string? html) => new(html is null || !html.Contains('<') ? html : WithUnknownTags(html));

    /// <summary>The text on one line, at most <paramref name="max"/> characters.</summary>
    public string Line(int max) => ContentText.Line(FeedText.WithoutDoubleEncoding(text.ToString()), max);

    /// <summary>The first picture that is not a tracking pixel or an emoji, with the caption of its figure; null if none.</summary>
    public StoryImage? Image(Uri address) =>
        pictures.Select(picture => picture.Resolve(address)).FirstOrDefault(image => image is not null);

    // False if an element without an end hid the rest.
    private bool Read(string html, bool skips)
    {
        var (skipped, depth, figure) = ("", 0, -1);
        StringBuilder? caption = null;
        foreach (var token in HtmlTokens.Read(html))
        {
            if (token.Type == HtmlTokenType.Character)
            {
                (depth == 0 ? text : caption)?.Append(token.Data);
                continue;
            }

            if (token.Type is not (HtmlTokenType.StartTag or HtmlTokenType.EndTag))
            {
                continue;
            }

            var (name, starts) = (token.Name, token.Type == HtmlTokenType.StartTag);
            if (depth > 0)
            {
                depth += name != skipped || (starts && token.AsTag().IsSelfClosing) ? 0 : starts ? 1 : -1;
                if (depth == 0 && caption is not null)
                {
                    Describe(figure, caption.ToString());
                    (figure, caption) = (pictures.Count, null);
                }
            }
            else if (starts && HtmlNames.Skipped.Contains(name) && !token.AsTag().IsSelfClosing)
            {
                (skipped, depth) = skips || name is "script" or "style" ? (name, 1) : ("", 0);
                caption = name == "figcaption" && depth > 0 && figure >= 0 ? new StringBuilder() : null;
            }
            else
            {
                figure = name != "figure" ? figure : starts ? pictures.Count : -1;
                Add(name, starts ? token.AsTag() : null);
            }
        }

        return depth == 0 || !skips;
    }

    private void Add(string name, HtmlTagToken? start)
    {
        if (name == "img" && start is not null && pictures.Count < MaxPictures)
        {
            var picture = new HtmlPicture(start);
            text.Append(' ').Append(picture.Emoji);
            pictures.Add(picture);
        }

        if (!HtmlNames.Inline.Contains(name))
        {
            text.Append(' ');
        }
    }

    private void Describe(int figure, string caption)
    {
        for (var i = Math.Max(figure, 0); i < pictures.Count; i++)
        {
            pictures[i].Caption ??= caption;
        }
    }

    private static string WithUnknownTags(string html)
    {
        var result = new StringBuilder(html.Length);
        for (var i = 0; i < html.Length; i++)
        {
            if (html[i] == '<' && !BeginsTag(html, i + 1))
            {
                result.Append("&lt;");
            }
            else
            {
                result.Append(html[i]);
            }
        }

        return result.ToString();
    }

    private static bool BeginsTag(string html, int at)
    {
        at += at < html.Length && html[at] == '/' ? 1 : 0;
        var end = at;
        while (end < html.Length && end - at < 40 && (char.IsAsciiLetterOrDigit(html[end]) || html[end] is '-' or ':'))
        {
            end++;
        }

        var name = html.AsSpan(at, end - at);
        return HtmlNames.IsKnown(name) || name.Contains(':') || string.CompareOrdinal(html, at, "!--", 0, 3) == 0;
    }
}
