using System.Buffers;
using System.Security.Cryptography;

namespace DailyDigest.Mail.Dkim;

/// <summary>
/// The SHA-256 of a body in relaxed form (RFC 6376 3.4.4), piece by piece. White space at the end of a line is dropped, every other run
/// of white space becomes one space, and empty lines at the end do not count. A piece that many messages share is relaxed once.
/// </summary>
internal sealed class RelaxedBody : IDisposable
{
    private static readonly SearchValues<byte> Special = SearchValues.Create(" \t\r"u8);

    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly ArrayBufferWriter<byte> buffer = new(512);
    private Tail tail;
    private bool any;

    /// <summary>Line ends and a space that were read but not yet written: whether they count depends on the next bytes.</summary>
    internal struct Tail
    {
        public int LineEnds;
        public bool Space;
    }

    /// <summary>A shared piece and its relaxed form; null if that depends on the piece before it.</summary>
    internal sealed class Piece
    {
        public Piece(ReadOnlyMemory<byte> raw)
        {
            Raw = raw;
            if (!raw.IsEmpty && raw.Span[0] is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n'))
            {
                var to = new ArrayBufferWriter<byte>(raw.Length + 16);
                Relax(raw.Span, to, ref End);
                Relaxed = to.WrittenMemory;
            }
        }

        public ReadOnlyMemory<byte> Raw { get; }

        public ReadOnlyMemory<byte>? Relaxed { get; }

        public readonly Tail End;
    }

    /// <summary>Adds a shared piece.</summary>
    public void Append(Piece piece)
    {
        if (piece.Relaxed is not { } relaxed)
        {
            Append(piece.Raw.Span);
            return;
        }

        buffer.ResetWrittenCount();
        Settle(buffer, ref tail);
        hash.AppendData(buffer.WrittenSpan);
        hash.AppendData(relaxed.Span);
        tail = piece.End;
        any = true;
    }

    /// <summary>Adds bytes as they are sent. A CRLF must not be split.</summary>
    public void Append(ReadOnlySpan<byte> raw)
    {
        buffer.ResetWrittenCount();
        Relax(raw, buffer, ref tail);
        hash.AppendData(buffer.WrittenSpan);
        any |= buffer.WrittenCount > 0;
    }

    /// <summary>Returns the hash of all pieces.</summary>
    public byte[] Finish()
    {
        if (any)
        {
            hash.AppendData("\r\n"u8);
        }

        return hash.GetHashAndReset();
    }

    public void Dispose() => hash.Dispose();

    private static void Relax(ReadOnlySpan<byte> rest, IBufferWriter<byte> to, ref Tail tail)
    {
        while (!rest.IsEmpty)
        {
            if (rest[0] is (byte)' ' or (byte)'\t')
            {
                tail.Space = true;
                rest = rest[1..];
            }
            else if (rest.StartsWith("\r\n"u8))
            {
                tail.LineEnds++;
                tail.Space = false;
                rest = rest[2..];
            }
            else
            {
                Settle(to, ref tail);
                var length = rest[1..].IndexOfAny(Special) is >= 0 and var at ? at + 1 : rest.Length;
                to.Write(rest[..length]);
                rest = rest[length..];
            }
        }
    }

    private static void Settle(IBufferWriter<byte> to, ref Tail tail)
    {
        for (; tail.LineEnds > 0; tail.LineEnds--)
        {
            to.Write("\r\n"u8);
        }

        if (tail.Space)
        {
            to.Write(" "u8);
            tail.Space = false;
        }
    }
}
