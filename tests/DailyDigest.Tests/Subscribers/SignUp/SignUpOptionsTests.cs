using DailyDigest.Subscribers;

namespace DailyDigest.Tests.Subscribers;

public sealed class SignUpOptionsTests
{
    private readonly SignUpOptions options = new() { Origins = "https://www.example.com, https://blog.example.com:8443" };

    [Theory]
    [InlineData("https://www.example.com")]
    [InlineData("https://www.example.com/")]
    [InlineData("https://www.example.com/thanks?from=digest&a=1#top")]
    [InlineData("https://www.example.com:443/thanks")]
    [InlineData("https://WWW.EXAMPLE.com/thanks")]
    [InlineData("https://blog.example.com:8443/a/b")]
    public void Readers_are_sent_back_to_where_it_is_configured(string url) =>
        Assert.Contains(new Uri(options.ReturnTo(url)!).GetLeftPart(UriPartial.Authority), options.Split());

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("/thanks")]
    [InlineData("//www.example.com/thanks")]
    [InlineData("///www.example.com")]
    [InlineData("http://www.example.com/thanks")]
    [InlineData("https://example.com/thanks")]
    [InlineData("https://www.example.com.evil.test/")]
    [InlineData("https://www.example.comevil.test/")]
    [InlineData("https://www.example.com@evil.test/")]
    [InlineData("https://www.example.com:pass@evil.test/")]
    [InlineData("https://evil.test/https://www.example.com")]
    [InlineData("https://evil.test\\@www.example.com/")]
    [InlineData("https://evil.test\\.www.example.com/")]
    [InlineData("https:\\\\www.example.com\\thanks")]
    [InlineData("https:/www.example.com/thanks")]
    [InlineData("https:www.example.com")]
    [InlineData("https://www.example.com:8443/")]
    [InlineData("https://blog.example.com/")]
    [InlineData("https://www.example.com./")]
    [InlineData("https://www.example.com\r\nSet-Cookie: a=b")]
    [InlineData("https://www.example.com/\r\nSet-Cookie: a=b")]
    [InlineData(" https://www.example.com/")]
    [InlineData("https://www.example.com/ thanks")]
    [InlineData("https://www.exämple.com/")]
    [InlineData("https://ｗww.example.com/")]
    [InlineData("https://www。example.com/")]
    [InlineData("javascript:alert(1)//https://www.example.com")]
    [InlineData("data:text/html,https://www.example.com")]
    [InlineData("https://[::1]/")]
    [InlineData("https://")]
    [InlineData("https:///thanks")]
    public void Readers_are_sent_nowhere_else(string? url) => Assert.Null(options.ReturnTo(url));

    [Theory]
    [InlineData("https://www.example.com", true, true)]
    [InlineData("http://localhost:8080", true, false)]
    [InlineData("https://www.example.com/", false, false)]
    [InlineData("https://WWW.example.com", false, false)]
    [InlineData("https://www.example.com/path", false, false)]
    [InlineData("https://*.example.com", false, false)]
    [InlineData("*", false, false)]
    [InlineData("null", false, false)]
    [InlineData("www.example.com", false, false)]
    public void An_origin_is_written_as_browsers_send_it(string origin, bool development, bool production)
    {
        Assert.Equal(development, !new SignUpOptions { Origins = origin }.Validate(development: true).Any());
        Assert.Equal(production, !new SignUpOptions { Origins = origin }.Validate(development: false).Any());
    }

    [Theory]
    [InlineData(-1, 30, 2000, "SignUp__MinimumSeconds")]
    [InlineData(2, -1, 2000, "SignUp__PerNetworkPerHour")]
    [InlineData(2, 30, 1_000_001, "SignUp__PerHour")]
    public void A_number_out_of_range_is_told_by_its_name(int seconds, int perNetwork, int inAll, string name) => Assert.StartsWith(
        name,
        Assert.Single(
            new SignUpOptions { MinimumSeconds = seconds, PerNetworkPerHour = perNetwork, PerHour = inAll }.Validate(development: false)),
                StringComparison.Ordinal);
}
