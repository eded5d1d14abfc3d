using System.Net;
using System.Net.Sockets;

namespace DailyDigest.Feeds;

/// <summary>
/// Recognizes addresses that are not on the public Internet. A feed's URL is untrusted: it must not reach machines behind the firewall or a
/// cloud's own services. Source: the IANA special-purpose address registries for IPv4 and IPv6 (RFC 6890), and the clouds' documentation.
/// </summary>
internal static class PrivateAddress
{
    // Metadata, credentials and control services. A machine of that cloud reaches them, also under addresses that look public.
    private static readonly IPNetwork[] Cloud = Networks(
        "169.254.0.0/16", "fe80::/10", // link-local: AWS, Azure, Google, Oracle, OpenStack and others
        "168.63.129.16/32", // Azure: the host's agent, DNS and health probe
        "100.100.100.200/32", // Alibaba
        "192.0.0.192/32", "fd00:c1::/32", // Oracle
        "161.26.0.0/16", "166.8.0.0/14", // IBM: private endpoints of its services
        "fd00:ec2::/32", // AWS
        "fd20:ce::/32", // Google
        "fd00:42::/32", // Scaleway
        "fd00:a9fe::/32"); // Akamai

    private static readonly IPNetwork[] V4 = Networks(
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
        "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4");

    private static readonly IPNetwork PublicV6 = IPNetwork.Parse("2000::/3");
    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");

    // Within 2000::/3: protocol assignments and Teredo, documentation, 6to4 (it embeds any IPv4 address).
    private static readonly IPNetwork[] SpecialV6 = Networks("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20");

    /// <summary>
    /// True for loopback, private, link-local, shared, multicast, reserved and documentation addresses, and for those of
    /// <see cref="IsCloud"/>, also inside IPv6.
    /// </summary>
    public static bool Is(IPAddress address) => IsCloud(address) || address switch
    {
        { AddressFamily: AddressFamily.InterNetwork } => V4.Any(network => network.Contains(address)),
        { AddressFamily: not AddressFamily.InterNetworkV6 } => true,
        { IsIPv4MappedToIPv6: true } => Is(address.MapToIPv4()),

        // Behind NAT64 every IPv4 host has such an address, so the embedded address is checked.
        _ when Nat64.Contains(address) => Embedded(address).Any(Is),
        _ => !PublicV6.Contains(address) || SpecialV6.Any(network => network.Contains(address)) || Embedded(address).Any(Is),
    };

    /// <summary>
    /// True for addresses on which a cloud answers its own machines, also inside IPv6. They give out credentials and change the machine, so
    /// no setting allows them.
    /// </summary>
    public static bool IsCloud(IPAddress address) =>
        Cloud.Any(network => network.Contains(address)) || Embedded(address).Any(IsCloud);

    /// <summary>The IPv4 addresses that the address may lead to, depending on the network's routers.</summary>
    private static IEnumerable<IPAddress> Embedded(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return [];
        }

        var bytes = address.GetAddressBytes();
        var last = new IPAddress(bytes[12..]);
        return bytes switch
        {
            // IPv4-compatible and IPv4-mapped (RFC 4291), IPv4-translated (RFC 2765).
            [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ..] or [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, ..]
                or [0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 0, 0, ..] => [last],

            // NAT64 with the well-known prefix, and with the local one in its two usual forms (RFC 6052, RFC 8215).
            [0, 100, 255, 155, 0, 1, ..] => [last, new IPAddress([bytes[6], bytes[7], bytes[9], bytes[10]])],
            [0, 100, 255, 155, ..] => [last],

            // Teredo (RFC 4380): the server, and the client with its bits inverted. 6to4 (RFC 3056).
            [32, 1, 0, 0, ..] => [new IPAddress(bytes[4..8]), new IPAddress([.. bytes[12..].Select(part => (byte)~part)])],
            [32, 2, ..] => [new IPAddress(bytes[2..6])],

            // ISATAP (RFC 5214), under any prefix.
            [_, _, _, _, _, _, _, _, 0 or 2, 0, 94, 254, ..] => [last],
            _ => [],
        };
    }

    private static IPNetwork[] Networks(params string[] networks) => [.. networks.Select(IPNetwork.Parse)];
}
