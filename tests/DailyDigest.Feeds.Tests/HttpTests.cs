using System.Net;
using System.Text;
using DailyDigest.Content;
using DailyDigest.Settings;
using DailyDigest.Storage;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Feeds.Tests;

/// <summary>HTTP: validators, redirects, compression, limits, addresses.</summary>
public sealed partial class HttpTests : FeedServerTests
{
    private static readonly byte[] Document = Encoding.UTF8.GetBytes(Item("Title"));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Validators_are_stored_verbatim_and_304_means_not_modified()
    {
        const string ETag = "W/\"odd, tag\"";
        const string Date = "Tue, 10-Mar-26 06:30:00 GMT";
        Server.On("/feed", async context =>
        {
            context.Response.Headers.ETag = ETag;
            context.Response.Headers.LastModified = Date;
            if (context.Request.Headers.IfNoneMatch == ETag && context.Request.Headers.IfModifiedSince == Date)
            {
                context.Response.StatusCode = 304;
                return;
            }

            await context.Response.Body.WriteAsync(Document, Cancel);
        });
        var read = Assert.IsType<FeedReading.Read>(await Server.PollAsync("/feed"));
        Assert.Equal((ETag, Date, null), (read.ETag, read.LastModified, read.MovedTo));
        Assert.IsType<FeedReading.NotModified>(
            await Server.PollAsync("/feed", feed => feed with { ETag = read.ETag, LastModified = read.LastModified }));
    }

    [Fact]
    public async Task An_unrequested_304_is_a_failure()
    {
        Server.On("/feed", context => Status(context, 304));
        Assert.Equal("304 Not Modified", await FailAsync("/feed"));
    }

    [Theory]
    [InlineData(404, "404 Not Found")]
    [InlineData(410, "410 Gone")]
    [InlineData(429, "429 Too Many Requests")]
    [InlineData(503, "503 Service Unavailable")]
    [InlineData(204, "204 No Content")]
    [InlineData(799, "799")]
    public async Task A_failure_names_the_status(int status, string reason)
    {
        Server.On("/feed", context => Status(context, status));
        Assert.Equal(reason, await FailAsync("/feed"));
    }

    [Fact]
    public async Task The_reader_identifies_itself()
    {
        await Server.PollAsync(Document);
        var (_, headers) = Assert.Single(Server.Requests);
        Assert.Matches(@"^DailyDigest/\d+\.\d+\.\d+ \(\+https://digest\.example\.com\)$", headers.UserAgent.ToString());
        Assert.Equal("gzip, deflate, br", headers.AcceptEncoding.ToString());
        Assert.False(headers.ContainsKey("traceparent"));
    }

    [Fact]
    public async Task Redirects_are_followed_and_only_permanent_ones_move_the_feed()
    {
        Server.Serve("/end", Document);
        Server.Redirect("/moved", 301, "/moved2");
        Server.Redirect("/moved2", 308, Server.Url("/end"));
        Server.Redirect("/half", 301, "temporary");
        Server.Redirect("/temporary", 307, "/moved2");
        Assert.Equal(Server.Url("/end"), Assert.IsType<FeedReading.Read>(await Server.PollAsync("/moved")).MovedTo);
        Assert.Equal(Server.Url("/temporary"), Assert.IsType<FeedReading.Read>(await Server.PollAsync("/half")).MovedTo);
        Assert.Null(Assert.IsType<FeedReading.Read>(await Server.PollAsync("/temporary")).MovedTo);
    }

    [Fact]
    public async Task Relative_links_are_resolved_against_the_final_URL()
    {
        Server.Redirect("/feed", 302, "/deep/er/feed");
        Server.Serve("/deep/er/feed", Encoding.UTF8.GetBytes(Item("T", "<link>a/../story</link>")));
        Assert.Equal(Server.Url("/deep/er/story"), Assert.Single(
            Assert.IsType<FeedReading.Read>(await Server.PollAsync("/feed")).Stories).Url);
    }

    [Fact]
    public async Task An_endless_redirect_is_a_failure()
    {
        Server.Redirect("/loop", 302, "/loop");
        Assert.Equal("more than 5 redirects", await FailAsync("/loop"));
        Assert.Equal(6, Server.Requests.Count);
    }

    [Theory]
    [InlineData("http://10.0.0.1/feed", "the address 10.0.0.1 is private; set Feeds__AllowPrivateAddresses to allow it")]
    [InlineData(
        "http://169.254.169.254/latest/meta-data/",
        "the address 169.254.169.254 belongs to a cloud's own services and is always refused")]
    [InlineData(
        "http://168.63.129.16/machine?comp=goalstate",
        "the address 168.63.129.16 belongs to a cloud's own services and is always refused")]
    [InlineData("http://[::1]/feed", "the address ::1 is private; set Feeds__AllowPrivateAddresses to allow it")]
    [InlineData(
        "http://[::ffff:192.168.1.1]/feed",
        "the address ::ffff:192.168.1.1 is private; set Feeds__AllowPrivateAddresses to allow it")]
    [InlineData("http://0x7f.2/feed", "the address 127.0.0.2 is private; set Feeds__AllowPrivateAddresses to allow it")]
    [InlineData("file:///etc/passwd", "the URL is not http or https, too long or carries a password (file)")]
    [InlineData("gopher://example.com/", "the URL is not http or https, too long or carries a password (gopher)")]
    [InlineData("http://user:pass@feeds.test/", "the URL is not http or https, too long or carries a password (http)")]
    [InlineData("", "a redirect without a usable Location")]
    [InlineData("http://", "a redirect without a usable Location")]
    public async Task A_redirect_to_a_forbidden_address_is_refused(string location, string reason)
    {
        Server.Redirect("/feed", 302, location);
        Assert.Equal(reason, await FailAsync("/feed"));
        Assert.Single(Server.Requests);
    }

    [Fact]
    public async Task A_name_that_later_resolves_to_a_private_address_is_refused()
    {
        Server.On("/feed", async context =>
        {
            context.Response.Headers.Connection = "close";
            await context.Response.Body.WriteAsync(Document, Cancel);
        });
        Assert.IsType<FeedReading.Read>(await Server.PollAsync("/feed"));
        Server.Hosts["feeds.test"] = [IPAddress.Parse("127.0.0.2")];
        Assert.StartsWith("the address 127.0.0.2 is private", await FailAsync("/feed"), StringComparison.Ordinal);
        Server.Hosts["feeds.test"] = [IPAddress.Parse("10.0.0.1"), IPAddress.Loopback];
        Assert.IsType<FeedReading.Read>(await Server.PollAsync("/feed"));
    }

    [Fact]
    public async Task The_products_reader_refuses_loopback_until_settings_allow_it()
    {
        Server.Serve("/feed", Document);
        var url = Server.Url("/feed", "127.0.0.1");
        var feed = new Feed { Id = Feed.IdOf(url), Url = url, Name = "Loopback" };
        using var strict = new HttpFeedReader(new Publication(), Server.Connector(PrivateAddress.Is), TimeProvider.System);
        Assert.StartsWith("the address 127.0.0.1 is private",
            Assert.IsType<FeedReading.Failed>(await strict.ReadAsync(feed, Cancel)).Reason, StringComparison.Ordinal);
        Assert.Empty(Server.Requests);
        using var open = new HttpFeedReader(new Publication(), Server.Connector(PrivateAddress.IsCloud), TimeProvider.System);
        Assert.IsType<FeedReading.Read>(await open.ReadAsync(feed, Cancel));
    }

    [Theory]
    [InlineData("http://metadata.google.internal/computeMetadata/v1/", "169.254.169.254")]
    [InlineData("http://agent.azure.test/", "168.63.129.16")]
    [InlineData("http://agent.azure.test/", "::ffff:168.63.129.16")]
    [InlineData("http://metadata.aws.test/", "fd00:ec2::254")]
    public async Task A_name_of_a_clouds_service_is_refused_also_where_private_addresses_are_allowed(string url, string address)
    {
        Server.Hosts[new Uri(url).Host] = [IPAddress.Parse(address)];
        using var open = new HttpFeedReader(new Publication(), Server.Connector(PrivateAddress.IsCloud), TimeProvider.System);
        var failed = Assert.IsType<FeedReading.Failed>(
            await open.ReadAsync(new Feed { Id = Feed.IdOf(url), Url = url, Name = "Cloud" }, Cancel));
        Assert.Equal($"the address {address} belongs to a cloud's own services and is always refused", failed.Reason);
        Assert.Empty(Server.Connections);
    }

    [Fact]
    public async Task A_forbidden_address_is_never_connected_to()
    {
        foreach (var address in new[] { "168.63.129.16", "10.0.0.1", "::1", "fe80::a9fe:a9fe" })
        {
            Server.Hosts["feeds.test"] = [IPAddress.Parse(address)];
            await FailAsync("/feed");
        }

        Assert.Empty(Server.Connections);
        Server.Hosts["feeds.test"] = [IPAddress.Parse("1.1.1.1")];
        Assert.Equal("the connection failed", await FailAsync("/feed"));
        Assert.Equal([IPAddress.Parse("1.1.1.1")], Server.Connections);
    }

    private async Task<string> FailAsync(string path) => Assert.IsType<FeedReading.Failed>(await Server.PollAsync(path)).Reason;

    private static Task Status(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    }
}
