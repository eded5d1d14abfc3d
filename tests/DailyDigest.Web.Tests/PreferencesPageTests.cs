using System.Net;
using System.Text.Json;
using DailyDigest.Calendar;
using DailyDigest.Runs;
using DailyDigest.Subscribers;

namespace DailyDigest.Web.Tests;

/// <summary>The preferences page and its actions. It is 2 March 2026, 11:00 in Paris.</summary>
public sealed class PreferencesPageTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sections_are_boxes_in_a_named_group_and_unticking_all_means_everything()
    {
        await using var site = await StartAsync();
        var (person, path) = await ReaderAsync(site);
        var page = await site.PageAsync(path);
        Assert.Contains("<legend>Sections</legend>", page, StringComparison.Ordinal);
        Assert.Contains("name=\"section\" value=\"Food &amp; Drink\"", page, StringComparison.Ordinal);
        Assert.DoesNotContain(" checked", page, StringComparison.Ordinal);

        using var some = await site.PostAsync(path, ("sections", "1"), ("section", "Food & Drink"), ("section", "Harbour"));
        Assert.Equal(2, Count(await TextAsync(some), " checked"));
        Assert.Equal(["Harbour", "Food & Drink"], (await PersonAsync(site, person.Id))!.Sections);
        using var without = await site.PostAsync(path, ("hour", "9"));
        Assert.Equal(2, (await PersonAsync(site, person.Id))!.Sections.Count);
        using var none = await site.PostAsync(path, ("sections", "1"));
        Assert.Empty((await PersonAsync(site, person.Id))!.Sections);
        using var unknown = await site.PostAsync(path, ("sections", "1"), ("section", "<script>alert(1)</script>"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, unknown.StatusCode);
        Assert.DoesNotContain("<script", await TextAsync(unknown), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_publication_without_sections_asks_for_none()
    {
        await using var site = await WebFixture.StartAsync();
        var (_, path) = await ReaderAsync(site);
        Assert.DoesNotContain("name=\"section", await site.PageAsync(path), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pause_is_shown_with_its_end_and_a_button_that_ends_it()
    {
        await using var site = await StartAsync();
        var (person, path) = await ReaderAsync(site);
        Assert.DoesNotContain("/resume", await site.PageAsync(path), StringComparison.Ordinal);
        using var paused = await site.PostAsync(path + "/pause", ("until", "2026-03-09"));
        var page = await TextAsync(paused);
        Assert.Contains("no digest before Monday, 9 March 2026", page, StringComparison.Ordinal);
        Assert.Contains($"action=\"{path}/resume\"", page, StringComparison.Ordinal);
        Assert.Equal(new DateOnly(2026, 3, 9), (await PersonAsync(site, person.Id))!.PausedUntil);
        using var resumed = await site.PostAsync(path + "/resume");
        Assert.DoesNotContain("no digest before Monday", await TextAsync(resumed), StringComparison.Ordinal);
        Assert.Contains("The pause is over", await TextAsync(resumed), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("daily", "Tuesday, 10 March 2026 at 07:00")]
    [InlineData("weekly-monday", "Monday, 16 March 2026 at 07:00")]
    public async Task A_pause_is_shown_only_while_ending_it_would_change_something(string rhythm, string next)
    {
        await using var site = await StartAsync();
        var (person, path) = await ReaderAsync(site);
        await site.Get<ChangePreferences>().ExecuteAsync(person.Id, new Preferences(null, 7, rhythm, null), Cancellation);
        site.Time.Advance(TimeSpan.FromDays(7));
        await BeginTodaysRunAsync(site, person.Id);
        using var paused = await site.PostAsync(path + "/pause", ("until", "2026-03-20"));
        Assert.Contains("/resume", await TextAsync(paused), StringComparison.Ordinal);

        // Today's run has begun, so ending the pause would change nothing.
        using var resumed = await site.PostAsync(path + "/resume");
        Assert.Contains("The pause is over", await TextAsync(resumed), StringComparison.Ordinal);
        Assert.Equal(new DateOnly(2026, 3, 10), (await PersonAsync(site, person.Id))!.PausedUntil);
        var leave = WebFixture.Path(site.Get<ReaderLinks>().Unsubscribe(person.Id));
        using var left = await site.PostAsync(leave, ("page", "1"));
        using var back = await site.PostAsync(leave + "/undo", ("page", "1"));
        using var tomorrow = await site.PostAsync(path + "/pause", ("until", "2026-03-10"));
        foreach (var page in new[] { await TextAsync(resumed), await site.PageAsync(path), await TextAsync(tomorrow) })
        {
            Assert.DoesNotContain("Paused", page, StringComparison.Ordinal);
            Assert.DoesNotContain("/resume", page, StringComparison.Ordinal);
            Assert.Contains(next, page, StringComparison.Ordinal);
        }

        // The same pause again is confirmed.
        Assert.Contains("role=\"status\">Kept.", await TextAsync(tomorrow), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pause", "until", "2026-03-02", "from tomorrow on")]
    [InlineData("pause", "until", "2027-03-03", "more than a year away")]
    [InlineData("pause", "until", "soon", "That is not a date")]
    [InlineData("pause", "until", "\"><script>alert(1)</script>", "That is not a date")]
    [InlineData("pause", "until", "2026-03-09\r\nSet-Cookie: a=b", "That is not a date")]
    [InlineData("address", "address", "not an address", "does not look like")]
    [InlineData("address", "address", "\"><script>alert(1)</script>@example.com", "does not look like")]
    [InlineData("address", "address", "a@example.com\r\nBcc: b@example.com", "does not look like")]
    public async Task An_impossible_value_is_shown_at_its_field_and_changes_nothing(
        string form, string field, string value, string expected)
    {
        await using var site = await StartAsync();
        var (person, path) = await ReaderAsync(site);
        using var response = await site.PostAsync($"{path}/{form}", (field, value));
        var page = await TextAsync(response);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, response.StatusCode);
        Assert.Contains(expected, page, StringComparison.Ordinal);
        Assert.Contains($"role=\"alert\" id=\"{field}-fault\"", page, StringComparison.Ordinal);
        Assert.Contains($"aria-invalid=\"true\" aria-describedby=\"{field}-fault {field}-hint\"", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.False(response.Headers.Contains("Set-Cookie"));
        Assert.Equivalent(person, await PersonAsync(site, person.Id));
    }

    [Theory]
    [InlineData("en", "please try again tomorrow")]
    [InlineData("ar", "حاول مرة أخرى غدًا")]
    public async Task Too_many_changes_of_the_hour_are_refused_with_a_message(string language, string expected)
    {
        await using var site = await StartAsync();
        var (person, path) = await ReaderAsync(site);
        for (var hour = 8; hour < 8 + ChangePreferences.MaxPerDay; hour++)
        {
            using var kept = await site.PostAsync(path, ("hour", $"{hour}"));
            Assert.Equal(HttpStatusCode.OK, kept.StatusCode);
        }

        var before = await PersonAsync(site, person.Id);
        using var refused = await site.PostAsync(
            $"{path}?lang={language}", ("hour", "3"), ("language", "ar"), ("sections", "1"), ("section", "Sport"));
        var page = WebUtility.HtmlDecode(await TextAsync(refused));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        Assert.Contains(expected, page, StringComparison.Ordinal);
        Assert.Equal(1, Count(page, "role=\"alert\""));
        Assert.Contains("<option value=\"17\" selected>", page, StringComparison.Ordinal);
        Assert.Equivalent(before, await PersonAsync(site, person.Id));

        // The same form with the unchanged hour.
        using var sections = await site.PostAsync(path, ("hour", "17"), ("language", "ar"), ("sections", "1"), ("section", "Sport"));
        Assert.Equal(HttpStatusCode.OK, sections.StatusCode);
        Assert.Equal(("ar", 17), ((await PersonAsync(site, person.Id))!.Language, (await PersonAsync(site, person.Id))!.Hour));
    }

    [Fact]
    public async Task The_answer_to_every_new_address_is_the_same_in_bytes()
    {
        var answers = new HashSet<string>();
        foreach (var kind in new[] { "new", "own", "pending", "active", "former", "blocked", "erased" })
        {
            await using var site = await StartAsync();
            var (person, path) = await ReaderAsync(site);
            var address = kind == "own" ? "reader@example.com" : kind + "@example.com";
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

            using var response = await site.PostAsync(path + "/address", ("address", address));
            var text = (await TextAsync(response)).Replace(path, "/preferences/TOKEN", StringComparison.Ordinal)
                .Replace(WebFixture.Path(site.Get<ReaderLinks>().Unsubscribe(person.Id, person.Version)), "/unsubscribe/TOKEN",
                    StringComparison.Ordinal);
            answers.Add($"{(int)response.StatusCode} {text}");
        }

        Assert.Contains("a mail with a link is on its way", Assert.Single(answers), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_button_confirms_a_new_address_and_links_to_the_old_one_die()
    {
        await using var site = await StartAsync();
        var (person, path) = await ReaderAsync(site);
        using var asked = await site.PostAsync(path + "/address", ("address", "new@example.org"));
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
        await using var site = await StartAsync();
        var (person, path) = await ReaderAsync(site);
        using var asked = await site.PostAsync(path + "/address", ("address", "new@example.org"));
        var link = MoveTo(site, person, "new@example.org");
        Assert.Contains($"action=\"{link}\"", await site.PageAsync(link), StringComparison.Ordinal);
        using var done = since switch
        {
            "left" => await site.PostAsync(WebFixture.Path(site.Get<ReaderLinks>().Unsubscribe(person.Id)), ("page", "1")),
            "erased" => await site.PostAsync(path + "/erase", ("page", "1")),
            _ => await site.PostAsync(path + "/address", ("address", "newer@example.org")),
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
            Assert.Contains("Done, it goes there now", await site.PageAsync(newest), StringComparison.Ordinal);
            Assert.Equal(dead, await site.PageAsync(link));
        }
    }

    [Theory]
    [InlineData("reader@bücher.example", "reader@xn--bcher-kva.example", "<bdi>reader@bücher.example</bdi>")]
    [InlineData("reader@مثال.إختبار", "reader@xn--mgbh0fb.xn--kgbechtv", "<bdi>reader@مثال.إختبار</bdi>")]
    public async Task An_international_address_is_shown_as_typed_and_stored_for_sending(
        string typed, string kept, string shown)
    {
        await using var site = await StartAsync();
        var person = await site.SubscribedAsync(typed);
        Assert.Equal(kept, person.Address);
        var page = WebUtility.HtmlDecode(await site.PageAsync(WebFixture.Path(site.Get<ReaderLinks>().Preferences(person.Id))));
        Assert.Contains(shown, page, StringComparison.Ordinal);
        Assert.DoesNotContain("xn--", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stored_data_is_an_uncached_file_also_after_leaving()
    {
        await using var site = await StartAsync();
        using var signedUp = await site.SignUpAsync("reader@example.com");
        var person = await site.FindAsync("reader@example.com");
        using var confirmed = await site.PostAsync(
            WebFixture.Path(site.Get<ReaderLinks>().Confirm(person.Id)), ("page", "1"), ("lang", "en"));
        var path = WebFixture.Path(site.Get<ReaderLinks>().Preferences(person.Id));
        await site.Get<Unsubscribe>().ExecuteAsync(person.Id, Cancellation);
        Assert.Contains($"{path}/data", await site.PageAsync(path), StringComparison.Ordinal);

        using var response = await site.Client.GetAsync(path + "/data", Cancellation);
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
        await using var site = await StartAsync();
        var (person, path) = await ReaderAsync(site);
        Assert.Contains($"action=\"{path}/erase\"", await site.PageAsync(path + "/erase"), StringComparison.Ordinal);
        Assert.Equal(SubscriberStatus.Active, await site.StatusAsync(person.Id));
        for (var times = 0; times < 2; times++)
        {
            using var erased = await site.PostAsync(path + "/erase", ("page", "1"));
            Assert.Contains("You are forgotten", await TextAsync(erased), StringComparison.Ordinal);
            Assert.Null(await site.StatusAsync(person.Id));
        }

        Assert.Equal((null, Suppression.Erased), await site.Get<FindSubscriber>().ExecuteAsync(
            WebFixture.Address("reader@example.com"), Cancellation));
        using var undo = await site.PostAsync(WebFixture.Path(site.Get<ReaderLinks>().Unsubscribe(person.Id)) + "/undo", ("page", "1"));
        using var data = await site.Client.GetAsync(path + "/data", Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, data.StatusCode);
        Assert.Null(await site.StatusAsync(person.Id));
    }

    [Fact]
    public async Task Leaving_asks_one_question_and_stores_only_offered_answers()
    {
        await using var site = await StartAsync();
        var (person, _) = await ReaderAsync(site);
        var path = WebFixture.Path(site.Get<ReaderLinks>().Unsubscribe(person.Id));
        using var left = await site.PostAsync(path, ("page", "1"));
        var page = await TextAsync(left);
        Assert.Equal(LeavingReasons.All.Count, Count(page, "type=\"radio\""));
        using var odd = await site.PostAsync(path + "/why", ("why", "<script>alert(1)</script>"));
        Assert.DoesNotContain("<script", await TextAsync(odd), StringComparison.Ordinal);
        Assert.Null((await PersonAsync(site, person.Id))!.LeftFor);
        using var reply = await site.PostAsync(path + "/why", ("why", "too-many"));
        Assert.Contains("Thank you.", await TextAsync(reply), StringComparison.Ordinal);
        Assert.Contains($"action=\"{path}/undo\"", await TextAsync(reply), StringComparison.Ordinal);
        Assert.Equal("too-many", (await PersonAsync(site, person.Id))!.LeftFor);
    }

    [Fact]
    public async Task The_welcome_page_shows_the_latest_digest()
    {
        await using var site = await StartAsync();
        await site.DigestAsync(new DateOnly(2026, 3, 2));
        await site.Get<SignUp>().ExecuteAsync(new SignUpRequest("reader@example.com", "page"), Cancellation);
        var person = await site.FindAsync("reader@example.com");
        using var confirmed = await site.PostAsync(WebFixture.Path(site.Get<ReaderLinks>().Confirm(person.Id)), ("page", "1"));
        var page = await TextAsync(confirmed);
        Assert.Contains("Tide gauges tell", page, StringComparison.Ordinal);
        Assert.Contains("href=\"/digests/2026-03-02\"", page, StringComparison.Ordinal);
        Assert.Contains("/preferences/", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Large_bodies_and_wrong_tokens_change_nothing_on_any_form()
    {
        await using var site = await StartAsync();
        var (person, path) = await ReaderAsync(site);
        var links = site.Get<ReaderLinks>();
        var leave = WebFixture.Path(links.Unsubscribe(person.Id));
        var move = WebFixture.Path(links.NewAddress(person.Id, new string('0', 16)));
        var forms = new[] { path, path + "/pause", path + "/resume", path + "/address", path + "/erase", leave + "/why", move };
        foreach (var form in forms)
        {
            using var huge = new ByteArrayContent(new byte[10 * 1024 * 1024]);
            huge.Headers.TryAddWithoutValidation("Content-Type", "application/x-www-form-urlencoded");
            var status = HttpStatusCode.RequestEntityTooLarge;
            try
            {
                using var answer = await site.Client.PostAsync(form, huge, Cancellation);
                status = answer.StatusCode;
            }
            catch (HttpRequestException)
            {
                // The server answered and closed before the end of the body.
            }

            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, status);
            var token = form.Split('/')[2];
            foreach (var wrong in new[] { "x", token[..^1] + (token[^1] == 'A' ? 'Q' : 'A'), Token(links.Confirm(person.Id)), form == move
                ? Token(path) : Token(move) })
            {
                using var answer = await site.PostAsync(
                    form.Replace(token, wrong, StringComparison.Ordinal), ("until", "2026-03-09"), ("address", "new@example.org"),
                        ("why", "other"), ("hour", "3"));
                Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
            }

            using var get = await site.Client.GetAsync(form, Cancellation);
            Assert.True((int)get.StatusCode < 500);
        }

        Assert.Equivalent(person, await PersonAsync(site, person.Id));
    }

    private static Task<WebFixture> StartAsync() =>
        WebFixture.StartAsync(publication => publication.Sections = ["Harbour", "Food & Drink", "Sport"]);

    private static async Task<(Subscriber Person, string Path)> ReaderAsync(WebFixture site)
    {
        var person = await site.SubscribedAsync();
        return (person, WebFixture.Path(site.Get<ReaderLinks>().Preferences(person.Id)));
    }

    private static string MoveTo(WebFixture site, Subscriber person, string address) =>
        WebFixture.Path(site.Get<ReaderLinks>().NewAddress(person.Id, site.Get<AddressHash>().Tag(WebFixture.Address(address))));

    private static async Task BeginTodaysRunAsync(WebFixture site, string id)
    {
        var now = site.Time.GetUtcNow();
        var cohort = (await PersonAsync(site, id))!.Placements.Last(placement => !placement.Removed).Cohort;
        var run = new Run
        {
            Date = Zones.LocalDate(cohort.Zone, now),
            Cohort = cohort.Key,
            State = RunState.Open,
            Due = now,
            Started = now,
            Deadline = now.AddHours(12)
        };
        await site.Get<RunStore>().BeginAsync(run, Cancellation);
    }

    private static async Task<Subscriber?> PersonAsync(WebFixture site, string id) =>
        (await site.Get<SubscriberStore>().GetAsync(id, Cancellation))?.Subscriber;

    private static Task<string> TextAsync(HttpResponseMessage response) => response.Content.ReadAsStringAsync(Cancellation);

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    private static string Token(string link) => link.Split('/')[^1];
}
