using System.Net;
using DailyDigest.Storage;
using DailyDigest.Subscribers;

namespace DailyDigest.Web.Tests;

public sealed class TimeoutTests
{
    [Theory]
    [InlineData("/signup", "text/html; charset=utf-8")]
    [InlineData("/signup.json", "application/problem+json; charset=utf-8")]
    public async Task A_request_that_exceeds_the_timeout_is_cancelled_and_answered_503(string path, string type)
    {
        await using var site = await WebFixture.StartAsync();
        var (check, sum) = await site.QuestionAsync();
        var never = new TaskCompletionSource();
        site.Plan.Before = call => call.Place == Tables.Budgets ? never.Task : Task.CompletedTask;
        var request = path == "/signup"
            ? site.AskAsync("POST", path, WebFixture.Form(("email", "reader@example.com"), ("check", check), ("answer", sum)))
            : site.AskAsync("POST", path,
                $$"""{"email":"reader@example.com","check":"{{check}}","answer":"{{sum}}"}""", type: "application/json");
        site.Time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(request.IsCompleted);
        site.Time.Advance(TimeSpan.FromSeconds(2));
        var answer = await request;
        Assert.Equal((503, "60", type), (answer.Status, answer.Headers.RetryAfter.ToString(), answer.Headers.ContentType.ToString()));
        Assert.DoesNotContain(site.Plan.Trace, call => call.Place == Tables.Subscribers);
        never.SetException(new StorageException("Too late."));
    }

    [Fact]
    public async Task The_timeout_of_an_answered_request_disturbs_no_later_request()
    {
        await using var site = await WebFixture.StartAsync();
        var path = WebFixture.Path(site.Get<ReaderLinks>().Preferences((await site.SubscribedAsync()).Id));
        for (var i = 0; i < 300; i++)
        {
            using var response = await site.Client.GetAsync(path, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            site.Time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.DoesNotContain("Error:", site.Logged, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", site.Logged, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://digest.example.com", true)]
    [InlineData("http://localhost", false)]
    public async Task Browsers_must_use_https_if_the_base_url_does(string url, bool required)
    {
        await using var site = await WebFixture.StartAsync(publication => publication.BaseUrl = url, ("Web:Proxies", "10.0.0.0/8"));
        foreach (var proto in new[] { "https", "http" })
        {
            var answer = await site.AskAsync(
                "GET", "/", client: "10.0.0.4", headers: [("X-Forwarded-Proto", proto), ("X-Forwarded-For", "203.0.113.7")]);
            Assert.Equal(required ? "max-age=31536000" : "", answer.Headers.StrictTransportSecurity.ToString());
        }
    }
}
