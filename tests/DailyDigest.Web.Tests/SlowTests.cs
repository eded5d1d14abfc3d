using DailyDigest.Storage;
using DailyDigest.Subscribers;

namespace DailyDigest.Web.Tests;

public sealed class SlowTests
{
    [Theory]
    [InlineData("/signup", "text/html; charset=utf-8")]
    [InlineData("/signup.json", "application/problem+json; charset=utf-8")]
    public async Task What_takes_longer_than_anything_should_is_given_up_and_said_so(string path, string type)
    {
        await using var site = await Site.StartAsync();
        var (check, sum) = await site.QuestionAsync();
        var never = new TaskCompletionSource();
        site.Plan.Before = call => call.Place == Tables.Budgets ? never.Task : Task.CompletedTask;
        var answer = path == "/signup"
            ? site.AskAsync("POST", path, Site.Form(("email", "reader@example.com"), ("check", check), ("answer", sum)))
            : site.AskAsync("POST", path, $$"""{"email":"reader@example.com","check":"{{check}}","answer":"{{sum}}"}""", type: "application/json");
        site.Time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(answer.IsCompleted);
        site.Time.Advance(TimeSpan.FromSeconds(2));
        var said = await answer;
        Assert.Equal((503, "60", type), (said.Status, said.Headers.RetryAfter.ToString(), said.Headers.ContentType.ToString()));
        Assert.DoesNotContain(site.Plan.Trace, call => call.Place == Tables.Subscribers);
        never.SetException(new StorageException("Too late."));
    }

    [Fact]
    public async Task An_answer_that_has_arrived_is_over_however_late_it_gets()
    {
        await using var site = await Site.StartAsync();
        var path = Site.Path(site.Get<ReaderLinks>().Preferences((await site.SubscribedAsync()).Id));
        for (var i = 0; i < 300; i++)
        {
            await site.PageAsync(path);
            site.Time.Advance(TimeSpan.FromMinutes(1));
        }
    }

    [Theory]
    [InlineData("https://digest.example.com", true)]
    [InlineData("http://localhost", false)]
    public async Task Browsers_are_held_to_tls_where_the_pages_stand_behind_it(string url, bool held)
    {
        await using var site = await Site.StartAsync(publication => publication.BaseUrl = url, ("Web:Proxies", "10.0.0.0/8"));
        foreach (var proto in new[] { "https", "http" })
        {
            var answer = await site.AskAsync("GET", "/", client: "10.0.0.4", headers: [("X-Forwarded-Proto", proto), ("X-Forwarded-For", "203.0.113.7")]);
            Assert.Equal(held ? "max-age=31536000" : "", answer.Headers.StrictTransportSecurity.ToString());
        }
    }
}
