using System.Net;
using DailyDigest.Accounts;
using DailyDigest.Runs;
using DailyDigest.Subscribers;

namespace DailyDigest.Web.Tests.Desk;

/// <summary>The list of readers, the search, and the page of one.</summary>
public sealed class ReadersTests
{
    [Fact]
    public async Task Viewers_and_editors_see_no_data_of_readers()
    {
        await using var site = await WebFixture.StartAsync();
        var person = await site.SubscribedAsync();
        foreach (var role in (Role[])[Role.Viewer, Role.Editor])
        {
            using var client = await site.SignInAsync(role);
            Assert.DoesNotContain("/desk/readers", await client.PageAsync("/desk/digests"), StringComparison.Ordinal);
            foreach (var path in (string[])["/desk/readers", "/desk/readers/" + person.Id])
            {
                using var answer = await client.GetAsync(path);
                Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
                var body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
                Assert.DoesNotContain("reader@example.com", body, StringComparison.Ordinal);
            }

            using var found = await client.PostAsync("/desk/digests", "/desk/readers/find", ("reader", "reader@example.com"));
            using var data = await client.PostAsync("/desk/digests", $"/desk/readers/{person.Id}/data");
            using var all = await client.PostAsync("/desk/digests", "/desk/readers/export");
            Assert.Equal(
                [HttpStatusCode.Forbidden, HttpStatusCode.Forbidden, HttpStatusCode.Forbidden],
                [found.StatusCode, data.StatusCode, all.StatusCode]);
        }
    }

    [Theory]
    [InlineData("reader@example.com")]
    [InlineData(" Reader@Example.com ")]
    [InlineData("ID")]
    [InlineData("PREFIX")]
    public async Task A_reader_is_found_by_address_or_id(string typed)
    {
        await using var site = await WebFixture.StartAsync();
        var person = await site.SubscribedAsync();
        using var client = await site.SignInAsync(Role.Operator);
        typed = typed switch { "ID" => person.Id, "PREFIX" => person.Id[..8], _ => typed };

        using var found = await client.PostAsync("/desk/readers", "/desk/readers/find", ("reader", typed));

        Assert.Equal((HttpStatusCode.SeeOther, "/desk/readers/" + person.Id), (found.StatusCode, found.Headers.Location!.ToString()));
        Assert.Contains("reader@example.com", await client.PageAsync("/desk/readers/" + person.Id), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nobody@example.com", HttpStatusCode.NotFound, "No reader has this address")]
    [InlineData("ffffffffffff", HttpStatusCode.NotFound, "No reader has this address")]
    [InlineData("", HttpStatusCode.UnprocessableEntity, "neither an e-mail address")]
    [InlineData("<script>alert(1)</script>", HttpStatusCode.UnprocessableEntity, "neither an e-mail address")]
    public async Task A_search_without_a_result_says_so(string typed, HttpStatusCode status, string text)
    {
        await using var site = await WebFixture.StartAsync();
        await site.SubscribedAsync();
        using var client = await site.SignInAsync(Role.Operator);

        using var answer = await client.PostAsync("/desk/readers", "/desk/readers/find", ("reader", typed));

        var body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal(status, answer.StatusCode);
        Assert.Contains(text, body, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_search_tells_why_an_address_without_a_reader_is_suppressed()
    {
        await using var site = await WebFixture.StartAsync();
        var gone = WebFixture.Address("gone@example.com");
        await site.Get<SuppressAddress>().ExecuteAsync(gone, Suppression.Complained, CancellationToken.None);
        using var client = await site.SignInAsync(Role.Operator);

        using var answer = await client.PostAsync("/desk/readers", "/desk/readers/find", ("reader", "gone@example.com"));

        var body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains("its reader complained", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_list_shows_each_reader_of_the_status_once()
    {
        await using var site = await WebFixture.StartAsync();
        var ids = new List<string>();
        for (var number = 0; number < 60; number++)
        {
            ids.Add((await site.SubscribedAsync($"reader{number}@example.com")).Id);
        }

        await site.Get<Unsubscribe>().ExecuteAsync(ids[0], CancellationToken.None);
        using var client = await site.SignInAsync(Role.Operator);
        var listed = new List<string>();
        for (string? path = "/desk/readers?status=active"; path is not null;)
        {
            var page = await client.PageAsync(path);
            listed.AddRange(Links(page, "/desk/readers/([0-9a-f]{32})\""));
            path = Links(page, "rel=\"next\" href=\"([^\"]+)\"").SingleOrDefault();
        }

        Assert.Equal(ids.Skip(1).Order(StringComparer.Ordinal), listed);
        Assert.Equal([ids[0]], Links(await client.PageAsync("/desk/readers?status=unsubscribed"), "/desk/readers/([0-9a-f]{32})\""));
    }

    [Fact]
    public async Task A_page_of_a_rare_status_reads_a_bounded_number_of_rows()
    {
        await using var site = await WebFixture.StartAsync();
        var (person, store) = (await site.SubscribedAsync(), site.Get<SubscriberStore>());
        for (var number = 0; number < 2_100; number++)
        {
            await store.InsertAsync(person with { Id = SubscriberStore.NewId() }, CancellationToken.None);
        }

        var list = site.Get<PageSubscribers>();
        var first = await list.ExecuteAsync(SubscriberStatus.Complained, null, 50, CancellationToken.None);
        var second = await list.ExecuteAsync(SubscriberStatus.Complained, first.Next, 50, CancellationToken.None);

        Assert.Empty(first.Readers);
        Assert.NotNull(first.Next);
        Assert.Null(second.Next);
        using var client = await site.SignInAsync(Role.Operator);
        Assert.Contains("Look further.", await client.PageAsync("/desk/readers?status=complained"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/desk/readers?after=zz")]
    [InlineData("/desk/readers?after=../../x&status=erased")]
    [InlineData("/desk/readers?after=%00&status=%3Cscript%3E")]
    [InlineData("/desk/readers?after=a&after=b&status=7")]
    [InlineData("/desk/readers?after=FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF")]
    public async Task A_forged_cursor_shows_the_first_page(string path)
    {
        await using var site = await WebFixture.StartAsync();
        await site.SubscribedAsync();
        using var client = await site.SignInAsync(Role.Operator);
        using var answer = await client.GetAsync(path);
        var body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("reader@example.com", body, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("..%2f..%2fx")]
    [InlineData("ffffffffffffffffffffffffffffffff")]
    [InlineData("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF")]
    public async Task A_forged_id_is_not_found(string id)
    {
        await using var site = await WebFixture.StartAsync();
        using var client = await site.SignInAsync(Role.Operator);
        using var shown = await client.GetAsync("/desk/readers/" + id);
        using var acted = await client.PostAsync("/desk/readers", $"/desk/readers/{id}/leave", ("version", "1"));
        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (shown.StatusCode, acted.StatusCode));
    }

    [Fact]
    public async Task The_page_of_a_reader_has_consent_deliveries_and_replies()
    {
        await using var site = await WebFixture.StartAsync();
        var person = await site.SubscribedAsync();
        await site.DeliveredAsync(person, new DateOnly(2026, 3, 1), DeliveryState.Sent, "250 queued as 42");
        await site.DeliveredAsync(person, new DateOnly(2026, 2, 28), DeliveryState.Rejected, "550 no such user", "no such mailbox");
        using var client = await site.SignInAsync(Role.Operator);

        var page = await client.PageAsync("/desk/readers/" + person.Id);

        foreach (var text in (string[])
        [
            "250 queued as 42", "550 no such user", "no such mailbox", ">Sent<", ">Refused<", "Confirmation", SignUp.Wording,
        ])
        {
            Assert.Contains(text, page, StringComparison.Ordinal);
        }

        Assert.Contains("تأكيد", await client.PageAsync($"/desk/readers/{person.Id}?lang=ar"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_of_readers_and_relays_is_never_markup()
    {
        await using var site = await WebFixture.StartAsync();
        var person = await site.HostileReaderAsync();
        using var client = await site.SignInAsync(Role.Operator);
        foreach (var path in (string[])["/desk/readers", "/desk/readers/" + person.Id, "/desk/audit"])
        {
            using var answer = await client.GetAsync(path);
            var body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.DoesNotContain("<img src=x", body, StringComparison.Ordinal);
            Assert.DoesNotContain("o'hara&co", body, StringComparison.Ordinal);
        }

        // It is shown, as text.
        Assert.Contains("550 " + WebFixture.Markup, await client.PageAsync("/desk/readers/" + person.Id), StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_address_of_a_reader_is_in_a_URL_or_a_log()
    {
        await using var site = await WebFixture.StartAsync();
        var person = await site.SubscribedAsync("secret.reader@example.com");
        using var client = await site.SignInAsync(Role.Operator);
        var path = "/desk/readers/" + person.Id;
        var pages = new List<string> { await client.PageAsync("/desk/readers"), await client.PageAsync(path) };
        foreach (var (act, fields) in ((string, (string, string)[])[])[
            ("find", [("reader", "secret.reader@example.com")]), (person.Id + "/erase", [("address", "wrong.reader@example.com")]),
            (person.Id + "/data", []), ("suppress", [("address", "secret.reader@example.com"), ("reason", "blocked")]), ("export", [])])
        {
            using var answer = await client.PostAsync(
                "/desk/readers", "/desk/readers/" + act, [("version", await site.VersionAsync(person.Id)), .. fields]);
            Assert.DoesNotContain("secret", answer.Headers.ToString() + answer.Content.Headers, StringComparison.Ordinal);
            pages.Add(await client.PageAsync("/desk/audit"));
        }

        Assert.All(pages, page => Assert.Empty(Links(page, "(?:href|action|src)=\"([^\"]*secret[^\"]*)\"")));
        Assert.DoesNotContain("secret.reader", pages[^1], StringComparison.Ordinal);
        Assert.DoesNotContain("secret.reader", site.Logged, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong.reader", site.Logged, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Links(string page, string pattern) =>
        System.Text.RegularExpressions.Regex.Matches(page, pattern).Select(match => match.Groups[1].Value);
}
