using System.Net;
using System.Net.Sockets;

namespace DailyDigest.EndToEnd.Tests.Fixtures;

/// <summary>A relay that accepts connections and never answers.</summary>
internal sealed class SilentRelay : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly List<TcpClient> clients = [];
    private readonly TaskCompletionSource first = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public SilentRelay()
    {
        listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>Waits for the first connection.</summary>
    public Task FirstAsync(CancellationToken cancellationToken) => first.Task.WaitAsync(TimeSpan.FromMinutes(3), cancellationToken);

    public void Dispose()
    {
        listener.Dispose();
        lock (clients)
        {
            clients.ForEach(client => client.Dispose());
            clients.Clear();
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync();
                lock (clients)
                {
                    clients.Add(client);
                }

                first.TrySetResult();
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}
