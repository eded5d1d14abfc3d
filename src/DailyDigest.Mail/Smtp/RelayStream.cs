using System.Net.Sockets;
using DailyDigest.Storage;

namespace DailyDigest.Mail.Smtp;

/// <summary>
/// The byte stream to the relay. It gathers writes and sends them before it reads, so that a message costs two round trips and no small
/// packet waits for an acknowledgement. It limits every wait, and can tell whether the relay has hung up.
/// </summary>
/// <remarks>
/// Every wait blocks the calling thread, also in the asynchronous methods, because that takes less of the processor
/// (docs/decisions/0054). So it is used on a <see cref="Mailing.SenderThread"/>. Another thread ends a wait with <see cref="AbortOn"/>.
/// </remarks>
internal sealed class RelayStream : Stream
{
    /// <summary>How long the reply to a whole message may take (RFC 5321 4.5.3.2.6).</summary>
    public static readonly TimeSpan EndOfDataTimeout = TimeSpan.FromMinutes(10);

    private const int GatherLimit = 128 * 1024;
    private const int MaxDropped = 16 * 1024;
    private readonly MemoryStream gathered = new(16 * 1024);
    private readonly DataAhead ahead = new();
    private readonly Stream inner;
    private readonly Socket? socket;
    private readonly TimeSpan timeout;
    private TimeSpan limit;

    /// <summary>Wraps a connection.</summary>
    /// <param name="inner">The bytes.</param>
    /// <param name="socket">Its socket, which was never used asynchronously; null for another kind of connection.</param>
    /// <param name="timeout">The longest wait for a reply, except for the one to a whole message.</param>
    public RelayStream(Stream inner, Socket? socket, TimeSpan timeout)
    {
        (this.inner, this.socket, this.timeout) = (inner, socket, timeout);
        if (inner.CanTimeout)
        {
            inner.WriteTimeout = (int)timeout.TotalMilliseconds;
        }
    }

    /// <summary>True while the reply to a whole message is awaited.</summary>
    public bool AwaitsFinalReply { get; set; }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>
    /// True if the relay has closed its side. If <paramref name="idle"/>, data that waits to be read counts, too: between messages a
    /// server sends nothing but its goodbye.
    /// </summary>
    public bool HungUp(bool idle)
    {
        try
        {
            return socket is not null && socket.Poll(0, SelectMode.SelectRead) && (idle || socket.Available == 0);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return true;
        }
    }

    /// <summary>Hangs up when the token is cancelled, until the registration is disposed: what waits then fails.</summary>
    public CancellationTokenRegistration AbortOn(CancellationToken cancellationToken) =>
        cancellationToken.UnsafeRegister(static stream => ((RelayStream)stream!).Abort(), this);

    /// <summary>Sends the gathered writes.</summary>
    public void Push()
    {
        if (gathered.Length == 0)
        {
            return;
        }

        if (ahead.MustDrop)
        {
            DropReply();
        }

        if (ahead.Adds(Gathered.Span))
        {
            gathered.Write("DATA\r\n"u8);
        }

        var length = (int)gathered.Length;
        gathered.SetLength(0);
        Send(gathered.GetBuffer().AsSpan(0, length));
    }

    public override int Read(Span<byte> buffer)
    {
        Push();
        var read = Receive(buffer);
        return ahead.Pass(buffer[..read]);
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (!ahead.Swallows(buffer))
        {
            gathered.Write(buffer);
        }

        if (gathered.Length > GatherLimit)
        {
            Push();
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(Read(buffer.Span));
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            gathered.Dispose();
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private Memory<byte> Gathered => gathered.GetBuffer().AsMemory(0, (int)gathered.Length);

    private void Abort()
    {
        try
        {
            if (socket is null)
            {
                inner.Dispose();
            }
            else
            {
                socket.Shutdown(SocketShutdown.Both);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It is closed already.
        }
    }

    /// <summary>Reads the reply to a DATA that belongs to no message, and drops it.</summary>
    private void DropReply()
    {
        Span<byte> buffer = stackalloc byte[512];
        var (read, dropped) = (0, 0);
        while (ahead.MustDrop)
        {
            if (!ahead.Drop(buffer[..read], out var wantsMessage))
            {
                read = Receive(buffer);
                dropped += read;
                if (read == 0 || dropped > MaxDropped)
                {
                    throw new IOException(read == 0 ? "The relay hung up." : "The relay's reply is too long.");
                }
            }
            else if (wantsMessage)
            {
                read = 0;
                Send(".\r\n"u8);
            }
        }
    }

    private void Send(ReadOnlySpan<byte> bytes)
    {
        try
        {
            inner.Write(bytes);
        }
        catch (IOException e) when (IsTimeout(e))
        {
            throw NoAnswer(timeout);
        }
    }

    private int Receive(Span<byte> buffer)
    {
        var time = AwaitsFinalReply ? EndOfDataTimeout : timeout;
        if (limit != time && inner.CanTimeout)
        {
            inner.ReadTimeout = (int)time.TotalMilliseconds;
        }

        limit = time;
        try
        {
            return inner.Read(buffer);
        }
        catch (IOException e) when (IsTimeout(e))
        {
            throw NoAnswer(time);
        }
    }

    private static bool IsTimeout(IOException trouble) =>
        trouble.InnerException is SocketException { SocketErrorCode: SocketError.TimedOut or SocketError.WouldBlock };

    private static IOException NoAnswer(TimeSpan time) => new($"The server did not answer within {time.TotalSeconds:0} s.");
}
