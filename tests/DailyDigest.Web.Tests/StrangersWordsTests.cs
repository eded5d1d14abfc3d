using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using DailyDigest.Subscribers;
using Microsoft.AspNetCore.Hosting.Server;

namespace DailyDigest.Web.Tests;

/// <summary>Text of strangers in our pages and in the log.</summary>
public sealed partial class StrangersWordsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("//evil.example/pause")]
    [InlineData("//evil.example/undo")]
    [InlineData("///evil.example/why")]
    [InlineData("/%5Cevil.example/resume")]
    [InlineData("/%2Fevil.example/address")]
    [InlineData("//evil.example/preferences/x/pause")]
    [InlineData("//evil.example/unsubscribe/x/undo")]
    [InlineData("/javascript:alert(1)/pause")]
    [InlineData("/elsewhere/pause")]
    public async Task An_unknown_path_is_no_link_on_its_error_page(string path)
    {
        await using var site = await WebFixture.StartAsync();
        foreach (var method in (string[])["POST", "GET"])
        {
            var answer = await site.AskAsync(method, path, body: method == "POST" ? "" : null);
            Assert.Equal(404, answer.Status);
            Assert.Contains("href=\"?lang=ar\"", answer.Body, StringComparison.Ordinal);
            Assert.DoesNotContain("elsewhere", answer.Body, StringComparison.Ordinal);
            Assert.DoesNotContain("evil", answer.Body, StringComparison.Ordinal);
            Assert.DoesNotContain("javascript", answer.Body, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("http://localhost", "")]
    [InlineData("https://news.example.com/digest", "/digest")]
    public async Task The_answer_to_a_form_links_to_the_form_in_the_other_language(string url, string root)
    {
        await using var site = await WebFixture.StartAsync(publication => publication.BaseUrl = url);
        var (links, id) = (site.Get<ReaderLinks>(), new string('a', 32));
        foreach (var (page, forms) in ((string, string[])[])
            [(links.Preferences(id), ["/pause", "/resume", "/link"]), (links.Unsubscribe(id), ["/undo", "/why", "/instead"])])
        {
            var path = new Uri(page).AbsolutePath;
            Assert.StartsWith(root + "/", path, StringComparison.Ordinal);
            foreach (var form in forms)
            {
                var answer = await site.AskAsync("POST", path[root.Length..] + form, body: "");
                Assert.Equal(path + "?lang=ar", OtherLanguage().Match(answer.Body).Groups[1].Value);
            }
        }
    }

    [Theory]
    [InlineData("/signup")]
    [InlineData("/signup.json")]
    [InlineData("/unsubscribe/x")]
    [InlineData("/api/stories")]
    [InlineData("/api/outcomes")]
    public async Task A_client_that_disconnects_within_its_body_logs_no_error(string path)
    {
        await using var site = await WebFixture.StartAsync();
        using (var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true })
        {
            await socket.ConnectAsync(IPAddress.Loopback, site.Client.BaseAddress!.Port, Cancellation);
            await socket.SendAsync(Encoding.ASCII.GetBytes(
                $"POST {path} HTTP/1.1\r\nHost: localhost\r\nX-Api-Key: {WebFixture.Key}\r\n"
                + "Content-Type: application/json\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n"), Cancellation);

            // The server reads the body now, so the disconnect comes in the middle of it.
            var answer = new byte[256];
            var length = await socket.ReceiveAsync(answer, Cancellation);
            Assert.StartsWith("HTTP/1.1 100 ", Encoding.ASCII.GetString(answer, 0, length), StringComparison.Ordinal);
            await socket.SendAsync("email=rea"u8.ToArray(), Cancellation);
            socket.LingerState = new LingerOption(true, 0);
        }

        // Waits for every request.
        await site.Get<IServer>().StopAsync(Cancellation);
        Assert.DoesNotContain("Error: ", site.Logged, StringComparison.Ordinal);
        Assert.DoesNotContain("Warning: ", site.Logged, StringComparison.Ordinal);
        Assert.DoesNotContain(site.Plan.Trace, call => call.Writes);
    }

    [GeneratedRegex("<a href=\"([^\"]*)\" lang=\"ar\"")]
    private static partial Regex OtherLanguage();
}
