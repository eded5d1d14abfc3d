using System.Net;
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
        await using var site = await StartAsync(("Selection:MixLanguages", "true"));
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
    public async Task Zones_begin_with_the_readers_own_and_show_city_and_offset()
    {
        await using var site = await StartAsync();
        var (person, path) = await ReaderAsync(site);
        await site.Get<ChangePreferences>().ExecuteAsync(person.Id, new Preferences("Asia/Calcutta", null, null, null), Cancellation);
        var page = await site.PageAsync(path);
        Assert.Contains(
            "<optgroup label=\"Your time zone\"><option value=\"Asia/Calcutta\" selected>Kolkata (\u2066UTC&#x2B;05:30\u2069)</option>",
            page.Replace("&#x2066;", "\u2066", StringComparison.Ordinal).Replace("&#x2069;", "\u2069", StringComparison.Ordinal),
            StringComparison.Ordinal);
        Assert.Contains("<option value=\"Asia/Kolkata\">", page, StringComparison.Ordinal);
        Assert.DoesNotContain("US/Eastern", page, StringComparison.Ordinal);
        Assert.Equal(1, Count(page, "Asia/Calcutta"));
        using var saved = await site.PostAsync(path, ("zone", "America/New_York"));
        Assert.Contains("role=\"status\">Saved.", await TextAsync(saved), StringComparison.Ordinal);
        Assert.Contains(">Save</button>", await TextAsync(saved), StringComparison.Ordinal);
        Assert.Equal("America/New_York", (await PersonAsync(site, person.Id))!.Zone);
    }

    [Theory]
    [InlineData("pause", "no digest before|comes before Monday, 16 March 2026")]
    [InlineData("weekly", "Once a week: Saturday")]
    public async Task Leaving_offers_a_pause_and_a_weekly_digest(string instead, string expected)
    {
        await using var site = await StartAsync();
        var (person, _) = await ReaderAsync(site);
        var path = WebFixture.Path(site.Get<ReaderLinks>().Unsubscribe(person.Id, person.Version));
        Assert.Contains($"name=\"instead\" value=\"{instead}\"", await site.PageAsync(path), StringComparison.Ordinal);
        using var chosen = await site.PostAsync(path + "/instead", ("instead", instead));
        Assert.Equal(HttpStatusCode.OK, chosen.StatusCode);
        Assert.Contains(expected.Split('|')[^1], await TextAsync(chosen), StringComparison.Ordinal);
        var after = (await PersonAsync(site, person.Id))!;
        Assert.Equal(SubscriberStatus.Active, after.Status);
        Assert.Equal(instead == "pause" ? (new DateOnly(2026, 3, 16), "daily") : (null, "weekly-saturday"),
            ((DateOnly?)after.PausedUntil, after.Rhythm.ToString()));
        Assert.Equal(instead == "pause", (await site.PageAsync(path)).Contains("value=\"weekly\"", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("<script>alert(1)</script>")]
    public async Task Another_choice_instead_of_leaving_changes_nothing(string instead)
    {
        await using var site = await StartAsync();
        var (person, _) = await ReaderAsync(site);
        var path = WebFixture.Path(site.Get<ReaderLinks>().Unsubscribe(person.Id, person.Version));
        using var answer = await site.PostAsync(path + "/instead", ("instead", instead));
        Assert.Contains("<h1>Leave the digest?</h1>", await TextAsync(answer), StringComparison.Ordinal);
        Assert.DoesNotContain("<script", await TextAsync(answer), StringComparison.Ordinal);
        Assert.Equivalent(person, await PersonAsync(site, person.Id));
    }

    [Fact]
    public async Task A_refused_date_stays_in_its_field()
    {
        await using var site = await StartAsync();
        var (_, path) = await ReaderAsync(site);
        using var refused = await site.PostAsync(path + "/pause", ("until", "2026-03-02"));
        Assert.Matches("id=\"until\"[^>]* value=\"2026-03-02\" autofocus", await TextAsync(refused));
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
    [InlineData("daily", "Tuesday, 10 March 2026 at 7:00 AM")]
    [InlineData("weekly-monday", "Monday, 16 March 2026 at 7:00 AM")]
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
        Assert.Contains("role=\"status\">Saved.", await TextAsync(tomorrow), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pause", "until", "2026-03-02", "from tomorrow on")]
    [InlineData("pause", "until", "2027-03-03", "more than a year away")]
    [InlineData("pause", "until", "soon", "That is not a date")]
    [InlineData("pause", "until", "\"><script>alert(1)</script>", "That is not a date")]
    [InlineData("pause", "until", "2026-03-09\r\nSet-Cookie: a=b", "That is not a date")]
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
        var forms = new[] { path, path + "/pause", path + "/resume", path + "/wake", path + "/link", site.Mailed(LinkPurpose.Move, person),
            site.Mailed(LinkPurpose.Erase, person), leave + "/why", move };
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

    private static Task<WebFixture> StartAsync(params (string, string)[] settings) =>
        WebFixture.StartAsync(publication => publication.Sections = ["Harbour", "Food & Drink", "Sport"], settings);

    private static async Task<(Subscriber Person, string Path)> ReaderAsync(WebFixture site)
    {
        var person = await site.SubscribedAsync();
        return (person, WebFixture.Path(site.Get<ReaderLinks>().Preferences(person.Id)));
    }

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
