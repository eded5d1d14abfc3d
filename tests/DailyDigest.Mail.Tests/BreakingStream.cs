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

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        written.Append(Encoding.Latin1.GetString(buffer));
        if (breaks is not null && breaks(written.ToString()))
        {
            inner.Dispose();
            throw new IOException("The line broke.");
        }

        inner.Write(buffer);
    }

    public override void Flush() => inner.Flush();

    public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

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
