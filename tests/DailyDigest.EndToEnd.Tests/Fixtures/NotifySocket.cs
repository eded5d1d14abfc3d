using System.Net.Sockets;
using System.Text;

namespace DailyDigest.EndToEnd.Tests.Fixtures;

/// <summary>The socket on which systemd listens to a service.</summary>
internal sealed class NotifySocket : IDisposable
{
    private readonly Socket socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

    public NotifySocket(string folder)
    {
        Path = global::System.IO.Path.Combine(folder, "notify");
        socket.Bind(new UnixDomainSocketEndPoint(Path));
    }

    public string Path { get; }

    /// <summary>Waits at most two minutes for the next message.</summary>
    public async Task<string> NextAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(2));
        var bytes = new byte[1024];
        return Encoding.UTF8.GetString(bytes, 0, await socket.ReceiveAsync(bytes, limit.Token));
    }

    /// <summary>The messages up to the first one that is no heartbeat; that one is the last.</summary>
    public async Task<IReadOnlyList<string>> UntilOtherAsync(CancellationToken cancellationToken)
    {
        var messages = new List<string>();
        do
        {
            messages.Add(await NextAsync(cancellationToken));
        }
        while (messages[^1] == "WATCHDOG=1");

        return messages;
    }

    public void Dispose() => socket.Dispose();
}
