using System.Text;

namespace DailyDigest.Content;

/// <summary>Charsets that the first bytes, or the zeros between the letters, show.</summary>
internal static class UnicodeShape
{
    private const int Sample = 64 * 1024;

    // A text of fewer bytes can have its zeros by chance.
    private const int Enough = 16;

    /// <summary>The charset; null if the bytes have no such shape.</summary>
    public static Charset? Of(ReadOnlySpan<byte> bytes) => bytes switch
    {
        [0xFF, 0xFE, 0, 0, ..] => new Charset(Encoding.UTF32, 4),
        [0, 0, 0xFE, 0xFF, ..] => new Charset(new UTF32Encoding(bigEndian: true, byteOrderMark: false), 4),
        [0xFF, 0xFE, ..] => new Charset(Encoding.Unicode, 2),
        [0xFE, 0xFF, ..] => new Charset(Encoding.BigEndianUnicode, 2),
        [0xEF, 0xBB, 0xBF, ..] => null,

        // A letter of ASCII in UTF-32 or UTF-16 without a mark.
        [not 0, 0, 0, 0, ..] => Assumed(Encoding.UTF32, bytes.Length / 4),
        [0, 0, 0, not 0, ..] => Assumed(new UTF32Encoding(bigEndian: true, byteOrderMark: false), bytes.Length / 4),
        [not 0, 0, not 0, 0, ..] => Assumed(Encoding.Unicode, bytes.Length / 2),
        [0, not 0, 0, not 0, ..] => Assumed(Encoding.BigEndianUnicode, bytes.Length / 2),

        // "<?xm" in EBCDIC.
        [0x4C, 0x6F, 0xA7, 0x94, ..] => new Charset(Encoding.GetEncoding(37), 0),
        _ => ByZeros(bytes[..Math.Min(bytes.Length, Sample)]) is { } encoding ? Assumed(encoding, bytes.Length / 2) : null,
    };

    // A text that begins with letters of another script, and has separators, digits or addresses too.
    private static UnicodeEncoding? ByZeros(ReadOnlySpan<byte> bytes)
    {
        var (even, odd) = (0, 0);
        for (var i = 0; i < bytes.Length; i++)
        {
            (even, odd) = bytes[i] != 0 ? (even, odd) : i % 2 == 0 ? (even + 1, odd) : (even, odd + 1);
        }

        var few = bytes.Length / 200;
        return bytes.Length < Enough || Math.Max(even, odd) < bytes.Length / 10 || Math.Min(even, odd) > few ? null
            : new UnicodeEncoding(bigEndian: even > odd, byteOrderMark: false);
    }

    private static Charset Assumed(Encoding encoding, int letters) => Charset.WithoutMark(encoding, letters);
}
