using System.Net;
using DailyDigest.Accounts;
using DailyDigest.Storage;

namespace DailyDigest.Web.Tests.Desk;

/// <summary>Attacks on sessions: guessing, forging, fixing, and cookies of another publication.</summary>
public sealed class HostileTests
{
    [Fact]
    public async Task Guessing_a_password_is_slowed_down_on_every_machine()
    {
        await using var site = await WebFixture.StartAsync();
        using (await site.SignInAsync(Role.Viewer))
        {
        }

        var statuses = new List<HttpStatusCode>();
        for (var tries = 0; tries <= SignInDelays.Free; tries++)
        {
            statuses.Add(await TryAsync(site, WebFixture.AddressOf(Role.Viewer), "a wrong password"));
        }

        var wrong = Enumerable.Repeat(HttpStatusCode.UnprocessableEntity, SignInDelays.Free);
        Assert.Equal([.. wrong, HttpStatusCode.TooManyRequests], statuses);

        // The right password has to wait as well; otherwise a guesser would see which one it is.
        Assert.Equal(HttpStatusCode.TooManyRequests, await TryAsync(site, WebFixture.AddressOf(Role.Viewer), WebFixture.Password));
        site.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(HttpStatusCode.SeeOther, await TryAsync(site, WebFixture.AddressOf(Role.Viewer), WebFixture.Password));
    }

    [Fact]
    public async Task Guesses_at_the_same_time_count_too()
    {
        await using var site = await WebFixture.StartAsync();
        using (await site.SignInAsync(Role.Viewer))
        {
        }

        var statuses = await Task.WhenAll(Enumerable.Range(0, 12).Select(
            _ => TryAsync(site, WebFixture.AddressOf(Role.Viewer), "a wrong password")));
        Assert.True(statuses.Count(status => status == HttpStatusCode.UnprocessableEntity) <= SignInDelays.Free);
        Assert.Contains(HttpStatusCode.TooManyRequests, statuses);
    }

    [Fact]
    public async Task A_network_is_slowed_down_by_wrong_passwords_only()
    {
        await using var site = await WebFixture.StartAsync();
        var delays = site.Get<SignInDelays>();
        for (var people = 0; people < 100; people++)
        {
            Assert.Equal(TimeSpan.Zero, await delays.BeginAsync("right", "office", CancellationToken.None));
            await delays.EndAsync("right", "office", CancellationToken.None);
        }

        var tries = 0;
        while (await delays.BeginAsync($"wrong{tries}", "office", CancellationToken.None) == TimeSpan.Zero && tries < 100)
        {
            tries++;
        }

        Assert.Equal(4 * SignInDelays.Free, tries);
        Assert.Equal(TimeSpan.Zero, await delays.BeginAsync("wrong", "elsewhere", CancellationToken.None));
    }

    [Fact]
    public async Task An_unknown_address_and_a_wrong_password_get_one_answer_after_the_same_work()
    {
        await using var site = await WebFixture.StartAsync();
        using (await site.SignInAsync(Role.Viewer))
        {
        }

        var answers = new List<(HttpStatusCode Status, string Page, string Calls)>();
        foreach (var email in (string[])[WebFixture.AddressOf(Role.Viewer), "nobody@example.com"])
        {
            using var client = site.Visitor();
            var token = System.Text.RegularExpressions.Regex.Match(
                await client.PageAsync("/desk/sign-in"), """name="token" value="([^"]+)""").Groups[1].Value;
            site.Plan.Restart();
            using var answer = await client.SendAsync(
                "/desk/sign-in", ("token", token), ("email", email), ("password", "a wrong password"));
            var page = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            page = System.Text.RegularExpressions.Regex.Replace(page, """name="token" value="[^"]+""", "");
            answers.Add((
                answer.StatusCode, page.Replace(email, "", StringComparison.Ordinal),
                string.Join(' ', site.Plan.Trace.Select(call => call.Operation + call.Place))));
        }

        Assert.Equal(answers[0], answers[1]);
    }

    [Fact]
    public async Task A_session_cookie_is_new_after_each_sign_in()
    {
        await using var site = await WebFixture.StartAsync();
        using (await site.SignInAsync(Role.Viewer))
        {
        }

        using var client = site.Visitor();
        client.Cookies.Add(new Cookie("desk", "fixed-by-somebody", "/desk", site.Client.BaseAddress!.Host));
        var values = new HashSet<string>();
        for (var times = 0; times < 2; times++)
        {
            using var signedIn = await client.PostAsync(
                "/desk/sign-in", "/desk/sign-in", ("email", WebFixture.AddressOf(Role.Viewer)), ("password", WebFixture.Password));
            values.Add(Session(site, client));
            using var signedOut = await client.PostAsync("/desk/profile", "/desk/sign-out");
        }

        Assert.Equal(2, values.Count);
        Assert.DoesNotContain("fixed-by-somebody", values);
    }

    [Fact]
    public async Task A_forged_or_foreign_cookie_opens_nothing()
    {
        await using var here = await WebFixture.StartAsync();
        await using var there = await WebFixture.StartAsync();
        using var owner = await there.SignInAsync(Role.Owner);
        using (await here.SignInAsync(Role.Owner))
        {
        }

        var foreign = Session(there, owner);
        foreach (var value in (string[])[foreign, foreign[..^4] + "AAAA", "x", "%00", new string('A', 3_000)])
        {
            using var client = here.Visitor();
            client.Cookies.Add(new Cookie("desk", value, "/desk", here.Client.BaseAddress!.Host));
            using var answer = await client.GetAsync("/desk/accounts");
            Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        }
    }

    [Fact]
    public async Task Cookies_of_the_desk_are_out_of_reach_for_scripts_and_other_sites()
    {
        await using var plain = await WebFixture.StartAsync();
        await using var secure = await WebFixture.StartAsync(publication => publication.BaseUrl = "https://digest.example.com");
        await using var below = await WebFixture.StartAsync(publication => publication.BaseUrl = "https://example.com/digest");
        foreach (var (site, begins, holds) in ((WebFixture, string, string)[])[
            (plain, "desk-forms=", "path=/desk;"), (secure, "__Host-desk-forms=", "path=/; secure;"),
            (below, "__Secure-desk-forms=", "path=/digest/desk; secure;")])
        {
            var cookie = (await site.AskAsync("GET", "/desk/sign-in")).Headers.SetCookie.ToString();
            Assert.StartsWith(begins, cookie, StringComparison.Ordinal);
            Assert.Contains(holds, cookie, StringComparison.Ordinal);
            Assert.EndsWith("samesite=lax; httponly", cookie, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Readers_pages_set_no_cookie_not_even_in_a_browser_with_a_session()
    {
        await using var site = await WebFixture.StartAsync();
        using var client = await site.SignInAsync(Role.Owner);
        site.Time.Advance(DeskSession.Idle * 0.75);
        foreach (var path in (string[])["/", "/digests", "/healthz", "/desk.css", "/confirm/x"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Add("Cookie", "desk=" + Session(site, client));
            using var answer = await site.Client.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.False(answer.Headers.Contains("Set-Cookie"), path);
        }
    }

    [Fact]
    public async Task The_key_ring_is_encrypted_in_the_store()
    {
        await using var site = await WebFixture.StartAsync();
        var rows = await site.Get<ITableStore>().QueryAsync(
            Tables.KeyRing, "ring", RowRange.All, 10, TestContext.Current.CancellationToken);
        var xml = Assert.Single(rows).Text("xml")!;
        Assert.Contains("<sealed", xml, StringComparison.Ordinal);
        Assert.DoesNotContain("masterKey", xml, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/desk/sign-in")]
    [InlineData("/desk/welcome/x")]
    public async Task Oversized_and_malformed_forms_are_refused(string path)
    {
        await using var site = await WebFixture.StartAsync();
        var large = await site.AskAsync("POST", path, "password=" + new string('x', 70_000));
        var many = await site.AskAsync("POST", path, string.Join('&', Enumerable.Range(0, 100).Select(number => $"f{number}=1")));
        var other = await site.AskAsync("POST", path, "{}", type: "application/json");
        Assert.Equal((413, 400, 400), (large.Status, many.Status, other.Status));
    }

    private static async Task<HttpStatusCode> TryAsync(WebFixture site, string email, string password)
    {
        using var client = site.Visitor();
        using var answer = await client.PostAsync("/desk/sign-in", "/desk/sign-in", ("email", email), ("password", password));
        return answer.StatusCode;
    }

    private static string Session(WebFixture site, DeskClient client) =>
        client.Cookies.GetCookies(new Uri(site.Client.BaseAddress!, "/desk"))["desk"]!.Value;
}
