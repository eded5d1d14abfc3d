using System.Buffers;
using System.Text;

namespace DailyDigest.Mail.Mime;

/// <summary>
/// Quoted-printable (RFC 2045 6.7) that keeps a slot's marker whole on a line of its own, between soft line breaks, so that it can be
/// replaced without a look at its surroundings. No line is longer than 76 characters. Lines end with CRLF.
/// </summary>
internal static class QuotedPrintable
{
    private const int MaxLine = 76;

    /// <summary>Visible ASCII characters that stand as they are in any column but the first.</summary>
    private static readonly SearchValues<char> Literals =
        SearchValues.Create([.. Enumerable.Range('!', '~' - '!' + 1).Select(code => (char)code).Where(letter => letter != '=')]);

    /// <summary>Encodes text whose lines end with LF. Markers are those of <paramref name="slots"/>.</summary>
    public static void Encode(IBufferWriter<byte> output, string text, IReadOnlyList<string> slots)
    {
        var rest = text.AsSpan();
        while (true)
        {
            var (at, slot) = Next(rest, slots);
            if (slot is null)
            {
                Encode(output, rest, column: 0);
                return;
            }

            if (Encode(output, rest[..at], column: 0) > 0)
            {
                output.Write("=\r\n"u8);
            }

            output.Write(Encoding.ASCII.GetBytes(slot));
            output.Write("=\r\n"u8);
            rest = rest[(at + slot.Length)..];
        }
    }

    /// <summary>Encodes what fills a slot: it begins at the start of a line, and what follows it is a soft line break.</summary>
    public static byte[] Encode(string value)
    {
        if (EncodeLiterals(value) is { } literals)
        {
            return literals;
        }

        var output = new ArrayBufferWriter<byte>(value.Length + 64);
        Encode(output, value, column: 0);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Only breaks lines, as a link needs; returns null if the text needs more.</summary>
    private static byte[]? EncodeLiterals(ReadOnlySpan<char> value)
    {
        const int Width = MaxLine - 1;
        if (value.IsEmpty || value.ContainsAnyExcept(Literals))
        {
            return null;
        }

        var encoded = new byte[value.Length + ((value.Length - 1) / Width * 3)];
        var (from, to) = (0, 0);
        while (true)
        {
            var length = Math.Min(Width, value.Length - from);
            if (value[from] == '.')
            {
                return null;
            }

            to += Encoding.ASCII.GetBytes(value.Slice(from, length), encoded.AsSpan(to));
            from += length;
            if (from == value.Length)
            {
                return encoded;
            }

            "=\r\n"u8.CopyTo(encoded.AsSpan(to));
            to += 3;
        }
    }

    private static (int At, string? Slot) Next(ReadOnlySpan<char> text, IReadOnlyList<string> slots)
    {
        var first = (At: -1, Slot: (string?)null);
        foreach (var slot in slots)
        {
            var at = text.IndexOf(slot, StringComparison.Ordinal);
            if (at >= 0 && (first.Slot is null || at < first.At))
            {
                first = (at, slot);
            }
        }

        return first;
    }

    /// <summary>Returns the column it ends at: 0 after a line break.</summary>
    private static int Encode(IBufferWriter<byte> output, ReadOnlySpan<char> text, int column)
    {
        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(text.Length)];
        var length = Encoding.UTF8.GetBytes(text, bytes);
        var to = new byte[3];
        for (var i = 0; i < length; i++)
        {
            var b = bytes[i];
            if (b == '\n')
            {
                output.Write("\r\n"u8);
                column = 0;
                continue;
            }

            if (b == '\r')
            {
                continue;
            }

            var endsLine = i + 1 == length || bytes[i + 1] is (byte)'\n' or (byte)'\r';
            var literal = b is >= 33 and <= 126 and not (byte)'=' || (b is (byte)' ' or (byte)'\t' && !endsLine);

            // One column stays free for the "=" of a soft break, at the end, too: a slot may follow.
            if (column + (literal ? 1 : 3) > MaxLine - 1)
            {
                output.Write("=\r\n"u8);
                column = 0;
            }

            // A dot at the start of a line would have to be doubled for each recipient (RFC 5321 4.5.2).
            // Programs that store mail in one file put a > before a line that begins with "From ", which breaks a signature.
            literal &= column > 0 || (b != '.' && !bytes.AsSpan(i, length - i).StartsWith("From "u8));
            var width = literal ? 1 : 3;
            if (literal)
            {
                to[0] = b;
            }
            else
            {
                to[0] = (byte)'=';
                to[1] = Hex(b >> 4);
                to[2] = Hex(b & 15);
            }

            output.Write(to.AsSpan(0, width));
            column += width;
        }

        return column;
    }

    private static byte Hex(int digit) => (byte)(digit < 10 ? '0' + digit : 'A' + digit - 10);
}
