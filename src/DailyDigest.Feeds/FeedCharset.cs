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

    private static string? Match(Regex pattern, string head) =>
        pattern.Match(head) is { Success: true } match ? match.Groups[1].Value : null;

    [GeneratedRegex("""<\?xml[^>]*?\sencoding\s*=\s*["']?([A-Za-z0-9._:-]{1,40})""", RegexOptions.NonBacktracking)]
    private static partial Regex Declaration();

    [GeneratedRegex("""(?:xml:lang\s*=\s*["']|<(?:dc:)?language>\s*)([A-Za-z]{2,3})""", RegexOptions.NonBacktracking)]
    private static partial Regex Language();
}
