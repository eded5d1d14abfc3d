using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using DailyDigest.Subscribers;

namespace DailyDigest.Web.Tests;

/// <summary>The form for another address: each mistake has its own sentence. So has taking a move back after the end.</summary>
public sealed class MovePageTests
{
    private const string Own = "digest@example.com";

    [Theory]
    [InlineData("Digest@example.com", "That is our own address.")]
    [InlineData("READER@example.com", "That is your present address.")]
    [InlineData("nonsense", "That does not look like an e-mail address.")]
    public async Task A_wrong_new_address_is_named_with_its_cause(string typed, string cause)
    {
        await using var site = await WebFixture.StartAsync(null, ("Test:Own", Own));
        var person = await site.SubscribedAsync();
        using var answer = await site.PostAsync(site.Mailed(LinkPurpose.Move, person), ("address", typed));
        var page = await TextAsync(answer);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Contains(cause, page, StringComparison.Ordinal);
        Assert.Contains($"value=\"{typed}\"", page, StringComparison.Ordinal);
        Assert.Null((await site.FindAsync("reader@example.com")).NewAddress);
    }

    [Fact]
    public async Task The_page_after_the_form_shows_the_new_address()
    {
        await using var site = await WebFixture.StartAsync();
        var person = await site.SubscribedAsync();
        using var answer = await site.PostAsync(site.Mailed(LinkPurpose.Move, person), ("address", "new@example.org"));
        Assert.Matches("role=\"status\">If new@example.org can get our digest", await TextAsync(answer));
    }

    [Fact]
    public async Task The_publications_own_address_is_refused_as_json_too()
    {
        await using var site = await WebFixture.StartAsync(null, ("Test:Own", Own));
        var question = site.Get<HumanCheck>().Create();
        site.Time.Advance(TimeSpan.FromSeconds(5));
        using var answer = await site.Client.PostAsJsonAsync(
            "/signup.json", new { email = Own, check = question.Token, answer = question.First + question.Second },
            TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Contains("email: the publication", await TextAsync(answer), StringComparison.Ordinal);
        Assert.DoesNotContain(site.Plan.Trace, call => call.Writes);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Taking_a_move_back_after_the_reader_has_left_says_that_it_ended(bool post)
    {
        await using var site = await WebFixture.StartAsync();
        var person = await site.MovedAsync(await site.SubscribedAsync(), "new@example.org");
        await site.Get<Unsubscribe>().ExecuteAsync(person.Id, CancellationToken.None);
        var path = WebFixture.Path(
            site.Get<ReaderLinks>().UndoMove(person.Id, site.Get<AddressHash>().Tag(WebFixture.Address("reader@example.com"))));

        using var answer = post
            ? await site.PostAsync(path)
            : await site.Client.GetAsync(path, TestContext.Current.CancellationToken);

        var page = await TextAsync(answer);
        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Contains("<h1>The subscription has ended</h1>", page, StringComparison.Ordinal);
        Assert.Matches(new Regex("<main.*href=\"/\">Sign up</a>.*</main>", RegexOptions.Singleline), page);
        Assert.Equal(SubscriberStatus.Unsubscribed, await site.StatusAsync(person.Id));
    }

    private static async Task<string> TextAsync(HttpResponseMessage answer) =>
        WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
}
