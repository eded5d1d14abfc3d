using System.Net;
using DailyDigest.EndToEnd.Tests.Fixtures;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>
/// The route for Prometheus: who may read it, and what a client can do to it. <see cref="ProxyTests"/> show a server without the setting.
/// </summary>
[Collection(WatchFixture.Collection)]
public sealed class MetricsRouteTests(WatchFixture watched)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_of_the_scope_opens_it_and_no_other_does()
    {
        var metrics = await watched.ScrapeAsync("dailydigest_runs_total{");
        Assert.Contains("dailydigest_deliveries_total", metrics, StringComparison.Ordinal);
        foreach (var (status, name, value) in new[]
        {
            (HttpStatusCode.OK, "X-Api-Key", WatchFixture.Key),
            (HttpStatusCode.OK, "Authorization", "bearer " + WatchFixture.Key),
            (HttpStatusCode.Unauthorized, "Accept", "*/*"),
            (HttpStatusCode.Unauthorized, "X-Api-Key", WatchFixture.Key[..^1]),
            (HttpStatusCode.Unauthorized, "X-Api-Key", "<script>secret-guess"),
            (HttpStatusCode.Unauthorized, "Authorization", "Basic " + Convert.ToBase64String("prometheus:"u8)),
            (HttpStatusCode.Forbidden, "X-Api-Key", watched.OtherKey),
        })
        {
            using var answer = await watched.AskAsync(HttpMethod.Get, (name, value));
            var body = await answer.Content.ReadAsStringAsync(Cancellation);
            Assert.True(status == answer.StatusCode, $"{name}: {value}: {answer.StatusCode}");
            Assert.Equal(status == HttpStatusCode.OK, body.Contains("dailydigest_", StringComparison.Ordinal));
            Assert.DoesNotContain("secret-guess", body, StringComparison.Ordinal);
        }

        // An answer may be a third of a second old.
        var after = await watched.ScrapeAsync("reason=\"key\"} 2\n");
        Assert.Matches("dailydigest_log_events_total\\{[^}]*event=\"861\"[^}]*\\} [1-9]", after);
        Assert.DoesNotContain("Key prometheus used", watched.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-guess", watched.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_methods_huge_headers_and_many_at_once_do_it_no_harm()
    {
        using var posted = await watched.AskAsync(HttpMethod.Post, ("X-Api-Key", WatchFixture.Key));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, posted.StatusCode);
        using var head = await watched.AskAsync(HttpMethod.Head, ("X-Api-Key", WatchFixture.Key));
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        using var huge = await watched.AskAsync(HttpMethod.Get, ("X-Api-Key", new string('a', 30_000)));
        Assert.Equal(HttpStatusCode.RequestHeaderFieldsTooLarge, huge.StatusCode);
        var formats = string.Join(',', Enumerable.Repeat("application/openmetrics-text;q=x", 200)); // cspell:ignore openmetrics
        using var accept = await watched.AskAsync(HttpMethod.Get, ("X-Api-Key", WatchFixture.Key), ("Accept", formats));
        Assert.True(accept.StatusCode is HttpStatusCode.OK, $"{accept.StatusCode}");

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 100).Select(_ => watched.AskAsync(HttpMethod.Get, ("X-Api-Key", WatchFixture.Key))));
        foreach (var answer in answers)
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Matches("(?s)^# TYPE .*dailydigest_runs_total\\{.*\\} \\d+\n$", await answer.Content.ReadAsStringAsync(Cancellation));
            answer.Dispose();
        }

        using var page = await watched.Client.GetAsync("/", Cancellation);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
    }

    [Fact]
    public async Task What_a_client_writes_makes_no_series_and_is_in_none()
    {
        await AskOddlyAsync("first");
        var before = (await watched.ScrapeAsync("http_route=\"/preferences/{token}\"")).Split('\n').Length;
        for (var number = 0; number < 100; number++)
        {
            await AskOddlyAsync($"reader{number}@example.org");
        }

        var metrics = await watched.ScrapeAsync("http_server_request_duration_seconds_count{");
        Assert.InRange(metrics.Split('\n').Length, before, before + 100);
        Assert.DoesNotContain("@", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", metrics, StringComparison.Ordinal);
    }

    private async Task AskOddlyAsync(string text)
    {
        foreach (var (method, path) in new[]
        {
            ("GET", $"/preferences/secret-{text}?email={text}"), ("GET", $"/{text}"), ($"SECRET-{text[..5]}", "/"),
        })
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            request.Headers.Host = text.Split('@')[0] + ".example";
            request.Headers.UserAgent.ParseAdd("secret-" + text.Split('@')[0]);
            using var answer = await watched.Client.SendAsync(request, Cancellation);
            Assert.True((int)answer.StatusCode is >= 400 and < 500 or 200, $"{method} {path}: {answer.StatusCode}");
        }
    }
}
