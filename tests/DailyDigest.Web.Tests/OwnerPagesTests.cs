using System.Net;
using System.Text.Json;
using DailyDigest.Subscribers;

namespace DailyDigest.Web.Tests;

/// <summary>The pages behind links that were mailed to the owner of an address: data, new address, erasure, taking a move back.</summary>
public sealed class OwnerPagesTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("not an address")]
    [InlineData("\"><script>alert(1)</script>@example.com")]
    [InlineData("a@example.com\r\nBcc: b@example.com")]
    public async Task A_new_address_that_is_none_stays_in_its_field_and_changes_nothing(string typed)
    {
        await using var site = await WebFixture.StartAsync();
        var person = await site.SubscribedAsync();
        using var response = await site.PostAsync(site.Mailed(LinkPurpose.Move, person), ("address", typed));
        var page = await TextAsync(response);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, response.StatusCode);
        Assert.Contains("role=\"alert\" id=\"address-fault\">That does not look like", page, StringComparison.Ordinal);
        Assert.Contains("aria-invalid=\"true\" aria-describedby=\"address-fault address-hint\"", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.Equivalent(person, await PersonAsync(site, person.Id));
        if (!typed.Contains('\n', StringComparison.Ordinal))
        {
            Assert.Contains($"value=\"{typed}\"", WebUtility.HtmlDecode(page), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(LinkPurpose.Data)]
    [InlineData(LinkPurpose.Move)]
    [InlineData(LinkPurpose.Erase)]
    public async Task A_mailed_link_opens_its_page_for_thirty_minutes(LinkPurpose purpose)
    {
        await using var site = await WebFixture.StartAsync();
        var path = site.Mailed(purpose, await site.SubscribedAsync());
        site.Time.Advance(TimeSpan.FromMinutes(29));
        using var open = await site.Client.GetAsync(path, Cancellation);
        Assert.Equal(HttpStatusCode.OK, open.StatusCode);
        site.Time.Advance(TimeSpan.FromMinutes(2));
        using var late = await site.Client.GetAsync(path, Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, late.StatusCode);
    }

    [Theory]
    [InlineData("en")]
    [InlineData("ar")]
    public async Task The_former_address_takes_a_move_back_by_a_button(string language)
    {
        await using var site = await WebFixture.StartAsync();
        var before = await site.SubscribedAsync();
        var moved = await site.MovedAsync(before, "thief@example.org");
        var path = UndoPath(site, moved, "reader@example.com");
        var page = await site.PageAsync(path + "?lang=" + language);
        Assert.Contains($"action=\"{path}?lang={language}\"", page, StringComparison.Ordinal);
        Assert.Contains("href=\"/unsubscribe/", page, StringComparison.Ordinal);
        Assert.DoesNotContain("thief", page, StringComparison.Ordinal);
        Assert.Equal("thief@example.org", (await PersonAsync(site, moved.Id))!.Address);

        using var back = await site.PostAsync(path, ("page", "1"), ("lang", language));
        var done = await TextAsync(back);
        var after = (await PersonAsync(site, moved.Id))!;
        Assert.Equal((HttpStatusCode.OK, "reader@example.com"), (back.StatusCode, after.Address));
        Assert.Equal(("undo page", language), (after.Confirmation!.Source, after.Confirmation.Language));
        Assert.Contains("href=\"/preferences/", done, StringComparison.Ordinal);
        Assert.DoesNotContain("<button", await site.PageAsync(path), StringComparison.Ordinal);

        // Links of the address that was left are those of a former address.
        using var thief = await site.Client.GetAsync(
            WebFixture.Path(site.Get<ReaderLinks>().Preferences(moved.Id, moved.Version)), Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, thief.StatusCode);
        using var again = await site.PostAsync(UndoPath(site, after, "thief@example.org"), ("page", "1"));
        Assert.Equal(HttpStatusCode.Conflict, again.StatusCode);
        Assert.Equal("reader@example.com", (await PersonAsync(site, moved.Id))!.Address);
    }

    [Theory]
    [InlineData(13, HttpStatusCode.OK)]
    [InlineData(14, HttpStatusCode.Conflict)]
    [InlineData(399, HttpStatusCode.Conflict)]
    public async Task A_late_undo_offers_to_end_the_subscription(int days, HttpStatusCode expected)
    {
        await using var site = await WebFixture.StartAsync();
        var moved = await site.MovedAsync(await site.SubscribedAsync(), "new@example.org");
        var path = UndoPath(site, moved, "reader@example.com");
        site.Time.Advance(TimeSpan.FromDays(days));
        using var shown = await site.Client.GetAsync(path, Cancellation);
        var page = await TextAsync(shown);
        Assert.Equal(expected, shown.StatusCode);
        Assert.Equal(expected == HttpStatusCode.OK, page.Contains("<button", StringComparison.Ordinal));
        Assert.Contains("href=\"/unsubscribe/", page, StringComparison.Ordinal);
        using var pressed = await site.PostAsync(path, ("page", "1"));
        Assert.Equal(expected, pressed.StatusCode);
    }

    [Fact]
    public async Task An_undo_changes_nothing_once_somebody_has_the_address()
    {
        await using var site = await WebFixture.StartAsync();
        var moved = await site.MovedAsync(await site.SubscribedAsync(), "new@example.org");
        var second = await site.SubscribedAsync();
        using var pressed = await site.PostAsync(UndoPath(site, moved, "reader@example.com"), ("page", "1"));
        Assert.Equal(HttpStatusCode.Conflict, pressed.StatusCode);
        Assert.Equal("new@example.org", (await PersonAsync(site, moved.Id))!.Address);
        Assert.Equal(second.Id, (await site.FindAsync("reader@example.com")).Id);
    }

    [Fact]
    public async Task The_answer_to_every_new_address_is_the_same_in_bytes()
    {
        var answers = new HashSet<string>();
        foreach (var kind in new[] { "new", "pending", "active", "former", "blocked", "erased" })
        {
            await using var site = await WebFixture.StartAsync();
            var person = await site.SubscribedAsync();
            var path = site.Mailed(LinkPurpose.Move, person);
            var address = kind + "@example.com";
            if (kind == "pending")
            {
                await site.Get<SignUp>().ExecuteAsync(new SignUpRequest(address, "page"), Cancellation);
            }
            else if (kind is "active" or "former" or "erased")
            {
                var other = await site.SubscribedAsync(address);
                await (kind == "former" ? site.Get<Unsubscribe>().ExecuteAsync(other.Id, Cancellation) : Task.CompletedTask);
                await (kind == "erased" ? site.Get<EraseSubscriber>().ExecuteAsync(other.Id, Cancellation) : Task.CompletedTask);
            }
            else if (kind == "blocked")
            {
                await site.Get<SuppressAddress>().ExecuteAsync(WebFixture.Address(address), Suppression.Blocked, Cancellation);
            }

            using var response = await site.PostAsync(path, ("address", address));
            var text = (await TextAsync(response)).Replace(path, "/move/TOKEN", StringComparison.Ordinal)
                .Replace(address, "ADDRESS", StringComparison.Ordinal);
            answers.Add($"{(int)response.StatusCode} {text}");
        }

        Assert.Contains("a mail with a link is on its way", Assert.Single(answers), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_button_confirms_a_new_address_and_links_to_the_old_one_die()
    {
        await using var site = await WebFixture.StartAsync();
        var person = await site.SubscribedAsync();
        var path = site.Mailed(LinkPurpose.Move, person);
        using var asked = await site.PostAsync(path, ("address", "new@example.org"));
        var link = MoveTo(site, person, "new@example.org");
        Assert.Contains($"action=\"{link}\"", await site.PageAsync(link), StringComparison.Ordinal);
        Assert.Equal("reader@example.com", (await PersonAsync(site, person.Id))!.Address);
        using var moved = await site.PostAsync(link, ("page", "1"), ("lang", "ar"));
        Assert.Contains("dir=\"rtl\"", await TextAsync(moved), StringComparison.Ordinal);
        var after = (await PersonAsync(site, person.Id))!;
        Assert.Equal(("new@example.org", "new address page", "ar"),
            (after.Address, after.Confirmation!.Source, after.Confirmation.Language));
        Assert.Equal(16, after.Confirmation.NetworkHash!.Length);
        using var former = await site.Client.GetAsync(path, Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, former.StatusCode);

        // A link of another address, and a link that is two days old.
        using var other = await site.PostAsync(WebFixture.Path(site.Get<ReaderLinks>().NewAddress(person.Id, "0011223344556677")));
        Assert.Equal(HttpStatusCode.NotFound, other.StatusCode);
        site.Time.Advance(TimeSpan.FromHours(49));
        using var late = await site.PostAsync(link);
        Assert.Equal(HttpStatusCode.NotFound, late.StatusCode);
    }

    [Theory]
    [InlineData("another asked for")]
    [InlineData("left")]
    [InlineData("erased")]
    public async Task A_used_link_to_a_new_address_looks_like_every_dead_link(string since)
    {
        await using var site = await WebFixture.StartAsync();
        var person = await site.SubscribedAsync();
        var path = site.Mailed(LinkPurpose.Move, person);
        using var asked = await site.PostAsync(path, ("address", "new@example.org"));
        var link = MoveTo(site, person, "new@example.org");
        Assert.Contains($"action=\"{link}\"", await site.PageAsync(link), StringComparison.Ordinal);
        using var done = since switch
        {
            "left" => await site.PostAsync(WebFixture.Path(site.Get<ReaderLinks>().Unsubscribe(person.Id)), ("page", "1")),
            "erased" => await site.PostAsync(site.Mailed(LinkPurpose.Erase, person), ("page", "1")),
            _ => await site.PostAsync(path, ("address", "newer@example.org")),
        };

        var dead = await site.PageAsync("/address/x");
        using var spent = await site.Client.GetAsync(link, Cancellation);
        Assert.Equal((HttpStatusCode.NotFound, dead), (spent.StatusCode, await TextAsync(spent)));
        using var pressed = await site.PostAsync(link, ("page", "1"));
        Assert.Equal(HttpStatusCode.NotFound, pressed.StatusCode);

        // The newest link works. Later it shows that it is done.
        if (since == "another asked for")
        {
            var newest = MoveTo(site, person, "newer@example.org");
            Assert.Contains($"action=\"{newest}\"", await site.PageAsync(newest), StringComparison.Ordinal);
            using var moved = await site.PostAsync(newest, ("page", "1"));
            Assert.Contains("Done, your address is changed", await site.PageAsync(newest), StringComparison.Ordinal);
            Assert.Equal(dead, await site.PageAsync(link));
        }
    }

    [Theory]
    [InlineData("reader@bücher.example", "reader@xn--bcher-kva.example", "<bdi>reader@bücher.example</bdi>")]
    [InlineData("reader@مثال.إختبار", "reader@xn--mgbh0fb.xn--kgbechtv", "<bdi>reader@مثال.إختبار</bdi>")]
    public async Task An_international_address_is_shown_as_typed_and_stored_for_sending(
        string typed, string kept, string shown)
    {
        await using var site = await WebFixture.StartAsync();
        var person = await site.SubscribedAsync(typed);
        Assert.Equal(kept, person.Address);
        var page = WebUtility.HtmlDecode(await site.PageAsync(site.Mailed(LinkPurpose.Move, person)));
        Assert.Contains(shown, page, StringComparison.Ordinal);
        Assert.DoesNotContain("xn--", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stored_data_is_an_uncached_file_also_after_leaving()
    {
        await using var site = await WebFixture.StartAsync();
        using var signedUp = await site.SignUpAsync("reader@example.com");
        var person = await site.FindAsync("reader@example.com");
        using var confirmed = await site.PostAsync(
            WebFixture.Path(site.Get<ReaderLinks>().Confirm(person.Id)), ("page", "1"), ("lang", "en"));
        var path = site.Mailed(LinkPurpose.Data, person);
        await site.Get<Unsubscribe>().ExecuteAsync(person.Id, Cancellation);
        Assert.Contains($"href=\"{path}/file\" download", await site.PageAsync(path), StringComparison.Ordinal);

        using var response = await site.Client.GetAsync(path + "/file", Cancellation);
        Assert.Equal("no-store", response.Headers.CacheControl!.ToString());
        Assert.Equal("attachment", response.Content.Headers.ContentDisposition!.DispositionType);
        var text = await TextAsync(response);
        Assert.Contains("\n  \"address\": \"reader@example.com\"", text, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(text);
        Assert.Equal("reader@example.com", json.RootElement.GetProperty("address").GetString());
        var consents = json.RootElement.GetProperty("consents").EnumerateArray().ToList();
        Assert.Equal(["page", "confirm page"], consents.Select(consent => consent.GetProperty("where").GetString()));
        Assert.All(consents, consent => Assert.Equal(
            (SignUp.Wording, "en", 16),
            (consent.GetProperty("wording").GetString(), consent.GetProperty("language").GetString(),
                consent.GetProperty("network").GetString()!.Length)));
        Assert.Single(json.RootElement.GetProperty("notices").EnumerateArray());
    }

    [Fact]
    public async Task The_button_erases_everything_and_a_second_press_changes_nothing()
    {
        await using var site = await WebFixture.StartAsync();
        var person = await site.SubscribedAsync();
        var path = site.Mailed(LinkPurpose.Erase, person);
        Assert.Contains($"action=\"{path}\"", await site.PageAsync(path), StringComparison.Ordinal);
        Assert.Equal(SubscriberStatus.Active, await site.StatusAsync(person.Id));
        for (var times = 0; times < 2; times++)
        {
            using var erased = await site.PostAsync(path, ("page", "1"));
            Assert.Contains("Your data is erased", await TextAsync(erased), StringComparison.Ordinal);
            Assert.Null(await site.StatusAsync(person.Id));
        }

        Assert.Equal((null, Suppression.Erased), await site.Get<FindSubscriber>().ExecuteAsync(
            WebFixture.Address("reader@example.com"), Cancellation));
        using var undo = await site.PostAsync(WebFixture.Path(site.Get<ReaderLinks>().Unsubscribe(person.Id)) + "/undo", ("page", "1"));
        foreach (var page in new[] { "", "/file" })
        {
            using var data = await site.Client.GetAsync(site.Mailed(LinkPurpose.Data, person) + page, Cancellation);
            Assert.Equal(HttpStatusCode.NotFound, data.StatusCode);
        }

        Assert.Null(await site.StatusAsync(person.Id));
    }

    private static string UndoPath(WebFixture site, Subscriber person, string former) =>
        WebFixture.Path(site.Get<ReaderLinks>().UndoMove(person.Id, site.Get<AddressHash>().Tag(WebFixture.Address(former))));

    private static string MoveTo(WebFixture site, Subscriber person, string address) =>
        WebFixture.Path(site.Get<ReaderLinks>().NewAddress(person.Id, site.Get<AddressHash>().Tag(WebFixture.Address(address))));

    private static async Task<Subscriber?> PersonAsync(WebFixture site, string id) =>
        (await site.Get<SubscriberStore>().GetAsync(id, Cancellation))?.Subscriber;

    private static Task<string> TextAsync(HttpResponseMessage response) => response.Content.ReadAsStringAsync(Cancellation);
}
