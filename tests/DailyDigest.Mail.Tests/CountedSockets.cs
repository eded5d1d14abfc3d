using System.Net.Sockets;

namespace DailyDigest.Mail.Tests;

/// <summary>
/// Connects as the product does and counts the connections on our side, each from before it is opened until after it is closed.
/// </summary>
internal sealed class CountedSockets
{
    private readonly Lock gate = new();

    /// <summary>The number of open connections.</summary>
    public int Open { get; private set; }

    /// <summary>The maximum of open connections at once.</summary>
    public int Most { get; private set; }

    public async Task<Stream> DialAsync(string host, int port, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            Most = Math.Max(Most, ++Open);
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(host, port, cancellationToken);
            return new Counted(socket, this);
        }
        catch
        {
            socket.Dispose();
            Closed();
            throw;
        }
    }

    private void Closed()
    {
        lock (gate)
        {
            Open--;
        }
    }

    private sealed class Counted(Socket socket, CountedSockets all) : NetworkStream(socket, ownsSocket: true)
    {
        private int closed;

        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            if (Interlocked.Exchange(ref closed, 1) == 0)
            {
                all.Closed();
            }
        }
    }
}
