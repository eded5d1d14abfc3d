using System.Net;
using DailyDigest.Subscribers;

namespace DailyDigest.Web.Tests;

/// <summary>Links that went to a former address can only end the subscription.</summary>
public sealed class FormerAddressTests
{
    private const string New = "new@example.org";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("GET", "/preferences/{0}")]
    [InlineData("POST", "/preferences/{0}")]
    [InlineData("POST", "/preferences/{0}/pause")]
    [InlineData("POST", "/preferences/{0}/resume")]
    [InlineData("POST", "/preferences/{0}/wake")]
    [InlineData("POST", "/preferences/{0}/link")]
    [InlineData("GET", "/data/{0}")]
    [InlineData("GET", "/data/{0}/file")]
    [InlineData("GET", "/move/{0}")]
    [InlineData("POST", "/move/{0}")]
    [InlineData("GET", "/erase/{0}")]
    [InlineData("POST", "/erase/{0}")]
    [InlineData("GET", "/confirm/{0}")]
    [InlineData("POST", "/confirm/{0}")]
    [InlineData("POST", "/unsubscribe/{0}/why")]
    [InlineData("POST", "/unsubscribe/{0}/instead")]
    [InlineData("POST", "/unsubscribe/{0}/undo")]
    public async Task Links_of_the_former_address_are_dead_before_and_after_leaving(string method, string path)
    {
        await using var site = await WebFixture.StartAsync();
        var (before, after) = await MovedAsync(site);
        var links = site.Get<ReaderLinks>();
        foreach (var left in new[] { false, true })
        {
            if (left)
            {
                await site.Get<Unsubscribe>().ExecuteAsync(after.Id, Cancellation);
                await site.Get<SignUp>().ExecuteAsync(new SignUpRequest(New, "page"), Cancellation);
            }

            var then = await PersonAsync(site, after.Id);
            var token = (path[1] switch
            {
                'p' => links.Preferences(before.Id, before.Version),
                'c' => links.Confirm(before.Id, before.Version),
                'd' => links.Mailed(LinkPurpose.Data, before.Id, before.Version),
                'm' => links.Mailed(LinkPurpose.Move, before.Id, before.Version),
                'e' => links.Mailed(LinkPurpose.Erase, before.Id, before.Version),
                _ => links.Unsubscribe(before.Id, before.Version),
            }).Split('/')[^1];
            var dead = await AskAsync("cut-on-the-way");
            Assert.Equal((HttpStatusCode.NotFound, dead.Page), await AskAsync(token));
            Assert.Equivalent(then, await PersonAsync(site, after.Id));
        }

        async Task<(HttpStatusCode Status, string Page)> AskAsync(string token)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path.Replace("{0}", token, StringComparison.Ordinal));
            request.Content = method == "POST"
                ? new FormUrlEncodedContent([new("page", "1"), new("hour", "3"), new("until", "2026-03-09"),
                    new("address", "third@example.org"), new("for", "data"), new("instead", "pause"), new("why", "other")])
                : null;
            using var answer = await site.Client.SendAsync(request, Cancellation);
            return (answer.StatusCode, (await TextAsync(answer)).Replace(token, "TOKEN", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task The_former_address_cannot_undo_leaving_after_a_move()
    {
        await using var site = await WebFixture.StartAsync();
        var (before, after) = await MovedAsync(site);
        var former = WebFixture.Path(site.Get<ReaderLinks>().Unsubscribe(before.Id, before.Version));
        await site.Get<Unsubscribe>().ExecuteAsync(after.Id, Cancellation);
        Assert.DoesNotContain("<form", await site.PageAsync(former), StringComparison.Ordinal);
        using var undo = await site.PostAsync(former + "/undo", ("page", "1"));
        Assert.Equal(HttpStatusCode.NotFound, undo.StatusCode);
        Assert.Equal(SubscriberStatus.Unsubscribed, await site.StatusAsync(after.Id));
    }

    [Theory]
    [InlineData("page", "1")]
    [InlineData("List-Unsubscribe", "One-Click")]
    public async Task The_former_address_can_unsubscribe_for_a_year_without_undo(string field, string value)
    {
        await using var site = await WebFixture.StartAsync();
        var (before, after) = await MovedAsync(site);
        var former = WebFixture.Path(site.Get<ReaderLinks>().Unsubscribe(before.Id, before.Version));
        site.Time.Advance(TimeSpan.FromDays(366));
        Assert.Contains($"action=\"{former}\"", await site.PageAsync(former), StringComparison.Ordinal);
        for (var times = 0; times < 2; times++)
        {
            using var left = await site.PostAsync(former, (field, value));
            Assert.Equal(HttpStatusCode.OK, left.StatusCode);
            Assert.Equal(
                field == "page", (await TextAsync(left)).Contains("<h1>The subscription has ended</h1>", StringComparison.Ordinal));
            Assert.DoesNotContain("<form", await TextAsync(left), StringComparison.Ordinal);
            Assert.Equal(SubscriberStatus.Unsubscribed, await site.StatusAsync(after.Id));
        }

        Assert.DoesNotContain("<form", await site.PageAsync(former), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Links_of_the_new_address_work_from_the_first_page_on()
    {
        await using var site = await WebFixture.StartAsync();
        var person = await site.SubscribedAsync();
        using var moved = await MoveAsync(site, person.Id, New);
        var preferences = LinkIn(await TextAsync(moved), "/preferences/");
        var page = await site.PageAsync(preferences);
        Assert.Contains("<bdi>n…@e…</bdi>", WebUtility.HtmlDecode(page), StringComparison.Ordinal);
        using var kept = await site.PostAsync(preferences, ("hour", "18"));
        Assert.Equal(18, (await PersonAsync(site, person.Id))!.Hour);

        var leave = LinkIn(page, "/unsubscribe/");
        using var left = await site.PostAsync(leave, ("page", "1"));
        Assert.Contains($"action=\"{leave}/undo\"", await TextAsync(left), StringComparison.Ordinal);
        using var back = await site.PostAsync(leave + "/undo", ("page", "1"));
        Assert.Equal(SubscriberStatus.Active, await site.StatusAsync(person.Id));

        // A second move makes these links those of a former address.
        using var again = await MoveAsync(site, person.Id, "third@example.org");
        using var dead = await site.Client.GetAsync(preferences, Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, dead.StatusCode);
        var newest = await site.PageAsync(LinkIn(await TextAsync(again), "/preferences/"));
        Assert.Contains("<bdi>t…@e…</bdi>", WebUtility.HtmlDecode(newest), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_sign_up_without_a_move_keeps_old_links_valid()
    {
        await using var site = await WebFixture.StartAsync();
        var person = await site.SubscribedAsync();
        var path = WebFixture.Path(site.Get<ReaderLinks>().Preferences(person.Id, person.Version));
        await site.Get<Unsubscribe>().ExecuteAsync(person.Id, Cancellation);
        Assert.Equal(person.Id, (await site.SubscribedAsync()).Id);
        Assert.Contains("<h1>Your digest</h1>", await site.PageAsync(path), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_sign_up_after_a_move_gets_working_links()
    {
        await using var site = await WebFixture.StartAsync();
        var (_, after) = await MovedAsync(site);
        await site.Get<Unsubscribe>().ExecuteAsync(after.Id, Cancellation);
        await site.Get<SignUp>().ExecuteAsync(new SignUpRequest(New, "page"), Cancellation);
        NoticeLetter? letter = null;
        await foreach (var notice in site.Get<NoticeStore>().DueAsync(site.Time.GetUtcNow(), 1, Cancellation))
        {
            letter = await site.Get<ComposeNotice>().ExecuteAsync(notice, Cancellation) is { Kind: NoticeKind.Confirm } found
                ? found : letter;
        }

        Assert.Equal(New, letter!.To.Value);
        using var welcome = await site.PostAsync(WebFixture.Path(letter.Url), ("page", "1"));
        var page = await site.PageAsync(LinkIn(await TextAsync(welcome), "/preferences/"));
        Assert.Contains("<bdi>n…@e…</bdi>", WebUtility.HtmlDecode(page), StringComparison.Ordinal);
    }

    private static async Task<(Subscriber Before, Subscriber After)> MovedAsync(WebFixture site)
    {
        var before = await site.SubscribedAsync();
        using var moved = await MoveAsync(site, before.Id, New);
        return (before, (await PersonAsync(site, before.Id))!);
    }

    private static async Task<HttpResponseMessage> MoveAsync(WebFixture site, string id, string address)
    {
        await site.Get<AskNewAddress>().ExecuteAsync(id, address, Cancellation);
        var moved = await site.PostAsync(
            WebFixture.Path(site.Get<ReaderLinks>().NewAddress(id, site.Get<AddressHash>().Tag(WebFixture.Address(address)))),
                ("page", "1"));
        Assert.Equal(address, (await PersonAsync(site, id))!.Address);
        return moved;
    }

    private static string LinkIn(string page, string path)
    {
        var at = page.IndexOf("href=\"" + path, StringComparison.Ordinal);
        Assert.True(at > 0, path);
        return page[(at + 6)..page.IndexOf('"', at + 6)];
    }

    private static async Task<Subscriber?> PersonAsync(WebFixture site, string id) =>
        (await site.Get<SubscriberStore>().GetAsync(id, Cancellation))?.Subscriber;

    private static Task<string> TextAsync(HttpResponseMessage response) => response.Content.ReadAsStringAsync(Cancellation);
}
