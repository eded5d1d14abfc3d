using System.Text;
using System.Text.RegularExpressions;
using DailyDigest.Content;

namespace DailyDigest.Feeds;

/// <summary>Decodes a feed's bytes, with the charset that HTTP and the XML declaration name and the language of the document.</summary>
internal static partial class FeedCharset
{
    private const int Head = 1000;

    /// <summary>The text of the document.</summary>
    public static string Decode(byte[] bytes, string? http, FeedNotes notes)
    {
        (bytes, var halves) = Joined(bytes);
        notes.Repair("letters written as two halves", halves);
        var head = Encoding.Latin1.GetString(bytes, 0, Math.Min(bytes.Length, Head));
        var language = LanguageTag.FirstReadable(Language().Matches(head).Select(match => match.Groups[1].Value));
        var charset = Charset.Find(bytes, [http, Match(Declaration(), head)], language is null ? [] : [language]);
        notes.Charset = charset.Encoding.WebName;
        if (charset.Assumption is { } assumption)
        {
            notes.Repair(assumption, charset.Assumed);
        }

        return charset.Decode(bytes);
    }

    // cspell:ignore CESU
    // CESU-8: databases and Java write an emoji as the UTF-8 of two surrogates.
    private static (byte[] Bytes, int Count) Joined(byte[] bytes)
    {
        if (bytes.AsSpan().IndexOf((byte)0xED) < 0)
        {
            return (bytes, 0);
        }

        var (joined, count, to) = (new byte[bytes.Length], 0, 0);
        for (var at = 0; at < bytes.Length; at++)
        {
            if (at + 5 < bytes.Length && bytes[at] == 0xED && (bytes[at + 1] & 0xF0) == 0xA0 && bytes[at + 3] == 0xED
                && (bytes[at + 4] & 0xF0) == 0xB0)
            {
                var letter = new Rune(
                    (char)(0xD000 | ((bytes[at + 1] & 0x3F) << 6) | (bytes[at + 2] & 0x3F)),
                    (char)(0xD000 | ((bytes[at + 4] & 0x3F) << 6) | (bytes[at + 5] & 0x3F)));
                to += letter.EncodeToUtf8(joined.AsSpan(to));
                (at, count) = (at + 5, count + 1);
            }
            else
            {
                joined[to++] = bytes[at];
            }
        }

        return count == 0 ? (bytes, 0) : (joined[..to], count);
    }

    private static string? Match(Regex pattern, string head) =>
        pattern.Match(head) is { Success: true } match ? match.Groups[1].Value : null;

    [GeneratedRegex("""<\?xml[^>]*?\sencoding\s*=\s*["']?([A-Za-z0-9._:-]{1,40})""", RegexOptions.NonBacktracking)]
    private static partial Regex Declaration();

    [GeneratedRegex("""(?:xml:lang\s*=\s*["']|<(?:dc:)?language>\s*)([A-Za-z]{2,3})""", RegexOptions.NonBacktracking)]
    private static partial Regex Language();
}
