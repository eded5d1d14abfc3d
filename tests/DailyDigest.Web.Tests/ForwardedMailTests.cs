using System.Net;
using DailyDigest.Subscribers;

namespace DailyDigest.Web.Tests;

/// <summary>The links in a digest may be in a stranger's hands: the reader forwarded the mail.</summary>
public sealed class ForwardedMailTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("GET", "/data")]
    [InlineData("GET", "/erase")]
    [InlineData("POST", "/erase")]
    [InlineData("POST", "/address")]
    public async Task The_link_in_a_digest_opens_no_data_no_move_and_no_erasure(string method, string action)
    {
        await using var site = await WebFixture.StartAsync();
        var person = await site.SubscribedAsync();
        var path = WebFixture.Path(site.Get<ReaderLinks>().Preferences(person.Id, person.Version)) + action;
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Content = method == "POST" ? new FormUrlEncodedContent([new("page", "1"), new("address", "thief@example.org")]) : null;
        using var answer = await site.Client.SendAsync(request, Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        var after = (await site.Get<SubscriberStore>().GetAsync(person.Id, Cancellation))!.Subscriber;
        Assert.Equal((SubscriberStatus.Active, null), (after.Status, after.NewAddress));
    }

    [Fact]
    public async Task The_page_behind_a_digest_shows_no_address()
    {
        await using var site = await WebFixture.StartAsync();
        var person = await site.SubscribedAsync("jane.doe@example.com");
        var page = await site.PageAsync(WebFixture.Path(site.Get<ReaderLinks>().Preferences(person.Id, person.Version)));
        Assert.DoesNotContain("jane", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("example.com", page, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("data", NoticeKind.DataLink, "/data/")]
    [InlineData("move", NoticeKind.MoveLink, "/move/")]
    [InlineData("erase", NoticeKind.EraseLink, "/erase/")]
    public async Task Everything_else_comes_by_a_link_to_the_address_of_now(string wanted, NoticeKind kind, string page)
    {
        await using var site = await WebFixture.StartAsync();
        var person = await site.SubscribedAsync("jane.doe@example.com");
        var path = WebFixture.Path(site.Get<ReaderLinks>().Preferences(person.Id, person.Version));
        using var asked = await site.PostAsync(path + "/link", ("for", wanted), ("lang", "en"));
        var answer = await asked.Content.ReadAsStringAsync(Cancellation);
        Assert.Contains("We have mailed a link to your address.", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("jane", answer, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(page, answer, StringComparison.Ordinal);

        var letter = await LetterAsync(site, kind);
        Assert.Equal("jane.doe@example.com", letter!.To.Value);
        using var opened = await site.Client.GetAsync(WebFixture.Path(letter.Url), Cancellation);
        Assert.Equal(HttpStatusCode.OK, opened.StatusCode);
        Assert.StartsWith(page, WebFixture.Path(letter.Url), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("preferences")]
    [InlineData("Data")]
    [InlineData("<script>alert(1)</script>")]
    public async Task An_unknown_link_is_not_mailed(string wanted)
    {
        await using var site = await WebFixture.StartAsync();
        var person = await site.SubscribedAsync();
        var path = WebFixture.Path(site.Get<ReaderLinks>().Preferences(person.Id, person.Version));
        site.Plan.Restart();
        using var asked = await site.PostAsync(path + "/link", ("for", wanted));
        Assert.Equal(HttpStatusCode.BadRequest, asked.StatusCode);
        Assert.DoesNotContain("<script", await asked.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.DoesNotContain(site.Plan.Trace, call => call.Writes);
    }

    [Fact]
    public async Task Three_links_a_day_are_mailed_and_the_fourth_is_refused()
    {
        await using var site = await WebFixture.StartAsync();
        var person = await site.SubscribedAsync();
        var path = WebFixture.Path(site.Get<ReaderLinks>().Preferences(person.Id, person.Version));
        foreach (var (wanted, status) in new[] { ("data", 200), ("erase", 200), ("move", 200), ("data", 422), ("erase", 422) })
        {
            site.Time.Advance(TimeSpan.FromMinutes(1));
            using var asked = await site.PostAsync(path + "/link", ("for", wanted));
            Assert.Equal(status, (int)asked.StatusCode);
        }

        site.Time.Advance(TimeSpan.FromHours(24));
        using var tomorrow = await site.PostAsync(path + "/link", ("for", "data"));
        Assert.Equal(HttpStatusCode.OK, tomorrow.StatusCode);
    }

    [Fact]
    public async Task A_person_who_left_may_ask_for_data_and_erasure()
    {
        await using var site = await WebFixture.StartAsync();
        var person = await site.SubscribedAsync();
        await site.Get<Unsubscribe>().ExecuteAsync(person.Id, Cancellation);
        var path = WebFixture.Path(site.Get<ReaderLinks>().Preferences(person.Id, person.Version));
        var page = await site.PageAsync(path);
        Assert.Contains("value=\"data\"", page, StringComparison.Ordinal);
        Assert.Contains("value=\"erase\"", page, StringComparison.Ordinal);
        Assert.DoesNotContain("value=\"move\"", page, StringComparison.Ordinal);
        using var asked = await site.PostAsync(path + "/link", ("for", "erase"));
        using var erased = await site.PostAsync(WebFixture.Path((await LetterAsync(site, NoticeKind.EraseLink))!.Url), ("page", "1"));
        Assert.Null(await site.StatusAsync(person.Id));
    }

    private static async Task<NoticeLetter?> LetterAsync(WebFixture site, NoticeKind kind)
    {
        NoticeLetter? letter = null;
        await foreach (var notice in site.Get<NoticeStore>().DueAsync(site.Time.GetUtcNow(), 1, Cancellation))
        {
            letter = await site.Get<ComposeNotice>().ExecuteAsync(notice, Cancellation) is { } found && found.Kind == kind ? found : letter;
        }

        return letter;
    }
}
