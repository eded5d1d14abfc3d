using System.Net;
using System.Net.Http.Headers;
using System.Text;
using DailyDigest.Calendar;
using DailyDigest.Content;
using DailyDigest.Runs;
using DailyDigest.Settings;
using DailyDigest.Storage;

namespace DailyDigest.Web.Tests;

public sealed class PageTests
{
    [Fact]
    public async Task Every_page_forbids_scripts_frames_and_referrers_and_sets_no_cookie()
    {
        await using var site = await WebFixture.StartAsync(publication => publication.LogoUrl = "https://static.example.com/logo.png");
        foreach (var path in new[] { "/", "/digests", "/nothing/here", "/unsubscribe/x" })
        {
            using var response = await site.Client.GetAsync(path, TestContext.Current.CancellationToken);
            var policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
            Assert.StartsWith(
                "default-src 'none'; style-src 'self'; img-src 'self' https://static.example.com;", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.Equal("no-referrer", Assert.Single(response.Headers.GetValues("Referrer-Policy")));
            Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
            Assert.False(response.Headers.Contains("Set-Cookie"));
            var page = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.StartsWith("<!DOCTYPE html>", page.TrimStart(), StringComparison.Ordinal);
            Assert.DoesNotMatch("<script(?! src=\"/signup\\.js\\?v=[0-9a-f]{12}\" defer></script>)", page);
            Assert.Equal(path == "/", policy.Contains("; script-src 'self'; ", StringComparison.Ordinal));
            Assert.DoesNotContain(" style=", page, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Theory]
    [InlineData("GET", "/nothing", 404)]
    [InlineData("DELETE", "/signup", 405)]
    [InlineData("PUT", "/subscribe", 405)]
    [InlineData("PUT", "/", 405)]
    [InlineData("DELETE", "/unsubscribe/x", 405)]
    [InlineData("GET", "/digests/2026-13-45", 404)]
    [InlineData("GET", "/digests/2999-01-01", 404)]
    [InlineData("GET", "/wp-login.php", 404)]
    public async Task A_missing_page_is_answered_with_an_HTML_page(string method, string path, int status)
    {
        await using var site = await WebFixture.StartAsync();
        using var response = await site.Client.SendAsync(
            new HttpRequestMessage(new HttpMethod(method), path), TestContext.Current.CancellationToken);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Contains("The Harbour Gazette", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/signup", true)]
    [InlineData("/signup", false)]
    [InlineData("/unsubscribe/x", true)]
    [InlineData("/api/stories", true)]
    [InlineData("/api/stories", false)]
    public async Task A_form_of_ten_megabytes_is_refused(string path, bool announced)
    {
        await using var site = await WebFixture.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(new byte[10 << 20]) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(
            path == "/api/stories" ? "application/json" : "application/x-www-form-urlencoded");
        request.Headers.ExpectContinue = true;
        request.Headers.TransferEncodingChunked = !announced;
        request.Headers.Add("X-Api-Key", WebFixture.Key);
        using var response = await site.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.DoesNotContain(site.Plan.Trace, call => call.Writes);
    }

    [Fact]
    public async Task An_API_call_needs_a_key_in_one_of_the_headers()
    {
        foreach (var (name, value, opens) in new (string, string?, bool)[]
        {
            ("X-Api-Key", null, false), ("X-Api-Key", "", false), ("X-Api-Key", "wrong", false), ("X-Api-Key", WebFixture.Key + "x", false),
            ("X-Api-Key", WebFixture.Key, true),
            ("Authorization", "Bearer wrong", false), ("Authorization", "Bearer " + WebFixture.Key, true),
            ("Authorization", "Basic !!!", false),
            ("Authorization", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("editor:" + WebFixture.Key)), true),
        })
        {
            await using var site = await WebFixture.StartAsync();
            foreach (var (method, path) in new[] { (HttpMethod.Post, "/api/stories"), (HttpMethod.Post, "/api/stories/x/signals"),
                (HttpMethod.Get, "/api/nothing"), (HttpMethod.Get, "/desk/digests/2026-03-02"), (HttpMethod.Get, "/desk") })
            {
                using var request = new HttpRequestMessage(method, path);
                request.Headers.TryAddWithoutValidation(name, value);
                using var response = await site.Client.SendAsync(request, TestContext.Current.CancellationToken);
                var counts = opens && (path.StartsWith("/desk", StringComparison.Ordinal)
                    || value?.StartsWith("Basic ", StringComparison.Ordinal) != true);
                Assert.Equal(!counts, response.StatusCode == HttpStatusCode.Unauthorized);
                if (!counts)
                {
                    Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
                    Assert.NotEmpty(response.Headers.WwwAuthenticate);
                }
            }

            Assert.DoesNotContain(site.Plan.Trace, call => call.Writes);
        }
    }

    [Fact]
    public async Task A_pushed_story_is_stored_once_with_signals_and_faults_name_their_field()
    {
        await using var site = await WebFixture.StartAsync();
        site.Client.DefaultRequestHeaders.Add("X-Api-Key", WebFixture.Key);
        var (first, body) = await PushAsync("/api/stories", """{"url":"https://gazette.example.com/a","title":"A ship came in"}""");
        var (again, same) = await PushAsync("/api/stories", """{"url":"https://gazette.example.com/a","title":"A ship came in"}""");
        Assert.Equal((200, 200, body), (first, again, same));
        Assert.True(CanonicalUrl.TryParse("https://gazette.example.com/a", out var url));
        var id = StoryId.From(url);
        Assert.Contains(id, body, StringComparison.Ordinal);
        Assert.Equal(200, (await PushAsync($"/api/stories/{id}/signals", """{"views":12}""")).Status);
        Assert.Equal(404, (await PushAsync($"/api/stories/{new string('0', 32)}/signals", """{"views":12}""")).Status);
        Assert.Equal(400, (await PushAsync($"/api/stories/{id}/signals", """{"views":-1}""")).Status);
        var (refused, faults) = await PushAsync("/api/stories", """{"url":"javascript:alert(1)","title":""}""");
        Assert.Equal(400, refused);
        Assert.Contains("url:", faults, StringComparison.Ordinal);
        Assert.Contains("title:", faults, StringComparison.Ordinal);
        foreach (var rubbish in new[] { "", "null", "[]", "{", "\"text\"", "{\"url\":{}}", "\u0000" })
        {
            Assert.Equal(400, (await PushAsync("/api/stories", rubbish)).Status);
        }

        async Task<(int Status, string Body)> PushAsync(string path, string json)
        {
            using var response = await site.Client.PostAsync(
                path, new StringContent(json, Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);
            return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task The_archive_shows_a_digest_from_its_date_on()
    {
        await using var site = await WebFixture.StartAsync();
        await site.DigestAsync(new DateOnly(2026, 3, 1));
        await site.DigestAsync(new DateOnly(2026, 3, 3));
        var list = await site.PageAsync("/digests");
        Assert.Contains("/digests/2026-03-01", list, StringComparison.Ordinal);
        Assert.DoesNotContain("/digests/2026-03-03", list, StringComparison.Ordinal);
        var page = await site.PageAsync("/digests/2026-03-01");
        Assert.Contains("Tide gauges tell", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Tide gauges tell", await site.PageAsync("/digests/2026-03-03"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_desk_shows_the_reasons_for_chosen_and_for_other_stories()
    {
        await using var site = await WebFixture.StartAsync();
        await site.DigestAsync(new DateOnly(2026, 3, 2));
        site.Client.DefaultRequestHeaders.Add("X-Api-Key", WebFixture.Key);
        var page = await site.PageAsync("/desk/digests/2026-03-02");
        Assert.Contains("1,200 views: 7.1", page, StringComparison.Ordinal);
        Assert.Contains("&lt;b&gt;not markup&lt;/b&gt;", page, StringComparison.Ordinal);
        Assert.Contains("the section Harbour has its three already", page, StringComparison.Ordinal);
        Assert.Contains("nothing here", await site.PageAsync("/desk/nothing"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_desk_lists_exactly_the_digests_that_exist()
    {
        await using var site = await WebFixture.StartAsync();
        using (var closed = await site.Client.GetAsync("/desk", TestContext.Current.CancellationToken))
        {
            var problem = await closed.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.Contains("X-Api-Key: KEY or as Authorization: Bearer KEY. In a browser sign in at /desk.", problem,
                StringComparison.Ordinal);

            // No browser asks for a password of its own.
            Assert.DoesNotContain("Basic", closed.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        }

        using (var api = await site.Client.GetAsync("/api/nothing", TestContext.Current.CancellationToken))
        {
            Assert.Contains("or as Authorization: Bearer KEY.\"",
                await api.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }

        site.Client.DefaultRequestHeaders.Add("X-Api-Key", WebFixture.Key);
        Assert.Contains("No digest was chosen in the last two weeks.", await site.PageAsync("/desk/digests"), StringComparison.Ordinal);
        await site.DigestAsync(new DateOnly(2026, 3, 2));
        foreach (var (cohort, missed) in new[] { ("daily_07_Etc.GMT+5", false), ("daily_08_Europe.Paris", true) })
        {
            var at = site.Time.GetUtcNow();
            await site.Get<RunStore>().BeginAsync(
                new Run
                {
                    Date = new DateOnly(2026, 3, 1),
                    Cohort = cohort,
                    State = RunState.Skipped,
                    Missed = missed,
                    Due = at,
                    Started = at,
                    Deadline = at
                }, TestContext.Current.CancellationToken);
        }

        foreach (var path in (string[])["/desk/digests", "/desk/digests/"])
        {
            var page = await site.PageAsync(path);
            var links = System.Text.RegularExpressions.Regex.Matches(page, "href=\"[^\"]*(/desk/digests/\\d[^\"]*)\"").Select(
                match => match.Groups[1].Value);
            Assert.Equal(["/desk/digests/2026-03-02", "/desk/digests/2026-03-01?cohort=daily_07_Etc.GMT%2B5"], links);
        }

        using var head = new HttpRequestMessage(HttpMethod.Head, "/desk/digests");
        using var looked = await site.Client.SendAsync(head, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, looked.StatusCode);
        using var posted = await site.Client.PostAsync("/desk", null, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, posted.StatusCode);
    }

    [Fact]
    public async Task Ready_means_that_storage_answers()
    {
        await using var site = await WebFixture.StartAsync();
        Assert.Contains("\"status\":\"ready\"", await site.PageAsync("/readyz"), StringComparison.Ordinal);
        site.Plan.Before = _ => throw new StorageException("The disk is full.");
        using var ready = await site.Client.GetAsync("/readyz", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains("ok", await site.PageAsync("/healthz"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("#ffff00")]
    [InlineData("#000000")]
    [InlineData("#ffffff")]
    [InlineData("#9b1c1c")]
    public async Task The_stylesheet_has_the_readable_shades_that_mail_has(string colour)
    {
        await using var site = await WebFixture.StartAsync(publication => publication.Color = colour);
        var style = await site.PageAsync("/style.css");
        Assert.DoesNotContain("#123456", style, StringComparison.Ordinal);
        Assert.DoesNotContain("#654321", style, StringComparison.Ordinal);
        var accents = System.Text.RegularExpressions.Regex.Matches(style, "--accent: (#[0-9a-f]{6}); --on-accent: (#[0-9a-f]{6})");
        var accent = AccentColor.From(colour);
        Assert.Equal([accent.OnLight, accent.OnDark], accents.Select(match => match.Groups[1].Value));
        Assert.True(Contrast(accents[0].Groups[1].Value, "#fbf9f4") >= 4.5);
        Assert.True(Contrast(accents[1].Groups[1].Value, "#141311") >= 4.5);
        Assert.All(accents, match => Assert.True(Contrast(match.Groups[1].Value, match.Groups[2].Value) >= 4.5));
    }

    [Theory]
    [InlineData("The Harbour Gazette", "T")]
    [InlineData("\u00e9cho du port", "\u00c9")]
    [InlineData("\u0635\u062d\u064a\u0641\u0629 \u0627\u0644\u0645\u064a\u0646\u0627\u0621", "\u0635")]
    [InlineData("<script>alert(1)</script>", "<")]
    [InlineData("& Sons", "&")]
    [InlineData("  \ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67 weekly", "\ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67")]
    public async Task The_icon_shows_the_publications_first_letter_in_its_color(string name, string letter)
    {
        await using var site = await WebFixture.StartAsync(publication => publication.Name = name);
        var address = System.Text.RegularExpressions.Regex.Match(await site.PageAsync("/"),
            "<link rel=\"icon\"[^>]* href=\"(/icon.svg[^\"]+)\"").Groups[1].Value;

        var icon = System.Xml.Linq.XDocument.Parse(await site.PageAsync(address));

        Assert.Equal(letter, icon.Root!.Value);
        Assert.DoesNotContain("#123456", icon.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://localhost", "/icon.svg")]
    [InlineData("https://news.example.com/digest", "/digest/icon.svg")]
    public async Task The_icon_is_found_where_browsers_look_for_one(string url, string expected)
    {
        await using var site = await WebFixture.StartAsync(publication => publication.BaseUrl = url);
        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Head })
        {
            using var request = new HttpRequestMessage(method, "/favicon.ico");
            using var response = await site.Client.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal((HttpStatusCode.MovedPermanently, expected), (response.StatusCode, response.Headers.Location?.ToString()));
            Assert.Equal("public, max-age=86400", response.Headers.CacheControl?.ToString());
            Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
        }

        using var icon = await site.Client.GetAsync("/icon.svg", TestContext.Current.CancellationToken);
        Assert.Equal("image/svg+xml", icon.Content.Headers.ContentType?.MediaType);
    }

    private static double Contrast(string one, string other)
    {
        var (a, b) = (Luminance(one), Luminance(other));
        return (Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05);

        static double Luminance(string colour)
        {
            var parts = Convert.FromHexString(colour[1..]).Select(part => part / 255.0)
                .Select(part => part <= 0.04045 ? part / 12.92 : Math.Pow((part + 0.055) / 1.055, 2.4)).ToArray();
            return (0.2126 * parts[0]) + (0.7152 * parts[1]) + (0.0722 * parts[2]);
        }
    }
}
