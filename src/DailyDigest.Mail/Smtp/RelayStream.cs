using System.Net.Sockets;
using DailyDigest.Storage;

namespace DailyDigest.Mail.Smtp;

/// <summary>
/// The byte stream to the relay. It gathers writes and sends them before it reads, so that a message costs two round trips and no small
/// packet waits for an acknowledgement. It limits every wait, and can tell whether the relay has hung up.
/// </summary>
internal sealed class RelayStream(Stream inner, Socket? socket, TimeSpan timeout) : Stream
{
    /// <summary>How long the reply to a whole message may take (RFC 5321 4.5.3.2.6).</summary>
    public static readonly TimeSpan EndOfDataTimeout = TimeSpan.FromMinutes(10);

    private const int GatherLimit = 128 * 1024;
    private const int MaxDropped = 16 * 1024;
    private readonly MemoryStream gathered = new(16 * 1024);
    private readonly DataAhead ahead = new();
    private CancellationTokenSource? waiting;

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

    /// <summary>Sends the gathered writes.</summary>
    public async ValueTask PushAsync(CancellationToken cancellationToken)
    {
        if (gathered.Length == 0)
        {
            return;
        }

        if (ahead.MustDrop)
        {
            await DropAsync(cancellationToken);
        }

        if (ahead.Adds(Gathered.Span))
        {
            gathered.Write("DATA\r\n"u8);
        }

        var bytes = Gathered;
        gathered.SetLength(0);
        await SendAsync(bytes, cancellationToken);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await PushAsync(cancellationToken);
        var read = await ReceiveAsync(buffer, cancellationToken);
        return ahead.Pass(buffer.Span[..read]);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!ahead.Swallows(buffer.Span))
        {
            gathered.Write(buffer.Span);
        }

        if (gathered.Length > GatherLimit)
        {
            await PushAsync(cancellationToken);
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        PushNow();
        return inner.Read(buffer, offset, count);
    }

    public override void Write(byte[] buffer, int offset, int count) => gathered.Write(buffer, offset, count);

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            waiting?.Dispose();
            gathered.Dispose();
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private Memory<byte> Gathered => gathered.GetBuffer().AsMemory(0, (int)gathered.Length);

    /// <summary>Reads the reply to a DATA that belongs to no message, and drops it.</summary>
    private async ValueTask DropAsync(CancellationToken cancellationToken)
    {
        var buffer = new byte[512];
        var (read, dropped) = (0, 0);
        while (ahead.MustDrop)
        {
            if (!ahead.Drop(buffer.AsSpan(0, read), out var wantsMessage))
            {
                read = await ReceiveAsync(buffer, cancellationToken);
                dropped += read;
                if (read == 0 || dropped > MaxDropped)
                {
                    throw new IOException(read == 0 ? "The relay hung up." : "The relay's reply is too long.");
                }
            }
            else if (wantsMessage)
            {
                read = 0;
                await SendAsync(".\r\n"u8.ToArray(), cancellationToken);
            }
        }
    }

    private async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        var limit = Limit(timeout);
        using var _ = Link(limit, cancellationToken);
        try
        {
            await inner.WriteAsync(bytes, limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw NoAnswer(timeout);
        }
        finally
        {
            limit.CancelAfter(Timeout.InfiniteTimeSpan);
        }
    }

    private async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var time = AwaitsFinalReply ? EndOfDataTimeout : timeout;
        var limit = Limit(time);
        using var _ = Link(limit, cancellationToken);
        try
        {
            return await inner.ReadAsync(buffer, limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw NoAnswer(time);
        }
        finally
        {
            limit.CancelAfter(Timeout.InfiniteTimeSpan);
        }
    }

    private void PushNow()
    {
        inner.Write(gathered.GetBuffer(), 0, (int)gathered.Length);
        gathered.SetLength(0);
    }

    /// <summary>Cancelled after the time. One object serves all waits until one of them was cancelled.</summary>
    private CancellationTokenSource Limit(TimeSpan time)
    {
        if (waiting is null || !waiting.TryReset())
        {
            waiting?.Dispose();
            waiting = new CancellationTokenSource();
        }

        waiting.CancelAfter(time);
        return waiting;
    }

    private static CancellationTokenRegistration Link(CancellationTokenSource limit, CancellationToken cancellationToken) =>
        cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), limit);

    private static IOException NoAnswer(TimeSpan time) => new($"The server did not answer within {time.TotalSeconds:0} s.");
}
