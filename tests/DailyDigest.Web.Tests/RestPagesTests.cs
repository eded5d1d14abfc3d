using System.Net;
using DailyDigest.Accounts;
using DailyDigest.Runs;
using DailyDigest.Subscribers;
using DailyDigest.Web.Tests.Api;
using DailyDigest.Web.Tests.Desk;

namespace DailyDigest.Web.Tests;

/// <summary>A reader who rests after refused digests, on each page that shows it. It is 2 March 2026, 11:00 in Paris.</summary>
public sealed class RestPagesTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("mailbox-full", "had no room")]
    [InlineData("temporary", "refused several")]
    public async Task The_readers_page_says_why_nothing_comes_and_lets_them_go_on(string reason, string text)
    {
        await using var site = await WebFixture.StartAsync();
        var person = await RestingAsync(site, reason);
        var path = WebFixture.Path(site.Get<ReaderLinks>().Preferences(person.Id));
        var page = await site.PageAsync(path);
        Assert.Contains(text, page, StringComparison.Ordinal);
        Assert.Contains("We try again on Saturday, 14 March 2026", page, StringComparison.Ordinal);
        Assert.True((await ReadAsync(site, person.Id)).Rest!.IsOn(new DateOnly(2026, 3, 3)));

        using var woken = await site.PostAsync(path + "/wake");
        var after = WebUtility.HtmlDecode(await woken.Content.ReadAsStringAsync(Cancellation));
        Assert.Contains("The digest comes again.", after, StringComparison.Ordinal);
        Assert.DoesNotContain("/wake", after, StringComparison.Ordinal);
        Assert.Null((await ReadAsync(site, person.Id)).RestAt(site.Time.GetUtcNow()));
    }

    [Fact]
    public async Task An_operator_sees_the_rest_and_ends_it_once()
    {
        await using var site = await WebFixture.StartAsync();
        var person = await RestingAsync(site, "mailbox-full");
        using var client = await site.SignInAsync(Role.Operator);
        var path = "/desk/readers/" + person.Id;
        Assert.Contains("(mailbox-full)", await client.PageAsync(path), StringComparison.Ordinal);

        using var done = await client.PostAsync(path, path + "/wake", ("version", await site.VersionAsync(person.Id)));
        Assert.Equal(HttpStatusCode.SeeOther, done.StatusCode);
        Assert.Null((await ReadAsync(site, person.Id)).RestAt(site.Time.GetUtcNow()));
        var change = Assert.Single(await site.Get<AuditLog>().ListOfAsync(person.Id, 10, Cancellation));
        Assert.Equal("reader.wake", change.Verb);
        Assert.Contains("rests until 2026-03-14", change.Before, StringComparison.Ordinal);

        using var again = await client.PostAsync(path, path + "/wake", ("version", await site.VersionAsync(person.Id)));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, again.StatusCode);
    }

    [Fact]
    public async Task A_program_sees_the_rest_and_ends_it()
    {
        await using var site = await WebFixture.StartAsync();
        var program = await site.ProgramAsync("operator");
        var id = (await RestingAsync(site, "other")).Id;
        var rest = (await program.GetAsync($"/readers/{id}"))["rest"];
        Assert.Equal(("2026-02-28", "2026-03-14", "other"), ((string?)rest["since"], (string?)rest["until"], (string?)rest["reason"]));
        Assert.Equal(1, (await site.Get<SumReaders>().DaysOfNowAsync(site))["resting"]);

        Assert.Equal(200, (await program.PostAsync($"/readers/{id}/wake")).Status);
        Assert.Equal(409, (await program.PostAsync($"/readers/{id}/wake")).Status);
        Assert.Equal(0, (await site.Get<SumReaders>().DaysOfNowAsync(site))["resting"]);
    }

    private static async Task<Subscriber> RestingAsync(WebFixture site, string reason)
    {
        Assert.Contains(reason, RefusalReasons.All);
        var id = (await site.SubscribedAsync()).Id;
        return (await site.Get<ChangeSubscriber>().ExecuteAsync(
            id, person => person! with { Rest = Rest.From(new DateOnly(2026, 2, 28), reason) }, Cancellation))!;
    }

    private static async Task<Subscriber> ReadAsync(WebFixture site, string id) =>
        (await site.Get<SubscriberStore>().GetAsync(id, Cancellation))!.Subscriber;
}

internal static class ReaderTotals
{
    public static async Task<Figures.FigureCounts> DaysOfNowAsync(this SumReaders sums, WebFixture site)
    {
        await sums.ExecuteAsync(CancellationToken.None);
        return (await sums.TotalAsync(CancellationToken.None)).On(DateOnly.FromDateTime(site.Time.GetUtcNow().UtcDateTime));
    }
}
