using System.Buffers;
using System.Globalization;
using System.Text;

namespace DailyDigest.Content;

/// <summary>
/// Text from outside, made fit for a title, a mail header and a page: one line, white space collapsed, without control characters and
/// without invisible ones that reorder or hide text (Unicode TR 36 and 39). Marks that Arabic, Persian, Indic scripts and emoji need
/// (LRM, RLM, ALM, ZWJ, ZWNJ, variation selectors) stay. The text is plain: &lt; is a less-than sign.
/// </summary>
public static class ContentText
{
    /// <summary>Most characters of a title.</summary>
    public const int MaxTitle = 300;

    /// <summary>Most characters of a summary or caption.</summary>
    public const int MaxSummary = 600;

    /// <summary>Most characters of a byline, section, credit or feed name.</summary>
    public const int MaxName = 120;

    // The characters for which char.IsControl is true.
    private static readonly SearchValues<char> Controls =
        SearchValues.Create([.. Enumerable.Range(0, 0x20).Concat(Enumerable.Range(0x7F, 0x21)).Select(code => (char)code)]);

    /// <summary>
    /// The cleaned text, at most <paramref name="max"/> UTF-16 characters. Longer text ends with … at a word's end (at a character's end
    /// where there are no spaces). Empty for null and for text without anything to see.
    /// </summary>
    public static string Line(string? text, int max)
    {
        if (string.IsNullOrEmpty(text))
        {
            return "";
        }

        if (text.Length <= max && IsPlainAscii(text))
        {
            return text;
        }

        var line = new StringBuilder(Math.Min(text.Length, max + 1));
        var space = false;
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsWhiteSpace(rune) || rune.Value == 0)
            {
                space = line.Length > 0;
            }
            else if (!IsHidden(rune))
            {
                if (space)
                {
                    line.Append(' ');
                    space = false;
                }

                line.Append(rune.ToString());
                if (line.Length > max)
                {
                    return Cut(line.ToString(), max);
                }
            }
        }

        if (IsBlank(line))
        {
            return "";
        }

        var written = line.ToString();
        var clean = DirectionMarks.Balanced(FlagTags.Whole(written));
        // A mark that goes may leave two spaces, or one at the end.
        return clean.Length == written.Length ? clean : Line(clean, max);
    }

    /// <summary><see cref="Line"/>, null instead of empty.</summary>
    public static string? LineOrNull(string? text, int max) => Line(text, max) is { Length: > 0 } line ? line : null;

    /// <summary>
    /// The text with a space for each control character, so that it cannot end a line, begin a header or steer a terminal. Nothing else
    /// changes: text without control characters is returned as it is.
    /// </summary>
    public static string OneLine(string text)
    {
        if (text.AsSpan().IndexOfAny(Controls) < 0)
        {
            return text;
        }

        return string.Create(text.Length, text, static (line, source) =>
        {
            source.CopyTo(line);
            for (int next; (next = line.IndexOfAny(Controls)) >= 0; line = line[(next + 1)..])
            {
                line[next] = ' ';
            }
        });
    }

    /// <summary>
    /// The text, at most <paramref name="max"/> UTF-16 characters. Longer text ends with … at a word's end (at a character's end where
    /// there are no spaces).
    /// </summary>
    public static string Cut(string text, int max)
    {
        if (text.Length <= max)
        {
            return text;
        }

        var end = text.LastIndexOf(' ', max - 1);
        if (end < max / 2)
        {
            end = 0;
            for (int next; end < max && (next = StringInfo.GetNextTextElementLength(text, end)) > 0 && end + next < max; end += next)
            {
            }

            // One "character" longer than the whole limit is stacked marks, not a letter: cut between code points.
            end = end > 0 ? end : char.IsHighSurrogate(text[max - 2]) ? max - 2 : max - 1;
        }

        return DirectionMarks.Balanced(FlagTags.Whole(text[..end]).TrimEnd(' ', ',', ';', ':', '-', '–', '—') + "…");
    }

    // Most text needs no cleaning: visible ASCII with single spaces between words.
    private static bool IsPlainAscii(string text) => !text.AsSpan().ContainsAnyExceptInRange(' ', '~')
        && text[0] != ' ' && text[^1] != ' ' && !text.Contains("  ", StringComparison.Ordinal);

    private static bool IsHidden(Rune rune) => rune.Value switch
    {
        0x00AD or 0x200B or 0x2060 or 0xFEFF or 0x180E => true, // soft hyphen, zero-width space, word joiner, byte order mark
        >= 0x2061 and <= 0x2064 or >= 0x206A and <= 0x206F => true, // invisible operators, deprecated format characters
        >= 0xFFF9 and <= 0xFFFB or >= 0xE0000 and < 0xE0020 => true, // interlinear annotation, language tags
        0xFFFD => true, // unpaired surrogates arrive as this
        _ => Rune.IsControl(rune) || (rune.Value & 0xFFFE) == 0xFFFE || rune.Value is >= 0xFDD0 and <= 0xFDEF,
    };

    // Marks and joiners alone are nothing to see.
    private static bool IsBlank(StringBuilder line)
    {
        foreach (var rune in line.ToString().EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Format or UnicodeCategory.SpaceSeparator
                or UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark))
            {
                return false;
            }
        }

        return true;
    }
}
