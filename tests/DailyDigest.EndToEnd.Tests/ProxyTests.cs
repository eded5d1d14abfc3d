using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using DailyDigest.EndToEnd.Tests.Fixtures;
using DailyDigest.Subscribers;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>The files of deploy/proxy as an operator copies them, in real proxies in front of the real server.</summary>
public sealed partial class ProxyTests(ProxyFixture site) : IClassFixture<ProxyFixture>
{
    // Ways to write the pages that are not for strangers. cspell:ignore etrics
    private static readonly string[] Inside =
        ["/metrics", "/Metrics", "/metrics/", "//metrics", "/%6detrics", "/x/../metrics", "/metrics?a=b", "/readyz", "/READYZ/"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_client_addresses_have_a_sign_up_budget_each_and_a_forged_one_has_none()
    {
        var proxy = await site.ProxyAsync("nginx");
        using HttpClient one = proxy.Client("203.0.113.7"), other = proxy.Client("198.51.100.9");

        Assert.Equal(HttpStatusCode.OK, await SignUpAsync(one, "first@example.org"));
        Assert.Equal(HttpStatusCode.OK, await SignUpAsync(one, "second@example.org"));
        Assert.Equal(HttpStatusCode.TooManyRequests, await SignUpAsync(one, "third@example.org"));
        Assert.Equal(HttpStatusCode.TooManyRequests, await SignUpAsync(one, "third@example.org", forwardedFor: "192.0.2.1"));
        Assert.Equal(HttpStatusCode.OK, await SignUpAsync(other, "other@example.org"));

        // The proxy is named: the warning about a missing one would be wrong.
        Assert.DoesNotContain("Web__Proxies", site.ServerLog, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Links_are_https_and_one_click_leaves_through_the_proxy()
    {
        var proxy = await site.ProxyAsync("nginx");
        using var client = proxy.Client("192.0.2.40");

        Assert.Equal(HttpStatusCode.OK, await SignUpAsync(client, "ada@example.org", forwardedFor: "192.0.2.41"));
        var confirmation = await site.MailAsync("ada@example.org");
        Assert.DoesNotContain("http://", confirmation.TextBody, StringComparison.Ordinal);
        Assert.DoesNotContain("evil.test", confirmation.TextBody, StringComparison.Ordinal);
        var link = Link().Match(confirmation.TextBody!).Value;
        Assert.StartsWith($"https://{Proxy.Host}/confirm/", link, StringComparison.Ordinal);
        using var confirmed = await client.PostAsync(link, new FormUrlEncodedContent([]), Cancellation);
        Assert.Equal(HttpStatusCode.OK, confirmed.StatusCode);
        Assert.DoesNotContain("http://", await confirmed.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);

        // A mail program that has an old link sends the one click to http, and follows the redirect with its method.
        var digest = await site.MailAsync(PublicationFixture.ReaderAddress(0));
        var leave = new Uri(Link().Match(digest.Headers["List-Unsubscribe"]!).Value);
        using var redirect = await PostOneClickAsync(client, new UriBuilder(leave) { Scheme = "http", Port = 80 }.Uri);
        Assert.Equal(HttpStatusCode.PermanentRedirect, redirect.StatusCode);
        Assert.Equal(leave, redirect.Headers.Location);
        Assert.Equal(SubscriberStatus.Active, await site.StatusOfSeededAsync());
        using var left = await PostOneClickAsync(client, leave);
        Assert.Equal(HttpStatusCode.OK, left.StatusCode);
        Assert.Equal(SubscriberStatus.Unsubscribed, await site.StatusOfSeededAsync());
    }

    [Fact]
    public async Task The_session_of_the_desk_is_bound_to_https_and_to_the_host()
    {
        var proxy = await site.ProxyAsync("nginx");
        using var client = proxy.Client();
        var link = await site.WelcomeLinkAsync();
        using var form = await client.GetAsync(link, Cancellation);
        var page = await form.Content.ReadAsStringAsync(Cancellation);
        using var request = new HttpRequestMessage(HttpMethod.Post, link);
        request.Headers.Add("Cookie", Cookies(form));
        request.Content = new FormUrlEncodedContent(Hidden().Matches(page)
            .Select(match => KeyValuePair.Create(match.Groups["name"].Value, WebUtility.HtmlDecode(match.Groups["value"].Value)))
            .Concat([new("name", "Ada"), new("email", "owner@example.org"), new("password", "a long enough password 7")]));

        using var answer = await client.SendAsync(request, Cancellation);

        Assert.True(answer.StatusCode == HttpStatusCode.Found || answer.StatusCode == HttpStatusCode.SeeOther, $"{answer.StatusCode}");
        var session = answer.Headers.GetValues("Set-Cookie")
            .Where(cookie => cookie.StartsWith("__Host-", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(session);
        Assert.All(session, cookie => Assert.Contains("; secure", cookie, StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain("http://", answer.Headers.Location!.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nginx")]
    [InlineData("caddy")]
    public async Task Pages_come_by_http_2_with_hsts_once_and_http_is_redirected(string name)
    {
        using var client = (await site.ProxyAsync(name)).Client("192.0.2.50");

        using var page = await client.GetAsync("/", Cancellation);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Equal(HttpVersion.Version20, page.Version);
        Assert.Single(page.Headers.GetValues("Strict-Transport-Security"));
        Assert.Single(page.Headers.GetValues("Content-Security-Policy"));
        Assert.DoesNotContain(page.Headers.Server, product => product.Product?.Version is not null);
        using var missing = await client.GetAsync("/missing", Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
        Assert.Single(missing.Headers.GetValues("Strict-Transport-Security"));

        foreach (var path in (string[])["/api", "/desk"])
        {
            // The program redirects within the host, or answers itself. A 301 to the path with a slash is the proxy's own.
            using var inner = await client.GetAsync(path, Cancellation);
            Assert.NotEqual(HttpStatusCode.MovedPermanently, inner.StatusCode);
        }

        using var plain = await client.GetAsync($"http://{Proxy.Host}/digests?lang=ar", Cancellation);
        Assert.Equal(HttpStatusCode.PermanentRedirect, plain.StatusCode);
        Assert.Equal($"https://{Proxy.Host}/digests?lang=ar", plain.Headers.Location!.ToString());
    }

    [Theory]
    [InlineData("nginx")]
    [InlineData("caddy")]
    public async Task A_large_body_is_answered_413_and_the_next_request_as_ever(string name)
    {
        using var client = (await site.ProxyAsync(name)).Client("192.0.2.60");

        // Within the limits of the proxy the program answers in its own words.
        await AssertTooLargeAsync(client, "/signup", "application/x-www-form-urlencoded", 100_000, "<html");
        await AssertTooLargeAsync(client, "/hooks/postmark", "application/json", (1 << 20) + 1, "\"too-large\"");
        if (name == "nginx")
        {
            // Above them nginx answers itself. Caddy begins the request before it knows, so its answer depends on who is faster.
            await AssertTooLargeAsync(client, "/signup", "application/x-www-form-urlencoded", 300_000, null);
            await AssertTooLargeAsync(client, "/hooks/postmark", "application/json", 3_000_000, null);
            await AssertTooLargeAsync(client, "/desk/readers/import", "application/json", 5_000_000, null);
        }

        using var hook = await client.PostAsync("/hooks/postmark", Body("application/json", 1 << 20), Cancellation);
        Assert.Equal(HttpStatusCode.Unauthorized, hook.StatusCode);

        using var page = await client.GetAsync("/", Cancellation);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
    }

    [Theory]
    [InlineData("nginx")]
    [InlineData("caddy")]
    public async Task Readiness_and_metrics_are_not_for_strangers(string name)
    {
        using var client = (await site.ProxyAsync(name)).Client("192.0.2.70");
        foreach (var path in Inside)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"https://{Proxy.Host}{path}", new UriCreationOptions
            {
                DangerousDisablePathAndQueryCanonicalization = true,
            }));
            using var answer = await client.SendAsync(request, Cancellation);
            Assert.True(answer.StatusCode == HttpStatusCode.NotFound, $"{path}: {answer.StatusCode}");
            Assert.DoesNotContain("alerts", await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        }

        using var alive = await client.GetAsync("/healthz", Cancellation);
        Assert.Equal(HttpStatusCode.OK, alive.StatusCode);
        using var inside = new HttpClient { BaseAddress = site.Server };
        Assert.Contains("alerts", await inside.GetStringAsync("/readyz", Cancellation), StringComparison.Ordinal);

        // Without Metrics__Prometheus there is no such page, for its key neither.
        inside.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", WatchFixture.Key);
        using var closed = await inside.GetAsync("/metrics", Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, closed.StatusCode);
    }

    [Theory]
    [InlineData("nginx")]
    [InlineData("caddy")]
    public async Task No_token_and_no_address_is_in_a_log_of_the_proxy_also_if_the_server_is_down(string name)
    {
        await using var closed = new Testing.Services.ClosedPort();
        await using var alone = name == "nginx" ? (Proxy)new NginxProxy() : new CaddyProxy();
        await alone.StartAsync(new Uri($"http://127.0.0.1:{closed.Number}"), Cancellation);
        using var client = alone.Client("192.0.2.80");

        using var down = await client.GetAsync("/preferences/secret-token?email=secret@example.org", Cancellation);
        Assert.Equal(HttpStatusCode.BadGateway, down.StatusCode);
        using var redirect = await client.GetAsync($"http://{Proxy.Host}/unsubscribe/secret-token", Cancellation);
        Assert.Equal(HttpStatusCode.PermanentRedirect, redirect.StatusCode);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/signup/secret-token") { Content = Body("text/plain", 300_000) };
        using var large = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);
        Assert.False(large.IsSuccessStatusCode);

        var files = Directory.GetFiles(alone.Folder, "*.log").Select(File.ReadAllText).Append(alone.Log).ToList();
        Assert.All(files, text => Assert.DoesNotContain("secret", text, StringComparison.Ordinal));
        Assert.All(files, text => Assert.DoesNotContain("192.0.2.80", text, StringComparison.Ordinal));
        if (name == "nginx")
        {
            Assert.Contains(files, text => text.Contains(" GET /preferences 502 ", StringComparison.Ordinal));
        }
    }

    private static async Task<HttpStatusCode> SignUpAsync(HttpClient client, string email, string? forwardedFor = null)
    {
        using var answer = await ProxyFixture.SignUpAsync(client, email, forwardedFor);
        return answer.StatusCode;
    }

    private static Task<HttpResponseMessage> PostOneClickAsync(HttpClient client, Uri url) =>
        client.PostAsync(url, new FormUrlEncodedContent([KeyValuePair.Create("List-Unsubscribe", "One-Click")]), Cancellation);

    private static async Task AssertTooLargeAsync(HttpClient client, string path, string type, int bytes, string? words)
    {
        // A proxy that answers before the end of the body may end the stream right after its headers.
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = Body(type, bytes) };
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);
        Assert.True(answer.StatusCode == HttpStatusCode.RequestEntityTooLarge, $"{path}: {answer.StatusCode}");
        if (words is not null)
        {
            Assert.Contains(words, await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        }
    }

    private static ByteArrayContent Body(string type, int bytes)
    {
        var body = new ByteArrayContent(Encoding.ASCII.GetBytes(new string('a', bytes)));
        body.Headers.ContentType = new MediaTypeHeaderValue(type);
        return body;
    }

    private static string Cookies(HttpResponseMessage answer) =>
        string.Join("; ", answer.Headers.GetValues("Set-Cookie").Select(cookie => cookie.Split(';')[0]));

    [GeneratedRegex("https?://[^\\s<>]+/(confirm|unsubscribe)/[^\\s<>]+")]
    private static partial Regex Link();

    [GeneratedRegex("<input type=\"hidden\" name=\"(?<name>[^\"]+)\" value=\"(?<value>[^\"]*)\"")]
    private static partial Regex Hidden();
}
