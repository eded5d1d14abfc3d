using System.Net;
using System.Net.Sockets;

namespace DailyDigest.EndToEnd.Tests.Rig;

/// <summary>A relay that lets everybody connect and never says a word.</summary>
internal sealed class SlowRelay : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly List<TcpClient> clients = [];
    private readonly TaskCompletionSource first = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public SlowRelay()
    {
        listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>Waits until somebody has connected.</summary>
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
