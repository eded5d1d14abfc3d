using System.Text.RegularExpressions;
using DailyDigest.Subscribers;

namespace DailyDigest.Web.Tests;

/// <summary>The front page is cached, and no reader may notice.</summary>
public sealed partial class FrontPageTests : IAsyncLifetime
{
    private WebFixture site = null!;

    public async ValueTask InitializeAsync() => site = await WebFixture.StartAsync();

    public async ValueTask DisposeAsync() => await site.DisposeAsync();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_page_has_its_own_question_with_the_sum_that_it_shows()
    {
        var tokens = new HashSet<string>();
        for (var reader = 0; reader < 200; reader++)
        {
            var (token, sum) = await site.SumAsync();
            Assert.True(tokens.Add(token));
            Assert.Equal(HumanAnswer.Right, site.Get<HumanCheck>().Judge(token, sum));
        }
    }

    [Fact]
    public async Task Concurrent_readers_get_complete_pages_in_their_language()
    {
        await site.DigestAsync(new DateOnly(2026, 3, 2));
        var tokens = new System.Collections.Concurrent.ConcurrentDictionary<string, bool>();
        await Parallel.ForEachAsync(Enumerable.Range(0, 300),
            new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Cancellation }, async (number, _) =>
        {
            var language = number % 2 == 0 ? "en" : "ar";
            var page = await site.PageAsync(number % 3 == 0 ? "/?lang=" + language : "/", language);
            Assert.StartsWith($"<!DOCTYPE html>\n<html lang=\"{language}\"", page, StringComparison.Ordinal);
            Assert.EndsWith("</html>", page.TrimEnd(), StringComparison.Ordinal);
            Assert.Equal(number % 3 == 0, page.Contains("action=\"/signup?lang=" + language, StringComparison.Ordinal));
            Assert.True(tokens.TryAdd(Token().Match(page).Groups[1].Value, true));
        });
    }

    [Fact]
    public async Task The_front_page_shows_a_new_digest_and_a_new_day()
    {
        Assert.DoesNotContain("Tide gauges", await site.PageAsync("/"), StringComparison.Ordinal);
        await site.DigestAsync(new DateOnly(2026, 3, 2));
        site.Time.Advance(TimeSpan.FromSeconds(61));
        Assert.Contains("Tide gauges", await site.PageAsync("/"), StringComparison.Ordinal);
        Assert.Contains("Monday, 2 March 2026", await site.PageAsync("/"), StringComparison.Ordinal);
        site.Time.Advance(TimeSpan.FromHours(24));
        Assert.Contains("Tuesday, 3 March 2026", await site.PageAsync("/"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task HEAD_has_the_same_length_without_body_and_forbids_caching()
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, "/");
        using var answer = await site.Client.SendAsync(request, Cancellation);
        Assert.Equal("no-store", answer.Headers.CacheControl!.ToString());
        Assert.True(answer.Content.Headers.ContentLength > 2_000);
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync(Cancellation));
    }

    [GeneratedRegex("""name="check" value="([A-Za-z0-9_-]+)""")]
    private static partial Regex Token();
}
