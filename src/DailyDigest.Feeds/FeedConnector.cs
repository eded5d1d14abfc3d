using System.Net;
using System.Net.Sockets;

namespace DailyDigest.Feeds;

/// <summary>
/// Opens connections for the reader, only to addresses that are let through. The address that was checked is the one that is connected
/// to, so a name that resolves differently the second time (DNS rebinding) gains nothing.
/// </summary>
/// <param name="resolve">Name to addresses.</param>
/// <param name="refuses">True for an address that must not be connected to.</param>
public sealed class FeedConnector(Func<string, CancellationToken, Task<IPAddress[]>> resolve, Func<IPAddress, bool> refuses)
{
    /// <summary>The connector of the product.</summary>
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

/// <summary>A host has no address that may be connected to.</summary>
public sealed class RefusedAddressException : Exception
{
    /// <summary>Names the address.</summary>
    public RefusedAddressException(IPAddress address)
        : this($"the address {address} is private; set Feeds__AllowPrivateAddresses to allow it") { }

    /// <summary>Creates the exception.</summary>
    public RefusedAddressException() { }

    /// <summary>Creates the exception.</summary>
    public RefusedAddressException(string message) : base(message) { }

    /// <summary>Creates the exception.</summary>
    public RefusedAddressException(string message, Exception inner) : base(message, inner) { }
}
