using System.Net;
using DailyDigest.Returns;
using DailyDigest.Settings;

namespace DailyDigest.Feeds.Tests;

/// <summary>Pages of mail providers, from a real server on loopback.</summary>
public sealed class ProviderPageTests : FeedServerTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_page_is_its_status_and_its_body()
    {
        Server.Serve("/key.pem", "-----BEGIN CERTIFICATE-----"u8.ToArray());
        var page = await GetAsync(Server.Url("/key.pem"));
        Assert.Equal((200, "-----BEGIN CERTIFICATE-----"), (page.Status, System.Text.Encoding.ASCII.GetString(page.Body)));
        Assert.Equal(404, (await GetAsync(Server.Url("/nothing"))).Status);
    }

    [Fact]
    public async Task No_redirect_is_followed()
    {
        Server.On("/key.pem", context =>
        {
            (context.Response.StatusCode, context.Response.Headers.Location) = (302, "/other.pem");
            return Task.CompletedTask;
        });
        var page = await GetAsync(Server.Url("/key.pem"));
        Assert.Equal((302, 0), (page.Status, page.Body.Length));
        Assert.Equal("/key.pem", Assert.Single(Server.Requests).Path);
    }

    [Theory]
    [InlineData("https://10.0.0.1/")]
    [InlineData("https://inside.test/")]
    [InlineData("https://[::ffff:127.0.0.2]/")]
    [InlineData("https://169.254.169.254/")]
    public async Task A_private_address_is_refused_also_behind_a_name(string url)
    {
        Server.Hosts["inside.test"] = [IPAddress.Parse("192.168.1.1")];
        Assert.Null((await GetAsync(url)).Status);
        Assert.Empty(Server.Connections);
    }

    [Fact]
    public async Task A_page_of_more_than_64_KiB_is_none()
    {
        Server.Serve("/key.pem", new byte[HttpProviderPages.MaxBytes]);
        Server.Serve("/large.pem", new byte[HttpProviderPages.MaxBytes + 1]);
        Assert.Equal(HttpProviderPages.MaxBytes, (await GetAsync(Server.Url("/key.pem"))).Body.Length);
        Assert.Null((await GetAsync(Server.Url("/large.pem"))).Status);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_left_after_ten_seconds()
    {
        var begun = new TaskCompletionSource();
        Server.On("/key.pem", async context =>
        {
            begun.SetResult();
            var aborted = new TaskCompletionSource();
            context.RequestAborted.Register(aborted.SetResult);
            await aborted.Task;
        });
        var asking = GetAsync(Server.Url("/key.pem"));
        await begun.Task.WaitAsync(Cancel);
        Server.Time.Advance(HttpProviderPages.MaxTime);
        Assert.Null((await asking).Status);
    }

    private async Task<ProviderPage> GetAsync(string url)
    {
        using var pages = new HttpProviderPages(
            new Publication { BaseUrl = "https://digest.example.com" },
            Server.Connector(address => !address.Equals(IPAddress.Loopback) && PrivateAddress.Is(address)), Server.Time);
        return await pages.GetAsync(url, Cancel);
    }
}
