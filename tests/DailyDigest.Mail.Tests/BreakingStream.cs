using System.Net.Sockets;
using System.Text;
using DailyDigest.Storage;

namespace DailyDigest.Mail.Tests;

/// <summary>A connection that breaks on our side at a write that the test names.</summary>
internal sealed class BreakingStream(NetworkStream inner) : Stream
{
    private readonly StringBuilder written = new();
    private Func<string, bool>? breaks;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public static async Task<BreakingStream> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(host, port, cancellationToken);
        return new BreakingStream(new NetworkStream(socket, ownsSocket: true));
    }

    /// <summary>Breaks before the write that makes all text written from now on match.</summary>
    public void BreakWhen(Func<string, bool> fits)
    {
        written.Clear();
        breaks = fits;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        written.Append(Encoding.Latin1.GetString(buffer.Span));
        if (breaks is not null && breaks(written.ToString()))
        {
            await inner.DisposeAsync();
            throw new IOException("The line broke.");
        }

        await inner.WriteAsync(buffer, cancellationToken);
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        inner.ReadAsync(buffer, cancellationToken);

    public override void Flush() => inner.Flush();

    public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

    public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
