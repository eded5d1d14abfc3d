using System.Net;

namespace DailyDigest.Feeds.Tests;

public sealed class PrivateAddressTests
{
    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("10.255.255.255")]
    [InlineData("100.64.0.1")]
    [InlineData("127.1.2.3")]
    [InlineData("169.254.169.254")]
    [InlineData("172.31.255.255")]
    [InlineData("192.168.0.1")]
    [InlineData("192.0.2.1")]
    [InlineData("192.88.99.1")]
    [InlineData("198.18.0.1")]
    [InlineData("198.51.100.1")]
    [InlineData("203.0.113.9")]
    [InlineData("224.0.0.1")]
    [InlineData("240.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::127.0.0.1")]
    [InlineData("64:ff9b::10.0.0.1")]
    [InlineData("64:ff9b:1::1")]
    [InlineData("2001::1")]
    [InlineData("2001:db8::1")]
    [InlineData("2002:7f00:1::")]
    [InlineData("fc00::1")]
    [InlineData("fd12:3456::1")]
    [InlineData("fe80::1")]
    [InlineData("fec0::1")]
    [InlineData("100::1")]
    [InlineData("3fff::1")]
    [InlineData("5f00::1")]
    [InlineData("2606:4700::5efe:10.0.0.1")]
    [InlineData("ff02::1")]
    public void Not_on_the_internet(string address) => Assert.True(PrivateAddress.Is(IPAddress.Parse(address)));

    [Theory]
    [InlineData("168.63.129.16")]
    [InlineData("169.254.169.254")]
    [InlineData("169.254.170.2")]
    [InlineData("169.254.42.42")]
    [InlineData("100.100.100.200")]
    [InlineData("192.0.0.192")]
    [InlineData("161.26.0.6")]
    [InlineData("166.8.0.1")]
    [InlineData("166.11.255.255")]
    [InlineData("fe80::a9fe:a9fe")]
    [InlineData("fe80::a9fe:a9fe%1")]
    [InlineData("fd00:ec2::254")]
    [InlineData("fd00:ec2::23")]
    [InlineData("fd20:ce::254")]
    [InlineData("fd00:c1::a9fe:a9fe")]
    [InlineData("fd00:42::42")]
    [InlineData("fd00:a9fe:a9fe::1")]
    [InlineData("::ffff:168.63.129.16")] // IPv4-mapped
    [InlineData("::168.63.129.16")] // IPv4-compatible
    [InlineData("::ffff:0:168.63.129.16")] // IPv4-translated
    [InlineData("64:ff9b::168.63.129.16")] // NAT64
    [InlineData("64:ff9b:1::168.63.129.16")] // NAT64 with the local prefix, at the end
    [InlineData("64:ff9b:1:a83f:81:1000::")] // NAT64 with the local prefix, around the eighth byte
    [InlineData("2002:a83f:8110::1")] // 6to4
    [InlineData("2001:0:a83f:8110::1")] // Teredo: the server
    [InlineData("2001:0:102:304::57c0:7eef")] // Teredo: the client, inverted
    [InlineData("2606:4700::5efe:168.63.129.16")] // ISATAP
    [InlineData("2606:4700::200:5efe:169.254.169.254")]
    public void A_clouds_own_service_is_always_refused(string address) =>
        Assert.Equal(
            (true, true), (PrivateAddress.IsCloud(IPAddress.Parse(address)), PrivateAddress.Is(IPAddress.Parse(address))));

    [Theory]
    [InlineData("168.63.129.15")]
    [InlineData("168.63.129.17")]
    [InlineData("161.25.255.255")]
    [InlineData("161.27.0.0")]
    [InlineData("166.7.255.255")]
    [InlineData("166.12.0.0")]
    [InlineData("64:ff9b::168.63.129.17")]
    [InlineData("2606:4700::5efe:1.1.1.1")]
    public void A_neighbour_of_a_clouds_service_is_on_the_internet(string address) =>
        Assert.False(PrivateAddress.Is(IPAddress.Parse(address)));

    [Theory]
    [InlineData("10.0.0.1")]
    [InlineData("127.0.0.1")]
    [InlineData("100.64.0.1")]
    [InlineData("::1")]
    [InlineData("fd12:3456::1")]
    [InlineData("::ffff:10.0.0.1")]
    public void A_private_address_that_is_no_clouds_can_be_allowed(string address) =>
        Assert.Equal(
            (false, true), (PrivateAddress.IsCloud(IPAddress.Parse(address)), PrivateAddress.Is(IPAddress.Parse(address))));

    [Theory]
    [InlineData("1.1.1.1")]
    [InlineData("9.255.255.255")]
    [InlineData("100.128.0.1")]
    [InlineData("172.15.255.255")]
    [InlineData("172.32.0.0")]
    [InlineData("192.169.0.0")]
    [InlineData("223.255.255.255")]
    [InlineData("::ffff:1.1.1.1")]
    [InlineData("64:ff9b::1.1.1.1")]
    [InlineData("2606:4700:4700::1111")]
    [InlineData("2a00::1")]
    public void On_the_internet(string address) => Assert.False(PrivateAddress.Is(IPAddress.Parse(address)));
}
