using System.Net;
using System.Net.Sockets;
using System.Text;
using DailyDigest.EndToEnd.Tests.Fixtures;
using Microsoft.AspNetCore.Builder;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>The web server takes no more connections and reading requests than it is set to.</summary>
public sealed class ServerLimitsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_network_that_asks_for_too_many_pages_is_answered_429()
    {
        using var publication = new PublicationFixture(2525);
        await using var app = await StartAsync(publication, ("Server:GetsPerMinute", "2"));
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        client.DefaultRequestHeaders.Add("Accept-Language", "en");

        // Ten times as many from this machine. On a slow machine the budget grows meanwhile.
        var answered = 0;
        while (answered < 1_000 && (await StatusAsync(client, "/style.css")) == HttpStatusCode.OK)
        {
            answered++;
        }

        Assert.InRange(answered, 20, 999);
        using var refused = await client.GetAsync("/", Cancellation);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));
        Assert.Equal("text/plain", refused.Content.Headers.ContentType!.MediaType);
        Assert.Contains("wait a minute", await refused.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.Equal("nosniff", refused.Headers.GetValues("X-Content-Type-Options").Single());

        // Pictures in mails have a larger budget: a mail provider fetches them for many readers.
        for (var number = 0; number < 100; number++)
        {
            using var picture = await client.GetAsync($"/pictures/2026-03-02/{new string('0', 32)}.jpg", Cancellation);
            Assert.Equal(HttpStatusCode.NotFound, picture.StatusCode);
        }

        // A reader can still leave: changing requests have budgets of their own.
        using var posted = await client.PostAsync("/unsubscribe/x", null, Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, posted.StatusCode);
    }

    [Fact]
    public async Task Connections_above_the_limit_are_closed_at_once()
    {
        using var publication = new PublicationFixture(2525);
        await using var app = await StartAsync(publication, ("Server:MaxConnections", "2"));
        var port = new Uri(app.Urls.First()).Port;
        using var first = await AskAsync(port);
        using var second = await AskAsync(port);
        Assert.StartsWith("HTTP/1.1 200", await AnswerAsync(first), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200", await AnswerAsync(second), StringComparison.Ordinal);

        using var third = await AskAsync(port);
        Assert.Equal("", await AnswerAsync(third));
    }

    [Theory]
    [InlineData("Server:GetsPerMinute", "-1")]
    [InlineData("Server:MaxConnections", "1000001")]
    public async Task A_limit_out_of_range_stops_the_start_and_names_its_setting(string setting, string value)
    {
        using var publication = new PublicationFixture(2525);
        var fault = await Assert.ThrowsAsync<Microsoft.Extensions.Options.OptionsValidationException>(
            () => StartAsync(publication, (setting, value)));
        Assert.StartsWith(
            setting.Replace(":", "__", StringComparison.Ordinal) + ":", Assert.Single(fault.Failures), StringComparison.Ordinal);
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client, string path)
    {
        using var answer = await client.GetAsync(path, Cancellation);
        return answer.StatusCode;
    }

    private static Task<WebApplication> StartAsync(PublicationFixture publication, (string Key, string Value) setting)
    {
        publication.Settings[setting.Key.Replace(":", "__", StringComparison.Ordinal)] = setting.Value;
        return publication.StartAsync(Cancellation);
    }

    private static async Task<Socket> AskAsync(int port)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port, Cancellation);
        await socket.SendAsync("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray(), Cancellation);
        return socket;
    }

    private static async Task<string> AnswerAsync(Socket socket)
    {
        var buffer = new byte[4096];
        try
        {
            return Encoding.ASCII.GetString(buffer, 0, await socket.ReceiveAsync(buffer, Cancellation));
        }
        catch (SocketException)
        {
            // The server resets a connection that it closes while data is on the way.
            return "";
        }
    }
}
