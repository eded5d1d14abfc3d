using System.Net;
using System.Net.Sockets;

namespace DailyDigest.Feeds;

/// <summary>
/// Opens connections, only to permitted addresses. It connects to the address that it checked, so a name that resolves to another address
/// the second time (DNS rebinding) has no effect.
/// </summary>
/// <param name="resolve">Resolves a host name.</param>
/// <param name="refuses">True for an address that must not be connected to.</param>
internal sealed class FeedConnector(Func<string, CancellationToken, Task<IPAddress[]>> resolve, Func<IPAddress, bool> refuses)
{
    public static FeedConnector For(bool allowPrivateAddresses) =>
        new(Dns.GetHostAddressesAsync, allowPrivateAddresses ? _ => false : PrivateAddress.Is);

    /// <summary>Connects to the first address that answers.</summary>
    /// <exception cref="RefusedAddressException">Every address of the host is refused.</exception>
    /// <exception cref="SocketException">The name is unknown or no address answers.</exception>
    public async ValueTask<Stream> ConnectAsync(DnsEndPoint host, CancellationToken cancellationToken)
    {
        var addresses = await resolve(host.Host, cancellationToken);
        var open = addresses.Where(address => !refuses(address)).ToArray();
        if (open.Length == 0 && addresses.Length > 0)
        {
            throw new RefusedAddressException(addresses[0]);
        }

        var last = new SocketException((int)SocketError.HostNotFound);
        foreach (var address in open)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, host.Port), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException fault)
            {
                socket.Dispose();
                last = fault;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        throw last;
    }
}

/// <summary>All addresses of a host are refused.</summary>
internal sealed class RefusedAddressException(IPAddress address)
    : Exception($"the address {address} is private; set Feeds__AllowPrivateAddresses to allow it");
