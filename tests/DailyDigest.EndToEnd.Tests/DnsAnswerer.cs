using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>
/// A DNS server on the loopback interface, over UDP and TCP on one port. It answers from lists; a test may change each answer.
/// </summary>
internal sealed class DnsAnswerer : IAsyncDisposable
{
    private const ushort Txt = 16;
    private const ushort Mx = 15;
    private const ushort Ns = 2;
    private const int MaxUdp = 1_200;

    private readonly CancellationTokenSource stop = new();
    private readonly Socket udp;
    private readonly TcpListener tcp;
    private readonly Task serving;

    public DnsAnswerer()
    {
        (udp, tcp) = Open();
        serving = Task.WhenAll(ServeUdpAsync(), ServeTcpAsync());
    }

    public int Port => ((IPEndPoint)udp.LocalEndPoint!).Port;

    /// <summary>TXT records by name. A name that is in neither list does not exist.</summary>
    public Dictionary<string, string[]> Texts { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>MX records by name.</summary>
    public Dictionary<string, string[]> Hosts { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Names about which nothing is answered.</summary>
    public HashSet<string> Silent { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Changes an answer before it is sent: the answer, and whether it goes over TCP. Null to send none.</summary>
    public Func<byte[], bool, byte[]?> Change { get; set; } = (answer, _) => answer;

    /// <summary>How many questions were asked.</summary>
    public int Asked { get; private set; }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        udp.Dispose();
        tcp.Dispose();
        await serving;
        stop.Dispose();
    }

    private static (Socket Udp, TcpListener Tcp) Open()
    {
        while (true)
        {
            var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            udp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            var tcp = new TcpListener(IPAddress.Loopback, ((IPEndPoint)udp.LocalEndPoint!).Port);
            try
            {
                tcp.Start();
                return (udp, tcp);
            }
            catch (SocketException)
            {
                // Somebody has this port for TCP already: another one.
                udp.Dispose();
                tcp.Dispose();
            }
        }
    }

    private async Task ServeUdpAsync()
    {
        var buffer = new byte[4_096];
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var got = await udp.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Loopback, 0), stop.Token);
                if (Answer(buffer[..got.ReceivedBytes], overTcp: false) is { } answer)
                {
                    await udp.SendToAsync(answer, got.RemoteEndPoint, stop.Token);
                }
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                // The client has gone, or the test is over.
            }
        }
    }

    private async Task ServeTcpAsync()
    {
        var clients = new List<Task>();
        while (!stop.IsCancellationRequested)
        {
            try
            {
                clients.Add(ServeAsync(await tcp.AcceptTcpClientAsync(stop.Token)));
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                // The test is over.
            }
        }

        await Task.WhenAll(clients);
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var closing = client;
        var length = new byte[2];
        try
        {
            await using var stream = client.GetStream();
            while (true)
            {
                await stream.ReadExactlyAsync(length, stop.Token);
                var query = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
                await stream.ReadExactlyAsync(query, stop.Token);
                if (Answer(query, overTcp: true) is not { } answer)
                {
                    return;
                }

                BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)answer.Length);
                await stream.WriteAsync((byte[])[.. length, .. answer], stop.Token);
            }
        }
        catch (Exception exception) when (
            exception is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The client has gone, or the test is over.
        }
    }

    private byte[]? Answer(byte[] query, bool overTcp)
    {
        var (at, labels) = (12, new List<string>());
        for (; query[at] > 0; at += query[at] + 1)
        {
            labels.Add(Encoding.ASCII.GetString(query, at + 1, query[at]));
        }

        var (name, type) = (string.Join('.', labels), BinaryPrimitives.ReadUInt16BigEndian(query.AsSpan(at + 1)));
        Asked++;
        if (Silent.Contains(name))
        {
            return null;
        }

        var data = type switch
        {
            Txt => Texts.GetValueOrDefault(name)?.Select(Text),
            Mx => Hosts.GetValueOrDefault(name)?.Select((host, index) => (byte[])[0, (byte)(index + 1), .. Name(host)]),
            Ns when labels.Count == 1 => [Name("ns.example.net")],
            _ => null,
        };
        var isKnown = data is not null || Texts.ContainsKey(name) || Hosts.ContainsKey(name);
        var answers = (data ?? []).Select(one => (byte[])
            [0xC0, 12, 0, (byte)type, 0, 1, 0, 0, 0, 60, (byte)(one.Length >> 8), (byte)one.Length, .. one]).ToList();
        var size = answers.Sum(one => one.Length);
        var isCut = !overTcp && size > MaxUdp;
        byte[] answer =
        [
            query[0], query[1], (byte)(isCut ? 0x83 : 0x81), (byte)(isKnown ? 0x80 : 0x83), 0, 1,
            (byte)((isCut ? 0 : answers.Count) >> 8), (byte)(isCut ? 0 : answers.Count), 0, 0, 0, 0,
            .. query[12..(at + 5)], .. isCut ? [] : answers.SelectMany(one => one),
        ];
        return Change(answer, overTcp);
    }

    private static byte[] Text(string text) =>
        [.. Encoding.ASCII.GetBytes(text).Chunk(255).SelectMany(part => (byte[])[(byte)part.Length, .. part])];

    private static byte[] Name(string host) => host == "." ? [0]
        : [.. host.Split('.').SelectMany(label => (byte[])[(byte)label.Length, .. Encoding.ASCII.GetBytes(label)]), 0];
}
