using System.Text.RegularExpressions;
using AngleSharp.Html.Parser.Tokens;
using DailyDigest.Content;

namespace DailyDigest.Feeds;

/// <summary>An img of HTML.</summary>
internal sealed partial class HtmlPicture(HtmlTagToken tag)
{
    private const int MinPixels = 50;

    /// <summary>The text of its figure's caption, null if none.</summary>
    public string? Caption { get; set; }

    /// <summary>The emoji that the picture stands for; null if it is none.</summary>
    public string? Emoji => IsEmoji() && Get("alt") is { Length: > 0 and <= 16 } alt ? alt : null;

    /// <summary>The picture; null if it has no usable address, or is a tracking pixel, a placeholder or an emoji.</summary>
    public StoryImage? Resolve(Uri address)
    {
        var (width, height) = (Links.Pixels(Get("width")), Links.Pixels(Get("height")));
        if (width < MinPixels || height < MinPixels || Style().Match(Get("style") ?? "") is { Success: true } || IsEmoji())
        {
            return null;
        }

        // Lazy pages have the address in another attribute, and a placeholder in src.
        string?[] written =
        [
            Get("data-src"), Get("data-original"), Get("data-lazy-src"), Largest(Get("data-srcset")), Get("src"), Largest(Get("srcset")),
        ];
        var url = written.Select(one => Links.Resolve(address, one)).FirstOrDefault(one => one is not null && !Pixel().IsMatch(one));
        return url is null ? null : new StoryImage(
            url, ContentText.Line(Get("alt"), ContentText.MaxTitle), ContentText.LineOrNull(Caption, ContentText.MaxSummary), null, width,
            height);
    }

    /// <summary>The value of an attribute in content with a base of its own: addresses of pictures are resolved.</summary>
    public static string Based(string attribute, string value, string address) => address.Length == 0 ? value : attribute switch
    {
        "src" or "data-src" or "data-original" or "data-lazy-src" => Links.Join(address, value),
        "srcset" or "data-srcset" => string.Join(", ", value.Split(", ").Select(one => one.Trim().Split(' ', 2))
            .Select(parts => string.Join(' ', parts.Skip(1).Prepend(Links.Join(address, parts[0]))))),
        _ => value,
    };

    /// <summary>True for the address of a tracking pixel or a placeholder.</summary>
    public static bool IsPixel(string url) => Pixel().IsMatch(url);

    private bool IsEmoji() => EmojiClass().IsMatch(Get("class") ?? "") || EmojiPath().IsMatch(Get("src") ?? "");

    private string? Get(string name) => tag.GetAttribute(name) is { Length: > 0 } value ? value : null;

    // "a.jpg 300w, b.jpg 1200w" or "a.jpg, b.jpg 2x".
    private static string? Largest(string? srcset) => srcset
        ?.Split(", ", StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .Select(one => one.TrimEnd(',').Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Where(one => one.Length > 0)
        .MaxBy(one => one.Length > 1 && double.TryParse(
            one[^1].TrimEnd('w', 'x'), System.Globalization.CultureInfo.InvariantCulture, out var size) ? size : 1)?[0];

    [GeneratedRegex(@"(?:^|[\s;])(?:display\s*:\s*none|(?:width|height)\s*:\s*[0-4]?\d(?:px)?\s*(?:;|!|$))",
        RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Style();

    [GeneratedRegex(
        @"^https?://[^/]*(?:doubleclick\.net|google-analytics\.com|pixel\.wp\.com|stats\.wordpress\.com|feeds?\.feedburner\.com|"
        + @"feedproxy\.google\.com|feedsportal\.com|scorecardresearch\.com)/"
        + @"|[/_.=-](?:pixel|spacer|blank|1x1|beacon|transparent|placeholder|tracking)\.(?:gif|png|svg)",
        RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Pixel();

    [GeneratedRegex(@"(?:^|[\s_-])(?:emoji|wp-smiley|smiley|emoticon)(?:[\s_-]|$)", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex EmojiClass();

    [GeneratedRegex(@"/(?:emoji|twemoji|smilies|smileys|emoticons)/", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex EmojiPath();
}
