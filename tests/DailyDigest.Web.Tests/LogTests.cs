using System.Net.Sockets;
using System.Text;
using DailyDigest.Storage;
using DailyDigest.Subscribers;

namespace DailyDigest.Web.Tests;

/// <summary>Everything that is logged, down to Trace, while hostile requests come in on real connections.</summary>
public sealed class LogTests
{
    private const string Victim = "victim@example.com";

    [Fact]
    public async Task No_address_no_token_and_nothing_that_was_sent_is_ever_logged()
    {
        await using var site = await Site.StartAsync();
        var person = await site.SubscribedAsync(Victim);
        var links = site.Get<ReaderLinks>();
        string[] paths = [.. new[] { links.Confirm(person.Id), links.Unsubscribe(person.Id), links.Preferences(person.Id) }.Select(Site.Path)];
        var email = Uri.EscapeDataString(Victim);
        var requests = new List<string>();
        foreach (var path in paths.Concat(paths.Select(path => path + "x")).Append("/signup").Append("/signup.json").Append("/subscribe").Append("/nothing"))
        {
            var form = $"email={email}&address={email}&page=1";
            requests.Add($"GET {path}?email={email} HTTP/1.1\r\nHost: localhost\r\nReferer: http://localhost{path}\r\nConnection: close\r\n\r\n");
            requests.Add($"POST {path} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: {Victim}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {form.Length}\r\nConnection: close\r\n\r\n{form}");
            requests.Add($"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 34\r\nConnection: close\r\n\r\n{{\"email\":\"{Victim}\",\"x\"}}");
            requests.Add($"DELETE {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

            // What the server itself cannot read.
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

        // And when storage fails in the middle of it.
        site.Plan.Before = call => throw new StorageException("The disk is full.");
        foreach (var request in requests.Take(40))
        {
            await SendAsync(site, request);
        }

        Assert.Contains("Storage could not be used for a request below /unsubscribe", site.Logged, StringComparison.Ordinal);
        Assert.DoesNotContain("victim", site.Logged, StringComparison.OrdinalIgnoreCase);
        Assert.All(paths, path => Assert.DoesNotContain(path[(path.LastIndexOf('/') + 1)..][..20], site.Logged, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Headers_without_end_are_refused_by_the_server_and_a_request_line_too()
    {
        await using var site = await Site.StartAsync();
        Assert.StartsWith("HTTP/1.1 431", await SendAsync(site, $"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: {new string('x', 20_000)}\r\n\r\n"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 414", await SendAsync(site, $"GET /{new string('x', 20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n"), StringComparison.Ordinal);
        var answer = await SendAsync(site, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("\nServer:", answer, StringComparison.Ordinal);
    }

    private static async Task<string> SendAsync(Site site, string request)
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
            // Cut off in the middle, which is an answer too.
            return "";
        }
    }
}
