using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace DailyDigest.Content;

/// <summary>
/// The charset of a document. A byte order mark decides; then zeros between the letters mean UTF-16 or UTF-32; bytes that are valid UTF-8
/// are UTF-8 whatever a label says. Otherwise labels are read as browsers read them (WHATWG). Bytes that no label explains are read in the
/// likely set, so that no letter is lost.
/// </summary>
/// <param name="Encoding">Decodes every byte: those that it does not have are read in a single-byte set.</param>
/// <param name="Mark">The length of the byte order mark.</param>
public sealed record Charset(Encoding Encoding, int Mark)
{
    private const int Escape = 0x1B;
    private const string NotUtf8 = "bytes that are not UTF-8";

    static Charset() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    /// <summary>An assumption, such as "bytes that are not UTF-8, read as windows-1252"; null if the bytes or a label say it.</summary>
    public string? Assumption { get; private init; }

    /// <summary>The number of bytes to which the assumption applies.</summary>
    public int Assumed { get; private init; }

    /// <summary>Finds the charset.</summary>
    /// <param name="bytes">The whole document.</param>
    /// <param name="labels">The names that the document or its sender gives, the stronger first; null for none.</param>
    /// <param name="languages">The likely languages, the likeliest first.</param>
    public static Charset Find(byte[] bytes, string?[] labels, IEnumerable<string> languages)
    {
        if (UnicodeShape.Of(bytes) is { } unicode)
        {
            return unicode;
        }

        var encodings = labels.Select(Legacy).ToArray();
        if (Utf8.IsValid(bytes))
        {
            var stateful = bytes.AsSpan().Contains((byte)Escape) ? encodings.FirstOrDefault(
                one => one?.WebName.StartsWith("iso-2022", StringComparison.OrdinalIgnoreCase) is true) : null;
            return new Charset(stateful ?? Encoding.UTF8, 0);
        }

        var (valid, invalid, wrong) = Count(bytes);
        if (valid > invalid)
        {
            return Mixed(encodings.FirstOrDefault(one => one?.IsSingleByte is true) ?? Encoding.GetEncoding(1252), wrong);
        }

        // Many servers send the charset of western Europe for all files, so a document that names another one is believed.
        if (encodings is [{ CodePage: 1252 }, { }])
        {
            encodings = [encodings[1], encodings[0]];
        }

        foreach (var encoding in encodings.OfType<Encoding>())
        {
            var fallback = new SingleByteFallback(1252);
            var lossless = With(encoding, fallback);
            lossless.GetCharCount(bytes);
            if (fallback.Count <= 1 + (LikelyCharset.HighBytes(bytes) / 20))
            {
                return fallback.Count == 0 ? new Charset(lossless, 0)
                    : new Charset(lossless, 0) { Assumption = $"bytes that are not {encoding.WebName}", Assumed = fallback.Count };
            }
        }

        // Letters of a legacy set can be valid UTF-8 by chance, now and then.
        var likely = LikelyCharset.Of(bytes, languages);
        return !likely.IsSingleByte ? Whole(likely, "no valid charset", bytes)
            : valid * 2 > invalid ? Mixed(likely, wrong) : Whole(likely, NotUtf8, bytes);
    }

    /// <summary>True if the beginning of a document shows UTF-16, UTF-32 or EBCDIC.</summary>
    public static bool HasUnicodeShape(ReadOnlySpan<byte> beginning) => UnicodeShape.Of(beginning) is not null;

    /// <summary>The text of the document.</summary>
    public string Decode(byte[] bytes) => Encoding.GetString(bytes, Mark, bytes.Length - Mark);

    /// <summary>The legacy set of a label; null for a Unicode one, which the bytes have contradicted, and for an unknown one.</summary>
    internal static Encoding? Legacy(string? label)
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

    internal static Charset WithoutMark(Encoding encoding, int letters) =>
        new(encoding, 0) { Assumption = $"no byte order mark, read as {encoding.WebName}", Assumed = letters };

    // Valid sequences of several bytes, sequences that are not UTF-8, and the bytes of the latter.
    private static (int Valid, int Invalid, int Wrong) Count(ReadOnlySpan<byte> bytes)
    {
        var (valid, invalid, wrong) = (0, 0, 0);
        while ((bytes.IndexOfAnyInRange((byte)0x80, (byte)0xFF)) is >= 0 and var at)
        {
            bytes = bytes[at..];
            var isValid = Rune.DecodeFromUtf8(bytes, out _, out var length) == OperationStatus.Done;
            length = Math.Max(length, 1);
            (valid, invalid, wrong) = isValid ? (valid + 1, invalid, wrong) : (valid, invalid + 1, wrong + length);
            bytes = bytes[length..];
        }

        return (valid, invalid, wrong);
    }

    private static Charset Mixed(Encoding fallback, int wrong) =>
        new(With(Encoding.UTF8, new SingleByteFallback(fallback.CodePage)), 0)
        {
            Assumption = $"{NotUtf8}, read as {fallback.WebName}",
            Assumed = wrong,
        };

    private static Charset Whole(Encoding likely, string why, byte[] bytes) => new(With(likely, new SingleByteFallback(1252)), 0)
    {
        Assumption = $"{why}, read as {likely.WebName}",
        Assumed = LikelyCharset.HighBytes(bytes),
    };

    private static Encoding With(Encoding encoding, DecoderFallback fallback) =>
        Encoding.GetEncoding(encoding.CodePage, EncoderFallback.ReplacementFallback, fallback);
}
