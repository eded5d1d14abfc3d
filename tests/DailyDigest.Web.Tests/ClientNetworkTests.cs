using DailyDigest.Subscribers;

namespace DailyDigest.Web.Tests;

/// <summary>Which address counts as the client's.</summary>
public sealed class ClientNetworkTests
{
    [Theory]
    [InlineData("", "198.51.100.9", "203.0.113.7", "198.51.100.9")] // nobody is named: nobody is believed
    [InlineData("10.0.0.4", "10.0.0.4", "203.0.113.7", "203.0.113.7")]
    [InlineData("10.0.0.4", "198.51.100.9", "203.0.113.7", "198.51.100.9")] // not that proxy
    [InlineData("10.0.0.4", "::ffff:10.0.0.4", "203.0.113.7", "203.0.113.7")] // as a dual-stack socket says it
    [InlineData("::ffff:10.0.0.4", "10.0.0.4", "203.0.113.7", "203.0.113.7")]
    [InlineData("10.0.0.0/8, fd00::/8", "10.9.8.7", "1.2.3.4, 203.0.113.7, fd00::1, 10.0.0.5", "203.0.113.7")] // chain, forged entry
    [InlineData("10.0.0.0/8", "10.9.8.7", "203.0.113.7, 192.0.2.1, 10.0.0.5", "192.0.2.1")] // a hop that nobody named ends it
    [InlineData("10.0.0.4", "10.0.0.4", "127.0.0.1, 203.0.113.7:54321", "203.0.113.7")] // with a port, as Azure's front end writes it
    [InlineData("10.0.0.4", "10.0.0.4", "[2001:db8::7]:54321", "2001:db8::7")]
    [InlineData("10.0.0.4", "10.0.0.4", "2001:db8::7", "2001:db8::7")]
    [InlineData("10.0.0.4", "10.0.0.4", "::ffff:203.0.113.7", "203.0.113.7")]
    [InlineData("10.0.0.4", "10.0.0.4", "unknown", "10.0.0.4")]
    [InlineData("10.0.0.4", "10.0.0.4", "<script>, 10.0.0.4", "10.0.0.4")]
    [InlineData("10.0.0.4", "10.0.0.4", ",,,", "10.0.0.4")]
    [InlineData("10.0.0.4", "10.0.0.4", null, "10.0.0.4")]
    [InlineData("10.0.0.4", "", "203.0.113.7", "")] // a connection whose other end is unknown was made by no proxy of ours
    public async Task The_network_is_the_last_hop_that_is_no_trusted_proxy(
        string proxies, string connection, string? header, string network)
    {
        await using var site = await WebFixture.StartAsync(null, ("Web:Proxies", proxies));
        var (check, sum) = await site.QuestionAsync();
        var answer = await site.AskAsync(
            "POST", "/signup", WebFixture.Form(("email", "reader@example.com"), ("check", check), ("answer", sum)), connection,
            headers: header is null
                ? [] : [("X-Forwarded-For", header), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "evil.test")]);
        Assert.Equal(200, answer.Status);
        Assert.Contains("action=\"/signup/again\"", answer.Body, StringComparison.Ordinal);
        var expected = site.Get<AddressHash>().OfNetwork(network.Length == 0 ? null : System.Net.IPAddress.Parse(network));
        Assert.Equal(expected, (await site.FindAsync("reader@example.com")).SignUp!.Consent.NetworkHash);
        Assert.DoesNotContain("203.0.113", site.Logged, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("147.243.2.10", "203.0.113.7")]
    [InlineData("198.51.100.9", "198.51.100.9")] // not by way of that proxy
    public async Task A_configured_client_header_replaces_X_Forwarded_For(string connection, string network)
    {
        await using var site = await WebFixture.StartAsync(
            null, ("Web:Proxies", "147.243.0.0/16"), ("Web:ClientHeader", "X-Azure-ClientIP"));
        var (check, sum) = await site.QuestionAsync();
        await site.AskAsync(
            "POST", "/signup", WebFixture.Form(("email", "reader@example.com"), ("check", check), ("answer", sum)), connection,
            headers: [("X-Forwarded-For", "9.9.9.9"), ("X-Azure-ClientIP", "203.0.113.7")]);
        Assert.Equal(
            site.Get<AddressHash>().OfNetwork(System.Net.IPAddress.Parse(network)),
                (await site.FindAsync("reader@example.com")).SignUp!.Consent.NetworkHash);
    }

    [Theory]
    [InlineData("X-Azure-ClientIP", true)]
    [InlineData("", false)]
    [InlineData("X-Forwarded-For: 1", false)]
    public void The_client_header_must_be_a_header_name(string header, bool right) =>
        Assert.Equal(right, !new WebOptions { ClientHeader = header }.Validate().Any());

    [Fact]
    public async Task An_unnamed_proxy_is_logged_once()
    {
        await using var site = await WebFixture.StartAsync();
        for (var number = 0; number < 3; number++)
        {
            await site.AskAsync("POST", "/signup", "email=reader%40example.com", "127.0.0.1", headers: ("X-Forwarded-For", "203.0.113.7"));
        }

        Assert.Single(site.Logged.Split('\n'), line => line.Contains("Web__Proxies", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("10.0.0.4", true)]
    [InlineData("10.0.0.0/8,fd00::/8, ::1", true)]
    [InlineData("", true)]
    [InlineData("proxy.example.com", false)]
    [InlineData("10.0.0.0/33", false)]
    [InlineData("10.0.0.4/8", false)]
    [InlineData("*", false)]
    [InlineData("10.0.0.4;10.0.0.5", false)]
    public void A_trusted_proxy_is_an_address_or_a_network(string proxies, bool right) =>
        Assert.Equal(right, !new WebOptions { Proxies = proxies }.Validate().Any());
}
