using System.Net;
using System.Text;
using DailyDigest.Settings;
using DailyDigest.Subscribers;

namespace DailyDigest.Web.Tests;

public sealed class PersonalPageTests
{
    [Theory]
    [InlineData("application/x-www-form-urlencoded", "List-Unsubscribe=One-Click")]
    [InlineData("multipart/form-data; boundary=x",
        "--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n")]
    public async Task The_mail_programs_button_unsubscribes_at_once_and_again(string type, string body)
    {
        await using var site = await WebFixture.StartAsync();
        var person = await site.SubscribedAsync();
        var path = WebFixture.Path(site.Get<ReaderLinks>().Unsubscribe(person.Id));
        site.Time.Advance(TimeSpan.FromDays(366));
        for (var times = 0; times < 2; times++)
        {
            using var content = new ByteArrayContent(Encoding.ASCII.GetBytes(body));
            content.Headers.TryAddWithoutValidation("Content-Type", type);
            using var response = await site.Client.PostAsync(path, content, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Empty(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            Assert.Equal(SubscriberStatus.Unsubscribed, await site.StatusAsync(person.Id));
        }

        Assert.True((await site.Get<AudienceStore>().GetAsync(person.Cohort, person.Id, TestContext.Current.CancellationToken))!.Removed);
    }

    [Fact]
    public async Task The_page_unsubscribes_by_one_button_and_undoes_it_by_another()
    {
        await using var site = await WebFixture.StartAsync();
        var person = await site.SubscribedAsync();
        var path = WebFixture.Path(site.Get<ReaderLinks>().Unsubscribe(person.Id));
        Assert.Contains("Leave the digest?", await site.PageAsync(path), StringComparison.Ordinal);
        using var left = await site.PostAsync(path, ("page", "1"));
        Assert.Contains($"action=\"{path}/undo\"", await left.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
        Assert.Equal(SubscriberStatus.Unsubscribed, await site.StatusAsync(person.Id));
        using var back = await site.PostAsync(path + "/undo", ("page", "1"));
        Assert.Equal(SubscriberStatus.Active, await site.StatusAsync(person.Id));
    }

    [Fact]
    public async Task After_one_click_the_mails_link_shows_it_is_done_and_offers_the_undo()
    {
        await using var site = await WebFixture.StartAsync();
        var person = await site.SubscribedAsync();
        var path = WebFixture.Path(site.Get<ReaderLinks>().Unsubscribe(person.Id));
        using var oneClick = await site.PostAsync(path, ("List-Unsubscribe", "One-Click"));
        var page = await site.PageAsync(path);
        Assert.DoesNotContain($"action=\"{path}\"", page, StringComparison.Ordinal);
        Assert.Contains("You are unsubscribed", page, StringComparison.Ordinal);
        Assert.Contains($"action=\"{path}/undo\"", page, StringComparison.Ordinal);
        Assert.Contains("type=\"radio\"", page, StringComparison.Ordinal);
        using var reply = await site.PostAsync(path + "/why", ("why", "too-many"));
        Assert.DoesNotContain("type=\"radio\"", await site.PageAsync(path), StringComparison.Ordinal);

        site.Time.Advance(Resubscribe.Window + TimeSpan.FromSeconds(1));
        page = await site.PageAsync(path);
        Assert.Contains("You are not subscribed", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<form", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_an_undo_another_tab_shows_no_goodbye()
    {
        await using var site = await WebFixture.StartAsync();
        var person = await site.SubscribedAsync();
        var path = WebFixture.Path(site.Get<ReaderLinks>().Unsubscribe(person.Id));
        using var left = await site.PostAsync(path, ("page", "1"));
        using var back = await site.PostAsync(path + "/undo", ("page", "1"));
        using var why = await site.PostAsync(path + "/why", ("why", "too-many"));
        var page = await why.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains("Leave the digest?", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Goodbye", page, StringComparison.Ordinal);
        Assert.Equal(SubscriberStatus.Active, await site.StatusAsync(person.Id));
    }

    /// <summary>The link to the undo is in a mail header, which providers pass on in their reports.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_undo_gives_no_further_link_and_looks_the_same_when_repeated(bool leaves)
    {
        await using var site = await WebFixture.StartAsync();
        var person = await site.SubscribedAsync();
        var path = WebFixture.Path(site.Get<ReaderLinks>().Unsubscribe(person.Id, person.Version));
        using var left = leaves ? await site.PostAsync(path, ("page", "1")) : null;
        for (var times = 0; times < 2; times++)
        {
            using var back = await site.PostAsync(path + "/undo", ("page", "1"));
            var page = await back.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.Contains("You are back", page, StringComparison.Ordinal);
            Assert.Contains("in every mail", page, StringComparison.Ordinal);
            Assert.DoesNotContain("/preferences/", page, StringComparison.Ordinal);
            Assert.Equal(SubscriberStatus.Active, await site.StatusAsync(person.Id));
        }
    }

    [Fact]
    public async Task A_new_sign_up_after_leaving_can_be_left_too()
    {
        await using var site = await WebFixture.StartAsync();
        var person = await site.SubscribedAsync();
        await site.Get<Unsubscribe>().ExecuteAsync(person.Id, TestContext.Current.CancellationToken);
        await site.Get<SignUp>().ExecuteAsync(new SignUpRequest("reader@example.com", "page"), TestContext.Current.CancellationToken);
        var path = WebFixture.Path(site.Get<ReaderLinks>().Unsubscribe(person.Id));
        Assert.Contains("Leave the digest?", await site.PageAsync(path), StringComparison.Ordinal);
        using var left = await site.PostAsync(path, ("page", "1"));
        Assert.Null((await site.FindAsync("reader@example.com")).SignUp);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_confirmation_link_with_nothing_to_confirm_shows_no_button(bool erased)
    {
        await using var site = await WebFixture.StartAsync();
        var person = await site.SubscribedAsync();
        await (erased
            ? site.Get<EraseSubscriber>().ExecuteAsync(person.Id, TestContext.Current.CancellationToken)
            : site.Get<Unsubscribe>().ExecuteAsync(person.Id, TestContext.Current.CancellationToken));
        using var shown = await site.Client.GetAsync(
            WebFixture.Path(site.Get<ReaderLinks>().Confirm(person.Id)), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, shown.StatusCode);
        Assert.DoesNotContain(
            "<button", await shown.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_welcome_and_the_preferences_say_when_the_next_digest_comes_and_where_to()
    {
        await using var site = await WebFixture.StartAsync();
        await site.Get<SignUp>().ExecuteAsync(
            new SignUpRequest("reader@example.com", "page", Zone: "America/New_York", Hour: 18), TestContext.Current.CancellationToken);
        var person = await site.FindAsync("reader@example.com");
        using var welcome = await site.PostAsync(WebFixture.Path(site.Get<ReaderLinks>().Confirm(person.Id)), ("page", "1"));
        Assert.Contains(
            "Monday, 2 March 2026 at 6:00 PM (\u2066America/New York\u2069)", await TextAsync(welcome), StringComparison.Ordinal);

        var path = WebFixture.Path(site.Get<ReaderLinks>().Preferences(person.Id));
        var page = WebUtility.HtmlDecode(await site.PageAsync(path));
        Assert.Contains("<bdi>r…@e…</bdi>", page, StringComparison.Ordinal);
        Assert.Contains("Monday, 2 March 2026 at 6:00 PM", page, StringComparison.Ordinal);

        // The new choice counts from the next digest on. This evening's comes as before.
        using var kept = await site.PostAsync(path, ("hour", "6"), ("rhythm", "weekly-friday"));
        Assert.Contains("Monday, 2 March 2026 at 6:00 PM", await TextAsync(kept), StringComparison.Ordinal);
        site.Time.Advance(TimeSpan.FromHours(24));
        Assert.Contains("Friday, 6 March 2026 at 6:00 AM", WebUtility.HtmlDecode(await site.PageAsync(path)), StringComparison.Ordinal);
        using var paused = await site.PostAsync(path + "/pause", ("until", "2026-03-14"));
        Assert.Contains("Friday, 20 March 2026 at 6:00 AM", await TextAsync(paused), StringComparison.Ordinal);
        Assert.Contains("ar", (await site.PageAsync(path + "?lang=ar"))[..40], StringComparison.Ordinal);

        static async Task<string> TextAsync(HttpResponseMessage answer) =>
            WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_preferences_page_shows_the_choices_and_stores_new_ones()
    {
        await using var site = await WebFixture.StartAsync();
        var person = await site.SubscribedAsync();
        var path = WebFixture.Path(site.Get<ReaderLinks>().Preferences(person.Id));
        Assert.Contains("<option value=\"Europe/Paris\" selected>", await site.PageAsync(path), StringComparison.Ordinal);
        using var kept = await site.PostAsync(
            path, ("hour", "18"), ("zone", "Asia/Tokyo"), ("rhythm", "weekly-friday"), ("language", "ar"));
        Assert.Contains("<html lang=\"ar\" dir=\"rtl\">", await kept.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
        var now = (await site.Get<SubscriberStore>().GetAsync(person.Id, TestContext.Current.CancellationToken))!.Subscriber;
        Assert.Equal(("weekly-friday_18_Asia.Tokyo", "ar"), (now.Cohort.Key, now.Language));
    }

    [Theory]
    [InlineData("hour", "24")]
    [InlineData("hour", "noon")]
    [InlineData("zone", "Mars/Olympus")]
    [InlineData("zone", "<script>alert(1)</script>")]
    [InlineData("rhythm", "hourly")]
    public async Task A_choice_that_does_not_exist_changes_nothing(string name, string value)
    {
        await using var site = await WebFixture.StartAsync();
        var person = await site.SubscribedAsync();
        using var response = await site.PostAsync(WebFixture.Path(site.Get<ReaderLinks>().Preferences(person.Id)), (name, value));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, response.StatusCode);
        Assert.DoesNotContain(
            "<script", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal(person.Version,
            (await site.Get<SubscriberStore>().GetAsync(person.Id, TestContext.Current.CancellationToken))!.Subscriber.Version);
    }

    [Theory]
    [InlineData("/confirm/")]
    [InlineData("/unsubscribe/")]
    [InlineData("/preferences/")]
    [InlineData("/address/")]
    public async Task Forged_truncated_expired_and_foreign_links_get_the_same_answer(string page)
    {
        await using var site = await WebFixture.StartAsync();
        var person = await site.SubscribedAsync();
        var links = site.Get<ReaderLinks>();
        var own = new[] { links.Confirm(person.Id), links.Unsubscribe(person.Id), links.Preferences(person.Id), links.NewAddress(
            person.Id, "0123456789abcdef") }
            .Select(url => url.Split('/')[^1]).ToList();
        var right = own[page[1] switch { 'c' => 0, 'u' => 1, 'p' => 2, _ => 3 }];
        site.Time.Advance(TimeSpan.FromDays(401));
        var foreign = new ReaderLinks(
            site.Get<Publication>(), new LinksOptions { Keys = Convert.ToBase64String(new byte[32]) },
                site.Time).Unsubscribe(person.Id).Split('/')[^1];
        string[] tokens = [right, right[..20], right[..^1] + (right[^1] == 'A' ? 'Q' : 'A'), right + "AA", foreign, "x", "..%2f..%2fetc",
            new string('A', 56), .. own];
        var answers = new HashSet<string>();
        foreach (var token in tokens)
        {
            foreach (var method in new[] { HttpMethod.Get, HttpMethod.Post })
            {
                using var response = await site.Client.SendAsync(
                    new HttpRequestMessage(method, page + token), TestContext.Current.CancellationToken);
                var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
                answers.Add($"{(int)response.StatusCode} {text}");
            }
        }

        Assert.StartsWith("404", Assert.Single(answers), StringComparison.Ordinal);
        Assert.Equal(SubscriberStatus.Active, await site.StatusAsync(person.Id));
    }

    [Fact]
    public async Task GET_and_HEAD_change_nothing_on_any_route()
    {
        await using var site = await WebFixture.StartAsync();
        await site.DigestAsync(new DateOnly(2026, 3, 2));
        var person = await site.SubscribedAsync();
        await site.Get<SignUp>().ExecuteAsync(new SignUpRequest("pending@example.com", "page"), CancellationToken.None);
        var pending = await site.FindAsync("pending@example.com");
        var links = site.Get<ReaderLinks>();
        await site.Get<AskNewAddress>().ExecuteAsync(person.Id, "new@example.org", CancellationToken.None);
        var moving = links.NewAddress(person.Id, site.Get<AddressHash>().Tag(WebFixture.Address("new@example.org")));
        var moved = await site.MovedAsync(await site.SubscribedAsync("mover@example.com"), "moved@example.com");
        var undo = links.UndoMove(moved.Id, site.Get<AddressHash>().Tag(WebFixture.Address("mover@example.com")));
        string[] paths =
        [
            "/", "/signup/again", "/digests", "/digests/2026-03-02", "/digests/2026-03-01", "/healthz", "/readyz", "/style.css",
            "/nothing", "/signup",
            "/desk/digests/2026-03-02", "/api/stories",
            .. new[] { links.Confirm(pending.Id), links.Confirm(person.Id), links.Unsubscribe(person.Id), links.Preferences(person.Id),
                links.Unsubscribe(person.Id) + "/undo", links.Preferences(person.Id) + "/link",
                links.Preferences(person.Id) + "/pause", links.Unsubscribe(person.Id) + "/why", moving, undo,
                links.Mailed(LinkPurpose.Data, moved.Id, moved.Version), links.Mailed(LinkPurpose.Data, moved.Id, moved.Version) + "/file",
                links.Mailed(LinkPurpose.Move, moved.Id, moved.Version), links.Mailed(LinkPurpose.Erase, moved.Id, moved.Version) }
                .Select(WebFixture.Path),
        ];
        site.Plan.Restart();
        for (var times = 0; times < 3; times++)
        {
            foreach (var path in paths)
            {
                foreach (var method in new[] { HttpMethod.Get, HttpMethod.Head })
                {
                    using var request = new HttpRequestMessage(method, path + "?page=1&List-Unsubscribe=One-Click");
                    request.Headers.Add("X-Api-Key", WebFixture.Key);
                    using var response = await site.Client.SendAsync(request, TestContext.Current.CancellationToken);
                    Assert.True((int)response.StatusCode < 500, path);
                }
            }
        }

        Assert.NotEmpty(site.Plan.Trace);
        Assert.DoesNotContain(site.Plan.Trace, call => call.Writes);
        Assert.Equal((SubscriberStatus.Active, SubscriberStatus.Pending),
            (await site.StatusAsync(person.Id), await site.StatusAsync(pending.Id)));
    }

    [Fact]
    public async Task No_address_and_no_token_is_logged()
    {
        await using var site = await WebFixture.StartAsync();
        var person = await site.SubscribedAsync();
        var path = WebFixture.Path(site.Get<ReaderLinks>().Unsubscribe(person.Id));
        using var posted = await site.SignUpAsync("secret.reader@example.com");
        site.Plan.Before = _ => throw new DailyDigest.Storage.StorageException("The disk is full.");
        using var broken = await site.PostAsync(path, ("page", "1"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, broken.StatusCode);
        Assert.Contains("Storage failed during a request below /unsubscribe", site.Logged, StringComparison.Ordinal);
        Assert.DoesNotContain("secret.reader", site.Logged, StringComparison.Ordinal);
        Assert.DoesNotContain(path[13..], site.Logged, StringComparison.Ordinal);
    }
}
