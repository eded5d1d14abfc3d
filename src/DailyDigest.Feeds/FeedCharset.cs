using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;
using System.Text.Unicode;
using UtfUnknown;

namespace DailyDigest.Feeds;

/// <summary>
/// Decodes a feed's bytes. A byte order mark decides; then zeros between the letters mean UTF-16 or UTF-32; bytes that are valid UTF-8 are
/// UTF-8 whatever a label says. Otherwise the labels of HTTP and of the XML declaration are read as browsers read them (WHATWG). Bytes that
/// no label explains are read in the likely set, so that no letter is lost.
/// </summary>
internal static partial class FeedCharset
{
    private const int Escape = 0x1B;
    private const int Sample = 256 * 1024;

    // Fewer bytes than these are too few for a detector.
    private const int Enough = 12;
    private const float Confident = 0.6f;

    static FeedCharset() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    private static readonly (string[] Languages, int CodePage)[] ByLanguage =
    [
        (["ru", "uk", "bg", "be", "sr", "mk"], 1251), (["pl", "cs", "sk", "hu", "sl", "hr", "ro", "bs", "sq"], 1250), (["el"], 1253),
        (["tr", "az"], 1254), (["he", "iw", "yi"], 1255), (["ar", "fa", "ur"], 1256), (["lt", "lv", "et"], 1257), (["vi"], 1258),
        (["th"], 874), (["ja"], 932), (["ko"], 949), (["zh"], 54936),
    ];

    /// <summary>The text of the document.</summary>
    public static string Decode(byte[] bytes, string? http, FeedNotes notes)
    {
        if (Unicode(bytes) is var (unicode, mark))
        {
            return unicode.GetString(bytes, mark, bytes.Length - mark);
        }

        var head = Encoding.Latin1.GetString(bytes, 0, Math.Min(bytes.Length, 1000));
        Encoding?[] labels = [Find(http), Find(Match(Declaration(), head))];
        if (Utf8.IsValid(bytes))
        {
            var stateful = bytes.AsSpan().Contains((byte)Escape)
                ? labels.FirstOrDefault(label => label?.WebName.StartsWith("iso-2022", StringComparison.OrdinalIgnoreCase) is true) : null;
            return (stateful ?? Encoding.UTF8).GetString(bytes);
        }

        var (valid, invalid) = Count(bytes);
        if (valid > invalid)
        {
            return Mixed(bytes, labels.FirstOrDefault(label => label?.IsSingleByte is true) ?? Windows(1252), notes);
        }

        // Many servers send the charset of western Europe for all files, so a document that names another one is believed.
        if (labels is [{ CodePage: 1252 }, { }])
        {
            labels = [labels[1], labels[0]];
        }

        foreach (var label in labels.OfType<Encoding>())
        {
            var failures = new SingleByteFallback(Windows(1252));
            var text = With(label, failures).GetString(bytes);
            if (failures.Count <= 1 + (HighBytes(bytes) / 20))
            {
                if (failures.Count > 0)
                {
                    notes.Repair($"bytes that are not {label.WebName}", failures.Count);
                }

                return text;
            }
        }

        return Mixed(bytes, Likely(bytes, Match(Language(), head)), notes);
    }

    private static (Encoding Encoding, int Skip)? Unicode(byte[] bytes) => bytes switch
    {
        [0xFF, 0xFE, 0, 0, ..] => (Encoding.UTF32, 4),
        [0, 0, 0xFE, 0xFF, ..] => (new UTF32Encoding(bigEndian: true, byteOrderMark: false), 4),
        [0xFF, 0xFE, ..] => (Encoding.Unicode, 2),
        [0xFE, 0xFF, ..] => (Encoding.BigEndianUnicode, 2),

        // A letter of ASCII in UTF-32 or UTF-16 without a mark.
        [not 0, 0, 0, 0, ..] => (Encoding.UTF32, 0),
        [0, 0, 0, not 0, ..] => (new UTF32Encoding(bigEndian: true, byteOrderMark: false), 0),
        [not 0, 0, not 0, 0, ..] => (Encoding.Unicode, 0),
        [0, not 0, 0, not 0, ..] => (Encoding.BigEndianUnicode, 0),

        // "<?xm" in EBCDIC.
        [0x4C, 0x6F, 0xA7, 0x94, ..] => (Encoding.GetEncoding(37), 0),
        _ => null,
    };

    /// <summary>The legacy set of a label; null for a Unicode one, which the bytes have contradicted, and for an unknown one.</summary>
    private static Encoding? Find(string? label)
    {
        label = label?.Trim(' ', '"', '\'').ToLowerInvariant();
        if (string.IsNullOrEmpty(label))
        {
            return null;
        }

        if (CharsetLabels.CodePages.TryGetValue(label, out var codePage))
        {
            return Encoding.GetEncoding(codePage);
        }

        try
        {
            var found = Encoding.GetEncoding(label);
            return found is UTF8Encoding or UnicodeEncoding or UTF32Encoding ? null : found;
        }
        catch (Exception fault) when (fault is ArgumentException or NotSupportedException)
        {
            return null; // unknown, or UTF-7, which hides markup
        }
    }

    // Valid sequences of several bytes, and bytes that are not UTF-8.
    private static (int Valid, int Invalid) Count(ReadOnlySpan<byte> bytes)
    {
        var (valid, invalid) = (0, 0);
        while ((bytes.IndexOfAnyInRange((byte)0x80, (byte)0xFF)) is >= 0 and var at)
        {
            bytes = bytes[at..];
            var isValid = Rune.DecodeFromUtf8(bytes, out _, out var length) == OperationStatus.Done;
            valid += isValid ? 1 : 0;
            invalid += isValid ? 0 : 1;
            bytes = bytes[Math.Max(length, 1)..];
        }

        return (valid, invalid);
    }

    private static string Mixed(byte[] bytes, Encoding fallback, FeedNotes notes)
    {
        if (!fallback.IsSingleByte)
        {
            notes.Repair($"no valid charset, read as {fallback.WebName}");
            return With(fallback, new SingleByteFallback(Windows(1252))).GetString(bytes);
        }

        var failures = new SingleByteFallback(fallback);
        var text = With(Encoding.UTF8, failures).GetString(bytes);
        notes.Repair($"bytes that are not UTF-8, read as {fallback.WebName}", failures.Count);
        return text;
    }

    private static Encoding Likely(byte[] bytes, string? language)
    {
        var hint = language?.Split('-', '_')[0].ToLowerInvariant();
        var byLanguage = Array.Find(ByLanguage, one => Array.IndexOf(one.Languages, hint) >= 0).CodePage;
        if (HighBytes(bytes) >= Enough)
        {
            var found = CharsetDetector.DetectFromBytes(bytes, 0, Math.Min(bytes.Length, Sample)).Detected;
            if (found?.Confidence > Confident && Find(found.EncodingName) is { } detected)
            {
                return detected;
            }
        }

        return Windows(byLanguage == 0 ? 1252 : byLanguage);
    }

    private static int HighBytes(ReadOnlySpan<byte> bytes)
    {
        var count = 0;
        foreach (var one in bytes)
        {
            count += one >> 7;
        }

        return count;
    }

    private static Encoding Windows(int codePage) => Encoding.GetEncoding(codePage);

    private static Encoding With(Encoding encoding, DecoderFallback fallback) =>
        Encoding.GetEncoding(encoding.CodePage, EncoderFallback.ReplacementFallback, fallback);

    private static string? Match(Regex pattern, string head) =>
        pattern.Match(head) is { Success: true } match ? match.Groups[1].Value : null;

    [GeneratedRegex("""<\?xml[^>]*?\sencoding\s*=\s*["']?([A-Za-z0-9._:-]{1,40})""", RegexOptions.NonBacktracking)]
    private static partial Regex Declaration();

    [GeneratedRegex("""(?:xml:lang\s*=\s*["']|<(?:dc:)?language>\s*)([A-Za-z]{2,3})""", RegexOptions.NonBacktracking)]
    private static partial Regex Language();

    /// <summary>Reads each byte that is invalid in one charset in a single-byte charset, and counts them.</summary>
    private sealed class SingleByteFallback(Encoding set) : DecoderFallback
    {
        private readonly string letters = set.GetString([.. Enumerable.Range(0, 256).Select(one => (byte)one)]);
        private int last = -1;

        public int Count { get; private set; }

        public override int MaxCharCount => 4;

        public override DecoderFallbackBuffer CreateFallbackBuffer() => new Letters(this);

        private sealed class Letters(SingleByteFallback owner) : DecoderFallbackBuffer
        {
            private byte[] bytes = [];
            private int next;

            public override int Remaining => bytes.Length - next;

            public override bool Fallback(byte[] bytesUnknown, int index)
            {
                (bytes, next) = (bytesUnknown, 0);

                // The text is measured first and decoded second: count the bytes once.
                owner.Count += index > owner.last ? bytesUnknown.Length : 0;
                owner.last = Math.Max(owner.last, index);
                return bytesUnknown.Length > 0;
            }

            public override char GetNextChar() => next < bytes.Length ? owner.letters[bytes[next++]] : '\0';

            public override bool MovePrevious() => next > 0 && next-- > 0;
        }
    }
}
