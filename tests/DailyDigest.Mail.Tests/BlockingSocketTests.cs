using System.Net;
using System.Net.Sockets;
using DailyDigest.Mail.Smtp;
using DailyDigest.Mailing;

namespace DailyDigest.Mail.Tests;

/// <summary>Connections that block the threads which wait for them.</summary>
public sealed class BlockingSocketTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData("localhost")]
    [InlineData("127.0.0.1")]
    public async Task A_host_is_reached_by_name_and_by_address(string host)
    {
        using var server = Listen();
        using var socket = await SenderThread.RunAsync(() => BlockingSocket.Connect(host, Port(server), Long, CancellationToken.None));
        Assert.True(socket.NoDelay);
        Assert.Equal(Port(server), ((IPEndPoint)socket.RemoteEndPoint!).Port);
    }

    [Fact]
    public async Task A_port_at_which_nobody_listens_refuses()
    {
        int port;
        using (var server = Listen())
        {
            port = Port(server);
        }

        var refused = await Assert.ThrowsAsync<SocketException>(() => SenderThread.RunAsync(
            () => BlockingSocket.Connect("127.0.0.1", port, Long, CancellationToken.None)));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_given_up_in_time_and_on_a_stop()
    {
        using var server = Listen(backlog: 0);
        using var first = new Full(server);

        var trouble = await Assert.ThrowsAsync<SocketException>(() => SenderThread.RunAsync(
            () => BlockingSocket.Connect("127.0.0.1", Port(server), TimeSpan.FromMilliseconds(300), CancellationToken.None)));
        Assert.Equal(SocketError.TimedOut, trouble.SocketErrorCode);

        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => SenderThread.RunAsync(
            () => BlockingSocket.Connect("127.0.0.1", Port(server), TimeSpan.FromHours(1), stop.Token)));
    }

    [Fact]
    public async Task Work_that_blocks_has_a_thread_of_its_own_and_keeps_it()
    {
        var (outer, inner) = await SenderThread.RunAsync(() =>
        {
            var nested = SenderThread.RunAsync(() => Environment.CurrentManagedThreadId);
            return (Environment.CurrentManagedThreadId, nested.IsCompletedSuccessfully ? nested.GetAwaiter().GetResult() : 0);
        });

        Assert.Equal(outer, inner);
        Assert.False(await SenderThread.RunAsync(() => Thread.CurrentThread.IsThreadPoolThread));
        await Assert.ThrowsAsync<IOException>(() => SenderThread.RunAsync<int>(() => throw new IOException("no")));
    }

    private static Socket Listen(int backlog = 10)
    {
        var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        server.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        server.Listen(backlog);
        return server;
    }

    private static int Port(Socket server) => ((IPEndPoint)server.LocalEndPoint!).Port;

    /// <summary>Connections that nobody accepts, so many that the system answers no more.</summary>
    private sealed class Full : IDisposable
    {
        private readonly List<Socket> sockets = [];

        public Full(Socket server)
        {
            while (true)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { SendTimeout = 200 };
                sockets.Add(socket);
                try
                {
                    socket.Connect(server.LocalEndPoint!);
                }
                catch (SocketException)
                {
                    return;
                }
            }
        }

        public void Dispose() => sockets.ForEach(socket => socket.Dispose());
    }
}
