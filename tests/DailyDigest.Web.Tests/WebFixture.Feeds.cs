using System.Net;
using System.Net.Sockets;
using DailyDigest.Content;
using DailyDigest.Feeds;

namespace DailyDigest.Web.Tests;

/// <content>Feeds on loopback.</content>
public sealed partial class WebFixture
{
    // The product's rule. It resolves no name and reaches no other machine, whatever a test types.
    private static FeedConnector LoopbackOnly(FeedsOptions options) => new(
        (host, _) => Task.FromResult<IPAddress[]>(
            IPAddress.TryParse(host, out var address) ? [address] : throw new SocketException((int)SocketError.HostNotFound)),
        address => options.AllowPrivateAddresses ? PrivateAddress.IsCloud(address) : PrivateAddress.Is(address),
        (address, stop) => IPAddress.IsLoopback(address.Address)
            ? FeedConnector.TcpAsync(address, stop) : throw new SocketException((int)SocketError.HostUnreachable));
}
