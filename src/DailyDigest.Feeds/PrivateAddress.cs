using System.Net;
using System.Net.Sockets;

namespace DailyDigest.Feeds;

/// <summary>
/// Recognizes addresses that are not on the public Internet. A feed's URL is untrusted: it must not reach machines behind the firewall or a
/// cloud's metadata service. Source: the IANA special-purpose address registries for IPv4 and IPv6 (RFC 6890).
/// </summary>
internal static class PrivateAddress
{
    private static readonly IPNetwork[] V4 =
    [
        IPNetwork.Parse("0.0.0.0/8"), IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("100.64.0.0/10"), IPNetwork.Parse("127.0.0.0/8"),
        IPNetwork.Parse("169.254.0.0/16"), IPNetwork.Parse("172.16.0.0/12"), IPNetwork.Parse("192.0.0.0/24"), IPNetwork.Parse(
            "192.0.2.0/24"),
        IPNetwork.Parse("192.88.99.0/24"), IPNetwork.Parse("192.168.0.0/16"), IPNetwork.Parse("198.18.0.0/15"),
        IPNetwork.Parse("198.51.100.0/24"), IPNetwork.Parse("203.0.113.0/24"), IPNetwork.Parse("224.0.0.0/4"), IPNetwork.Parse(
            "240.0.0.0/4"),
    ];

    private static readonly IPNetwork PublicV6 = IPNetwork.Parse("2000::/3");
    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");

    // Within 2000::/3: protocol assignments and Teredo, documentation, 6to4 (it embeds any IPv4 address).
    private static readonly IPNetwork[] SpecialV6 =
        [IPNetwork.Parse("2001::/23"), IPNetwork.Parse("2001:db8::/32"), IPNetwork.Parse("2002::/16"), IPNetwork.Parse("3fff::/20")];

    /// <summary>
    /// True for loopback, private, link-local, shared, multicast, reserved and documentation addresses, also inside IPv6.
    /// </summary>
    public static bool Is(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            return Is(address.MapToIPv4());
        }

        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            return V4.Any(network => network.Contains(address));
        }

        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return true;
        }

        // Behind NAT64 every IPv4 host has such an address, so the embedded address is checked.
        return Nat64.Contains(address)
            ? Is(new IPAddress(address.GetAddressBytes()[12..]))
            : !PublicV6.Contains(address) || SpecialV6.Any(network => network.Contains(address));
    }
}
