using System.Text;
using System.Text.RegularExpressions;

namespace DailyDigest.Feeds;

/// <summary>
/// Decodes a feed's bytes. It tries in this order: a byte order mark; the charset of HTTP; the XML declaration; UTF-8 (RFC 7303, RFC 8259).
/// A charset that the bytes contradict is skipped. A valid declaration of UTF-8 precedes the charset of HTTP, because many servers send one
/// charset for all files. Otherwise the bytes are read as UTF-8 with replacement characters, which are removed later.
/// </summary>
internal static partial class FeedCharset
{
    static FeedCharset() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    public static string Decode(byte[] bytes, string? http)
    {
        if (ByteOrderMark(bytes) is var (encoding, skip))
        {
            return encoding.GetString(bytes, skip, bytes.Length - skip);
        }

        var declared = Declared(bytes);
        string?[] labels = "utf-8".Equals(declared, StringComparison.OrdinalIgnoreCase) ? [declared, http] : [http, declared, "utf-8"];
        foreach (var label in labels)
        {
            if (label is not null && TryDecode(bytes, label) is { } text)
            {
                return text;
            }
        }

        return Encoding.UTF8.GetString(bytes);
    }

    private static (Encoding Encoding, int Skip)? ByteOrderMark(byte[] bytes) => bytes switch
    {
        [0xEF, 0xBB, 0xBF, ..] => (Encoding.UTF8, 3),
        [0xFF, 0xFE, 0, 0, ..] => (Encoding.UTF32, 4),
        [0xFF, 0xFE, ..] => (Encoding.Unicode, 2),
        [0xFE, 0xFF, ..] => (Encoding.BigEndianUnicode, 2),

        // "<" or "{" in UTF-16 without a mark.
        [0x3C or 0x7B, 0, ..] => (Encoding.Unicode, 0),
        [0, 0x3C or 0x7B, ..] => (Encoding.BigEndianUnicode, 0),
        _ => null,
    };

    private static string? Declared(byte[] bytes)
    {
        var match = Declaration().Match(Encoding.Latin1.GetString(bytes, 0, Math.Min(bytes.Length, 300)));
        return match.Success ? match.Groups[1].Value : null;
    }

    private static string? TryDecode(byte[] bytes, string label)
    {
        try
        {
            return Encoding.GetEncoding(label, EncoderFallback.ReplacementFallback, DecoderFallback.ExceptionFallback).GetString(bytes);
        }
        catch (Exception fault) when (fault is ArgumentException or NotSupportedException)
        {
            return null; // an unknown charset, such as UTF-7, or bytes that are invalid in it
        }
    }

    [GeneratedRegex("""^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""", RegexOptions.NonBacktracking)]
    private static partial Regex Declaration();
}
