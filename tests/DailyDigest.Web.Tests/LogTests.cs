using System.Net.Sockets;
using System.Text;
using DailyDigest.Storage;
using DailyDigest.Subscribers;

namespace DailyDigest.Web.Tests;

/// <summary>All log lines down to Trace, during hostile requests on real connections.</summary>
public sealed class LogTests
{
    private const string Victim = "victim@example.com";

    [Fact]
    public async Task No_address_no_token_and_no_input_is_logged()
    {
        await using var site = await WebFixture.StartAsync();
        var person = await site.SubscribedAsync(Victim);
        var links = site.Get<ReaderLinks>();
        string[] paths = [.. new[] { links.Confirm(person.Id), links.Unsubscribe(person.Id), links.Preferences(person.Id) }.Select(
            WebFixture.Path)];
        var email = Uri.EscapeDataString(Victim);
        var requests = new List<string>();
        foreach (var path in paths.Concat(paths.Select(path => path + "x")).Append("/signup").Append("/signup.json").Append("/subscribe")
            .Append("/nothing"))
        {
            var form = $"email={email}&address={email}&page=1";
            requests.Add($"GET {path}?email={email} HTTP/1.1\r\nHost: localhost\r\n"
                + $"Referer: http://localhost{path}\r\nConnection: close\r\n\r\n");
            requests.Add($"POST {path} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: {Victim}\r\n"
                + $"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {form.Length}\r\nConnection: close\r\n\r\n{form}");
            requests.Add($"POST {path} HTTP/1.1\r\nHost: localhost\r\n"
                + $"Content-Type: application/json\r\nContent-Length: 34\r\nConnection: close\r\n\r\n{{\"email\":\"{Victim}\",\"x\"}}");
            requests.Add($"DELETE {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

            // Requests that the server cannot parse.
            requests.Add($"GET {path} {Victim} HTTP/1.1\r\nHost: localhost\r\n\r\n");
            requests.Add($"GET {path}%00 HTTP/1.1\r\nHost: localhost\r\n\r\n");
            requests.Add($"{Victim} {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
            requests.Add($"GET {path} HTTP/1.1\r\nHost: {Victim}\r\n\r\n");
            requests.Add($"GET {path} HTTP/1.1\r\nHost: localhost\r\n{Victim} : x\r\n\r\n");
            requests.Add($"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {Victim}\r\n\r\n");
            requests.Add($"POST {path} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n{Victim}\r\n");
        }

        foreach (var request in requests)
        {
            await SendAsync(site, request);
        }

        // The same while storage fails.
        site.Plan.Before = call => throw new StorageException("The disk is full.");
        foreach (var request in requests.Take(40))
        {
            await SendAsync(site, request);
        }

        Assert.Contains("Storage failed during a request below /unsubscribe", site.Logged, StringComparison.Ordinal);
        Assert.DoesNotContain("victim", site.Logged, StringComparison.OrdinalIgnoreCase);
        Assert.All(paths, path => Assert.DoesNotContain(path[(path.LastIndexOf('/') + 1)..][..20], site.Logged, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_server_refuses_oversized_headers_and_request_lines()
    {
        await using var site = await WebFixture.StartAsync();
        Assert.StartsWith("HTTP/1.1 431", await SendAsync(site,
            $"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: {new string('x', 20_000)}\r\n\r\n"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 414", await SendAsync(site, $"GET /{new string('x', 20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n"),
            StringComparison.Ordinal);
        var answer = await SendAsync(site, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("\nServer:", answer, StringComparison.Ordinal);
    }

    private static async Task<string> SendAsync(WebFixture site, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", site.Client.BaseAddress!.Port, TestContext.Current.CancellationToken);
        var stream = client.GetStream();
        try
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes(request), TestContext.Current.CancellationToken);
            using var reader = new StreamReader(stream, Encoding.UTF8);
            return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
        }
        catch (IOException)
        {
            // A closed connection is an answer too.
            return "";
        }
    }
}
