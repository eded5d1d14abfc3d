using System.Net;
using System.Net.Sockets;

namespace DailyDigest.Testing.Services;

/// <summary>
/// A port of this machine at which nobody listens. It stays bound, so that no other program or test gets it: a port that was free a moment
/// ago may be in use by now. A server that allows the reuse of an address, as Node.js does, can be started at it.
/// </summary>
public sealed class ClosedPort : IAsyncDisposable, IDisposable
{
    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    /// <summary>Takes any port; with <paramref name="number"/> that one, whose server has just ended.</summary>
    public ClosedPort(int number = 0) => socket.Bind(new IPEndPoint(IPAddress.Loopback, number));

    /// <summary>The port's number.</summary>
    public int Number => ((IPEndPoint)socket.LocalEndPoint!).Port;

    /// <inheritdoc/>
    public void Dispose() => socket.Dispose();

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }
}
