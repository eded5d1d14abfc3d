using System.Text;
using DailyDigest.Content;

namespace DailyDigest.Mail.Rendering;

/// <summary>Makes text and links from outside safe for a mail. The templates encode them for HTML.</summary>
internal static class MailText
{
    /// <summary>
    /// One line as <see cref="ContentText.Line"/> makes it, without anything that could be taken for a slot, at most
    /// <paramref name="max"/> characters.
    /// </summary>
    public static string Line(string? text, int max)
    {
        // "{{" begins a slot: a headline must not be able to carry one.
        var line = ContentText.Line(text, 2 * max);
        return ContentText.Cut(line.Replace("{{", "{ {", StringComparison.Ordinal).Replace("{{", "{ {", StringComparison.Ordinal), max);
    }

    /// <summary>
    /// The link if it is an absolute http or https one, escaped so that no quote, space or brace is left in it; otherwise empty.
    /// </summary>
    public static string Link(string? url)
    {
        if (string.IsNullOrEmpty(url) || url.Length > 2000 || url.Any(char.IsControl)
            || !Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.UserInfo.Length > 0)
        {
            return "";
        }

        return uri.AbsoluteUri.Replace("'", "%27", StringComparison.Ordinal).Replace("{", "%7B", StringComparison.Ordinal);
    }

    /// <summary>
    /// The link of a picture: https, or on our own origin, which is http in Development only. Otherwise empty: over http anybody on the way
    /// could see who opens the mail and replace the picture, and mail programs block it.
    /// </summary>
    public static string Picture(string? url, string baseUrl) =>
        Link(url) is { Length: > 0 } link
        && (link.StartsWith("https://", StringComparison.Ordinal)
            || link.StartsWith(baseUrl + "/", StringComparison.OrdinalIgnoreCase))
            ? link
            : "";

    /// <summary>rtl or ltr by the first letter that has a direction; null if none has.</summary>
    public static string? DirectionOf(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value is (>= 0x590 and <= 0x8FF) or (>= 0xFB1D and <= 0xFDFF) or (>= 0xFE70 and <= 0xFEFC)
                or (>= 0x10800 and <= 0x10FFF) or (>= 0x1E800 and <= 0x1EFFF))
            {
                if (Rune.IsLetter(rune))
                {
                    return "rtl";
                }
            }
            else if (Rune.IsLetter(rune))
            {
                return "ltr";
            }
        }

        return null;
    }

    /// <summary>Breaks a paragraph into lines of at most <paramref name="width"/> characters; a longer word stands alone.</summary>
    public static string Wrap(string text, int width = 72)
    {
        var lines = new StringBuilder(text.Length + 16);
        var column = 0;
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (column > 0 && column + 1 + word.Length > width)
            {
                lines.Append('\n');
                column = 0;
            }
            else if (column > 0)
            {
                lines.Append(' ');
                column++;
            }

            lines.Append(word);
            column += word.Length;
        }

        return lines.ToString();
    }
}
