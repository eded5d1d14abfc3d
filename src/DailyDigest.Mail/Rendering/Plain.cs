using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using DailyDigest.Content;

namespace DailyDigest.Mail.Rendering;

/// <summary>Makes text and links of others safe to place in a mail. Encoding for HTML is the templates' business.</summary>
internal static partial class Plain
{
    /// <summary>
    /// One line without control characters, without marks that reorder text, without anything that could be taken for a slot, at most
    /// <paramref name="max"/> characters, cut at a word if one is near.
    /// </summary>
    public static string Line(string? text, int max)
    {
        if (string.IsNullOrEmpty(text))
        {
            return "";
        }

        var clean = new StringBuilder(Math.Min(text.Length, max * 2));
        foreach (var rune in text.EnumerateRunes())
        {
            if (clean.Length > max * 2)
            {
                break;
            }

            if (rune.Value is '\t' or '\n' or '\r' or 0x85 or 0x2028 or 0x2029 || Rune.IsWhiteSpace(rune))
            {
                if (clean.Length > 0 && clean[^1] != ' ')
                {
                    clean.Append(' ');
                }
            }
            else if (!IsInvisibleTrouble(rune))
            {
                clean.Append(rune.ToString());
            }
        }

        // "{{" begins a slot: a headline must not be able to carry one.
        return Cut(clean.Replace("{{", "{ {").Replace("{{", "{ {").ToString().Trim(), max);
    }

    /// <summary>The link if it is an absolute http or https one, escaped so that no quote, space or brace is left in it; otherwise empty.</summary>
    public static string Link(string? url)
    {
        if (string.IsNullOrEmpty(url) || url.Length > 2000 || url.Any(char.IsControl)
            || !Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.UserInfo.Length > 0)
        {
            return "";
        }

        return uri.AbsoluteUri.Replace("'", "%27", StringComparison.Ordinal).Replace("{", "%7B", StringComparison.Ordinal);
    }

    /// <summary>The tag if it looks like BCP 47, otherwise null.</summary>
    public static string? LanguageTag(string? tag) => tag is not null && Tag().IsMatch(tag) ? tag : null;

    /// <summary>rtl or ltr by the first letter that has a direction; null if none has.</summary>
    public static string? DirectionOf(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value is (>= 0x590 and <= 0x8FF) or (>= 0xFB1D and <= 0xFDFF) or (>= 0xFE70 and <= 0xFEFC) or (>= 0x10800 and <= 0x10FFF)
                or (>= 0x1E800 and <= 0x1EFFF))
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

    /// <summary>Cuts to at most <paramref name="max"/> UTF-16 units with an ellipsis, never inside what a reader sees as one character.</summary>
    public static string Cut(string text, int max)
    {
        if (text.Length <= max)
        {
            return text;
        }

        var end = 0;
        var words = StringInfo.GetTextElementEnumerator(text);
        while (words.MoveNext() && words.ElementIndex + words.GetTextElement().Length <= max - 1)
        {
            end = words.ElementIndex + words.GetTextElement().Length;
        }

        var space = text.LastIndexOf(' ', Math.Max(0, end - 1));
        return text[..(space > max * 2 / 3 ? space : end)].TrimEnd(' ', ',', '.', ';', ':', '،') + "…";
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

    /// <summary>
    /// Controls, the replacement character of unpaired surrogates, embeddings, isolates and other invisible marks. Joiners stay: emoji and
    /// Persian need them.
    /// </summary>
    private static bool IsInvisibleTrouble(Rune rune) => rune.Value switch
    {
        0x200C or 0x200D => false,
        0xFFFD => true,
        _ => Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate
            or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned && !IsTagOfFlag(rune),
    };

    /// <summary>Format characters that make up flags such as Scotland's.</summary>
    private static bool IsTagOfFlag(Rune rune) => rune.Value is >= 0xE0020 and <= 0xE007F;

    [GeneratedRegex("^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$")]
    private static partial Regex Tag();
}
