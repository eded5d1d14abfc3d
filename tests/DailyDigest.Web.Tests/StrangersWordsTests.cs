using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using DailyDigest.Subscribers;
using Microsoft.AspNetCore.Hosting.Server;

namespace DailyDigest.Web.Tests;

/// <summary>What anybody can make our own pages, or our log, say.</summary>
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
    public async Task A_path_that_is_none_of_ours_is_no_link_on_the_page_that_says_so(string path)
    {
        await using var site = await Site.StartAsync();
        foreach (var method in (string[])["POST", "GET"])
        {
            var said = await site.AskAsync(method, path, body: method == "POST" ? "" : null);
            Assert.Equal(404, said.Status);
            Assert.Contains("href=\"?lang=ar\"", said.Body, StringComparison.Ordinal);
            Assert.DoesNotContain("elsewhere", said.Body, StringComparison.Ordinal);
            Assert.DoesNotContain("evil", said.Body, StringComparison.Ordinal);
            Assert.DoesNotContain("javascript", said.Body, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("http://localhost", "")]
    [InlineData("https://news.example.com/digest", "/digest")]
    public async Task What_answers_a_form_offers_the_form_in_the_other_language(string url, string root)
    {
        await using var site = await Site.StartAsync(publication => publication.BaseUrl = url);
        var (links, id) = (site.Get<ReaderLinks>(), new string('a', 32));
        foreach (var (page, forms) in ((string, string[])[])
            [(links.Preferences(id), ["/pause", "/resume", "/address"]), (links.Unsubscribe(id), ["/undo", "/why"])])
        {
            var path = new Uri(page).AbsolutePath;
            Assert.StartsWith(root + "/", path, StringComparison.Ordinal);
            foreach (var form in forms)
            {
                var said = await site.AskAsync("POST", path[root.Length..] + form, body: "");
                Assert.Equal(path + "?lang=ar", OtherLanguage().Match(said.Body).Groups[1].Value);
            }
        }
    }

    [Theory]
    [InlineData("/signup")]
    [InlineData("/signup.json")]
    [InlineData("/unsubscribe/x")]
    [InlineData("/api/stories")]
    [InlineData("/api/outcomes")]
    public async Task Who_hangs_up_in_the_middle_of_a_body_is_no_trouble_in_the_log(string path)
    {
        await using var site = await Site.StartAsync();
        using (var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true })
        {
            await socket.ConnectAsync(IPAddress.Loopback, site.Client.BaseAddress!.Port, Cancellation);
            await socket.SendAsync(Encoding.ASCII.GetBytes(
                $"POST {path} HTTP/1.1\r\nHost: localhost\r\nX-Api-Key: {Site.Key}\r\nContent-Type: application/json\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n"), Cancellation);

            // The server says that it reads the body: what comes now comes in the middle of it.
            var answer = new byte[256];
            var length = await socket.ReceiveAsync(answer, Cancellation);
            Assert.StartsWith("HTTP/1.1 100 ", Encoding.ASCII.GetString(answer, 0, length), StringComparison.Ordinal);
            await socket.SendAsync("email=rea"u8.ToArray(), Cancellation);
            socket.LingerState = new LingerOption(true, 0);
        }

        // Ends when every request has.
        await site.Get<IServer>().StopAsync(Cancellation);
        Assert.DoesNotContain("Error: ", site.Logged, StringComparison.Ordinal);
        Assert.DoesNotContain("Warning: ", site.Logged, StringComparison.Ordinal);
        Assert.DoesNotContain(site.Plan.Trace, call => call.Writes);
    }

    [GeneratedRegex("<a href=\"([^\"]*)\" lang=\"ar\"")]
    private static partial Regex OtherLanguage();
}
