using System.Globalization;
using System.Text;

namespace DailyDigest.Feeds;

/// <summary>
/// Prepares the text of a document before it is parsed: what a browser does not show, and what XML does not allow, is removed.
/// </summary>
internal static class FeedText
{
    // WHATWG's windows-1252: what 0x80 to 0x9F mean. A browser reads a reference to these code points in the same way.
    private const string Windows1252 =
        "\u20AC\u0081\u201A\u0192\u201E\u2026\u2020\u2021\u02C6\u2030\u0160\u2039\u0152\u008D\u017D\u008F"
        + "\u0090\u2018\u2019\u201C\u201D\u2022\u2013\u2014\u02DC\u2122\u0161\u203A\u0153\u009D\u017E\u0178";

    private const int MaxDigits = 12;

    /// <summary>
    /// The text without byte order marks and blanks at its beginning, and without control characters. The C1 characters, and references to
    /// them, are read as windows-1252. References to characters that XML does not have are removed.
    /// </summary>
    public static string Clean(string text, FeedNotes notes)
    {
        text = text.TrimStart('\uFEFF', ' ', '\t', '\r', '\n', '\f', '\v', '\0', '\u00A0', '\u200B');
        return text.Contains("&#", StringComparison.Ordinal) ? References(Characters(text, notes), notes) : Characters(text, notes);
    }

    /// <summary>The character of a numeric reference as browsers read it; null if there is none that XML allows.</summary>
    public static string? Character(long code) => code switch
    {
        >= 0x80 and <= 0x9F => Windows1252[(int)code - 0x80].ToString(),
        '\t' or '\n' or '\r' => ((char)code).ToString(),
        < ' ' or 0x7F or (>= 0xD800 and <= 0xDFFF) or > 0x10FFFF => null,
        _ => (code & 0xFFFE) == 0xFFFE ? null : char.ConvertFromUtf32((int)code),
    };

    /// <summary>
    /// Undoes one wrong reading of UTF-8 as windows-1252 ("cafÃ©" becomes "café"). Any other text is returned as it is.
    /// </summary>
    public static string WithoutDoubleEncoding(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\u00C2', '\u00F4'))
        {
            return text;
        }

        var bytes = new byte[text.Length];
        for (var i = 0; i < text.Length; i++)
        {
            var at = Windows1252.IndexOf(text[i], StringComparison.Ordinal);
            var code = text[i] <= 0xFF ? text[i] : at >= 0 ? 0x80 + at : -1;
            if (code < 0)
            {
                return text;
            }

            bytes[i] = (byte)code;
        }

        return System.Text.Unicode.Utf8.IsValid(bytes) && IsLikely(bytes) ? Encoding.UTF8.GetString(bytes) : text;
    }

    // "NESTLÉ®" is by chance valid UTF-8. Latin letters and punctuation are believed at once, other scripts only if there are more.
    private static bool IsLikely(byte[] bytes) =>
        bytes.Any(one => one is 0xC2 or 0xC3 or 0xE2 or 0xF0) || bytes.Count(one => one >= 0xC4) > 2;

    private static string Characters(string text, FeedNotes notes)
    {
        var first = NextOdd(text, 0);
        if (first < 0)
        {
            return text;
        }

        var (result, from) = (new StringBuilder(text.Length), 0);
        for (var at = first; at >= 0; at = NextOdd(text, from))
        {
            result.Append(text, from, at - from);
            var c = text[at];
            if (c is >= '\u0080' and <= '\u009F')
            {
                result.Append(Windows1252[c - 0x80]);
            }
            else
            {
                notes.Repair("control characters");
                result.Append(c is '\v' or '\f' ? " " : "");
            }

            from = at + 1;
        }

        return result.Append(text, from, text.Length - from).ToString();
    }

    private static int NextOdd(string text, int from)
    {
        for (var i = from; i < text.Length; i++)
        {
            if (text[i] is (< ' ' and not ('\t' or '\n' or '\r')) or (>= '\u007F' and <= '\u009F') or '\uFFFE' or '\uFFFF')
            {
                return i;
            }
        }

        return -1;
    }

    private static string References(string text, FeedNotes notes)
    {
        var (result, from) = (new StringBuilder(text.Length), 0);
        for (var at = text.IndexOf("&#", StringComparison.Ordinal); at >= 0; at = text.IndexOf("&#", at + 2, StringComparison.Ordinal))
        {
            if (Numeric(text, at, out var length) is { } code && (code is >= 0x80 and <= 0x9F || Character(code) is null))
            {
                result.Append(text, from, at - from).Append(Character(code));
                from = at + length;
                if (Character(code) is null)
                {
                    notes.Repair("references to illegal characters");
                }
            }
        }

        return result.Append(text, from, text.Length - from).ToString();
    }

    /// <summary>The code of a numeric reference with its semicolon at this place, and its length; null if it is none.</summary>
    public static long? Numeric(string text, int at, out int length)
    {
        length = 0;
        var hex = at + 2 < text.Length && text[at + 2] is 'x' or 'X';
        var begin = at + (hex ? 3 : 2);
        var end = begin;
        while (end < text.Length && (hex ? char.IsAsciiHexDigit(text[end]) : char.IsAsciiDigit(text[end])))
        {
            end++;
        }

        if (end == begin || end >= text.Length || text[end] != ';')
        {
            return null;
        }

        length = end + 1 - at;
        var digits = text.AsSpan(begin, end - begin).TrimStart('0');
        return digits.Length == 0 ? 0 : digits.Length > MaxDigits ? long.MaxValue
            : long.Parse(digits, hex ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture);
    }
}
