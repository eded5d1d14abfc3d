using System.Net.Sockets;
using DailyDigest.Storage;

namespace DailyDigest.Mail.Smtp;

/// <summary>
/// The byte stream to the relay. It gathers writes and sends them before it reads, so that a message costs a few packets and no small
/// packet waits for an acknowledgement. It limits every wait, and can tell whether the relay has hung up.
/// </summary>
internal sealed class RelayStream(Stream inner, Socket? socket, TimeSpan timeout) : Stream
{
    /// <summary>How long the reply to a whole message may take (RFC 5321 4.5.3.2.6).</summary>
    public static readonly TimeSpan EndOfDataTimeout = TimeSpan.FromMinutes(10);

    private const int GatherLimit = 128 * 1024;
    private readonly MemoryStream gathered = new(16 * 1024);
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

        var bytes = gathered.GetBuffer().AsMemory(0, (int)gathered.Length);
        gathered.SetLength(0);
        await LimitAsync(async token =>
        {
            await inner.WriteAsync(bytes, token);
            return 0;
        }, timeout, cancellationToken);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await PushAsync(cancellationToken);
        return await LimitAsync(token => inner.ReadAsync(buffer, token), AwaitsFinalReply ? EndOfDataTimeout : timeout, cancellationToken);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        gathered.Write(buffer.Span);
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

    private void PushNow()
    {
        inner.Write(gathered.GetBuffer(), 0, (int)gathered.Length);
        gathered.SetLength(0);
    }

    private async ValueTask<T> LimitAsync<T>(
        Func<CancellationToken, ValueTask<T>> wait, TimeSpan limit, CancellationToken cancellationToken)
    {
        if (waiting is null || !waiting.TryReset())
        {
            waiting?.Dispose();
            waiting = new CancellationTokenSource();
        }

        waiting.CancelAfter(limit);
        using var _ = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), waiting);
        try
        {
            return await wait(waiting.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"The server did not answer within {limit.TotalSeconds:0} s.");
        }
        finally
        {
            waiting.CancelAfter(Timeout.InfiniteTimeSpan);
        }
    }
}
