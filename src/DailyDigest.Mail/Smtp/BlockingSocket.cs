using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace DailyDigest.Mail.Smtp;

/// <summary>
/// Connects a socket whose calls block in the kernel. After a single asynchronous call the runtime would only pretend to block, by the way
/// of its own threads.
/// </summary>
internal static class BlockingSocket
{
    /// <summary>Tries the host's addresses one after another.</summary>
    /// <exception cref="SocketException">The host has no address, or none of them answers within the timeout.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static Socket Connect(string host, int port, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        var addresses = Resolve(host, timeout, cancellationToken);
        for (var i = 0; ; i++)
        {
            var left = (timeout - Stopwatch.GetElapsedTime(began)) / (addresses.Length - i);
            try
            {
                return Connect(new IPEndPoint(addresses[i], port), left, cancellationToken);
            }
            catch (SocketException) when (i + 1 < addresses.Length && !cancellationToken.IsCancellationRequested)
            {
                // The next address may answer.
            }
        }
    }

    private static IPAddress[] Resolve(string host, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var addresses = IPAddress.TryParse(host, out var address) ? [address] : ServerConnection.LimitAsync(
            stop => Dns.GetHostAddressesAsync(host, stop), timeout, cancellationToken).GetAwaiter().GetResult();
        return addresses.Length > 0 ? addresses : throw new SocketException((int)SocketError.HostNotFound);
    }

    private static Socket Connect(IPEndPoint server, TimeSpan timeout, CancellationToken cancellationToken)
    {
        // Linux ends connect(2) after the time for sending (socket(7)).
        var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true,
            SendTimeout = Math.Max(1, (int)timeout.TotalMilliseconds),
        };
        try
        {
            using var _ = cancellationToken.UnsafeRegister(static socket => ((Socket)socket!).Dispose(), socket);
            socket.Connect(server);
            cancellationToken.ThrowIfCancellationRequested();
            return socket;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            socket.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            throw;
        }
    }
}
