using System.Net;
using System.Net.Sockets;

namespace DailyDigest.Feeds;

/// <summary>
/// Opens connections, only to permitted addresses. It connects to the address that it checked, so a name that resolves to another address
/// the second time (DNS rebinding) has no effect.
/// </summary>
/// <param name="resolve">Resolves a host name.</param>
/// <param name="refuses">True for an address that must not be connected to.</param>
/// <param name="connect">Connects to an address. Tests pass their own, so that nothing leaves loopback.</param>
/// <param name="setting">The setting that allows private addresses.</param>
internal sealed class FeedConnector(
    Func<string, CancellationToken, Task<IPAddress[]>> resolve, Func<IPAddress, bool> refuses,
    Func<IPEndPoint, CancellationToken, Task<Stream>> connect, string setting = FeedConnector.FeedsSetting)
{
    private const string FeedsSetting = "Feeds__AllowPrivateAddresses";

    public static FeedConnector For(bool allowPrivateAddresses, string setting = FeedsSetting) =>
        new(Dns.GetHostAddressesAsync, allowPrivateAddresses ? PrivateAddress.IsCloud : PrivateAddress.Is, TcpAsync, setting);

    /// <summary>Connects to the first address that answers.</summary>
    /// <exception cref="RefusedAddressException">Every address of the host is refused.</exception>
    /// <exception cref="SocketException">The name is unknown or no address answers.</exception>
    public async ValueTask<Stream> ConnectAsync(DnsEndPoint host, CancellationToken cancellationToken)
    {
        var addresses = await resolve(host.Host, cancellationToken);
        var open = addresses.Where(address => !refuses(address)).ToArray();
        if (open.Length == 0 && addresses.Length > 0)
        {
            throw new RefusedAddressException(addresses[0], setting);
        }

        var last = new SocketException((int)SocketError.HostNotFound);
        foreach (var address in open)
        {
            try
            {
                return await connect(new IPEndPoint(address, host.Port), cancellationToken);
            }
            catch (SocketException fault)
            {
                last = fault;
            }
        }

        throw last;
    }

    /// <summary>Opens a TCP connection.</summary>
    internal static async Task<Stream> TcpAsync(IPEndPoint address, CancellationToken cancellationToken)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>All addresses of a host are refused.</summary>
internal sealed class RefusedAddressException(IPAddress address, string setting)
    : Exception(PrivateAddress.IsCloud(address)
        ? $"the address {address} belongs to a cloud's own services and is always refused"
        : $"the address {address} is private; set {setting} to allow it");
