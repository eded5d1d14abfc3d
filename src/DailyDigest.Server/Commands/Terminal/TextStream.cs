using System.Text;
using DailyDigest.Storage;

namespace DailyDigest.Server.Commands;

/// <summary>A stream that decodes UTF-8 to a text writer, and leaves the writer open.</summary>
internal sealed class TextStream(TextWriter writer) : Stream
{
    private readonly Decoder decoder = Encoding.UTF8.GetDecoder();

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count)
    {
        var characters = new char[Encoding.UTF8.GetMaxCharCount(count)];
        writer.Write(characters, 0, decoder.GetChars(buffer, offset, count, characters, 0));
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var characters = new char[Encoding.UTF8.GetMaxCharCount(buffer.Length)];
        var count = decoder.GetChars(buffer.Span, characters, flush: false);
        await writer.WriteAsync(characters.AsMemory(0, count), cancellationToken);
    }
}
