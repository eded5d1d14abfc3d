namespace DailyDigest.Mail.Returns;

/// <summary>
/// The beginning of a stream, without the ends of very long lines: a header of megabytes, folded or not, costs a parser many times its
/// size. Empty lines at the start are left out. A longer stream ends at the limit, and <see cref="IsCut"/> says so.
/// </summary>
internal sealed class LimitedStream(Stream inner, long limit) : Stream
{
    /// <summary>Bytes of a line, with the lines after it that begin with white space, that are passed on.</summary>
    private const int MaxLine = 64 * 1024;

    private long left = limit;
    private int line;
    private bool isLineStart = true;
    private bool hasBegun;

    public bool IsCut { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        while (left > 0 && buffer.Length > 0)
        {
            var read = inner.Read(buffer[..(int)Math.Min(left, buffer.Length)]);
            if (read == 0)
            {
                return 0;
            }

            if (Shorten(buffer[..read]) is > 0 and var kept)
            {
                return kept;
            }
        }

        IsCut |= left == 0;
        return 0;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (left > 0 && buffer.Length > 0)
        {
            var read = await inner.ReadAsync(buffer[..(int)Math.Min(left, buffer.Length)], cancellationToken);
            if (read == 0)
            {
                return 0;
            }

            if (Shorten(buffer.Span[..read]) is > 0 and var kept)
            {
                return kept;
            }
        }

        IsCut |= left == 0;
        return 0;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>Moves what is kept to the front, and returns its length.</summary>
    private int Shorten(Span<byte> bytes)
    {
        left -= bytes.Length;
        var rest = bytes;
        if (!hasBegun)
        {
            // Empty lines before the headers would end them.
            var begin = rest.IndexOfAnyExcept(" \t\r\n"u8);
            if (begin < 0)
            {
                return 0;
            }

            rest = rest[begin..];
            hasBegun = true;
        }

        var kept = 0;
        while (rest.Length > 0)
        {
            var end = rest.IndexOf((byte)'\n');
            var part = end < 0 ? rest : rest[..(end + 1)];
            if (isLineStart && part[0] is not ((byte)' ' or (byte)'\t'))
            {
                line = 0;
            }

            // The end of a line is kept, however long the line is.
            var text = end < 0 ? part.Length : end;
            var fits = Math.Min(text, Math.Max(0, MaxLine - line));
            part[..fits].CopyTo(bytes[kept..]);
            kept += fits;
            if (end >= 0)
            {
                bytes[kept++] = (byte)'\n';
            }

            line += part.Length;
            isLineStart = end >= 0;
            rest = rest[part.Length..];
        }

        return kept;
    }
}
