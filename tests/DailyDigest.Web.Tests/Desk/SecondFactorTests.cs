using System.Net;
using System.Text.RegularExpressions;
using DailyDigest.Accounts;
using OtpNet;

namespace DailyDigest.Web.Tests.Desk;

/// <summary>Two-step sign-in: codes of an app, recovery codes, and what a thief of the password can do.</summary>
public sealed partial class SecondFactorTests : IAsyncLifetime
{
    private const string Profile = "/desk/profile/second-factor";
    private const string CodePage = "/desk/sign-in/code";
    private WebFixture site = null!;

    public async ValueTask InitializeAsync() => site = await WebFixture.StartAsync();

    public ValueTask DisposeAsync() => site.DisposeAsync();

    [Fact]
    public async Task The_code_is_asked_for_after_the_password_and_works_once()
    {
        using var editor = await site.SignInAsync(Role.Editor);
        var app = await SwitchOnAsync(editor);
        using var browser = site.Visitor();

        using var password = await PasswordAsync(browser);
        Assert.Equal((HttpStatusCode.SeeOther, CodePage), (password.StatusCode, password.Headers.Location!.ToString()));
        using var early = await browser.GetAsync("/desk/digests");
        Assert.Equal("/desk/sign-in?returnUrl=%2Fdesk%2Fdigests", early.Headers.Location!.ToString());

        using var used = await CodeAsync(browser, Code(app));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, used.StatusCode);
        site.Time.Advance(TimeSpan.FromSeconds(30));
        var code = Code(app);
        using var right = await CodeAsync(browser, code[..3] + " " + code[3..]);
        Assert.Equal((HttpStatusCode.SeeOther, "/desk/audit"), (right.StatusCode, right.Headers.Location!.ToString()));
        Assert.DoesNotContain(browser.Cookies.GetAllCookies(), cookie => cookie.Name == "desk-pending");

        using var thief = site.Visitor();
        using var again = await PasswordAsync(thief);
        using var replayed = await CodeAsync(thief, code);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, replayed.StatusCode);
    }

    [Fact]
    public async Task A_code_works_on_one_of_two_machines()
    {
        using var editor = await site.SignInAsync(Role.Editor);
        var app = await SwitchOnAsync(editor);
        site.Time.Advance(TimeSpan.FromSeconds(30));
        var browsers = Enumerable.Range(0, 4).Select(_ => site.Visitor()).ToList();
        foreach (var browser in browsers)
        {
            using var password = await PasswordAsync(browser);
        }

        var statuses = await Task.WhenAll(browsers.Select(async browser =>
        {
            using var answer = await CodeAsync(browser, Code(app));
            return answer.StatusCode;
        }));

        Assert.Single(statuses, HttpStatusCode.SeeOther);
        browsers.ForEach(browser => browser.Dispose());
    }

    [Fact]
    public async Task A_wrong_password_gets_one_answer_with_and_without_a_second_factor()
    {
        using var editor = await site.SignInAsync(Role.Editor);
        using (await site.SignInAsync(Role.Viewer))
        {
        }

        await SwitchOnAsync(editor);
        var answers = new List<(HttpStatusCode, string, string)>();
        foreach (var role in (Role[])[Role.Editor, Role.Viewer])
        {
            using var browser = site.Visitor();
            var page = await browser.PageAsync("/desk/sign-in");
            site.Plan.Restart();
            using var answer = await browser.SendAsync(
                "/desk/sign-in", ("token", Token().Match(page).Groups[1].Value), ("email", WebFixture.AddressOf(role)),
                ("password", "a wrong password"));
            var html = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            answers.Add((
                answer.StatusCode,
                Token().Replace(html, "").Replace(WebFixture.AddressOf(role), "", StringComparison.Ordinal),
                string.Join(' ', site.Plan.Trace.Select(call => call.Operation + call.Place))));
        }

        Assert.Equal(answers[0], answers[1]);
    }

    [Fact]
    public async Task Guessing_codes_is_slowed_down_up_to_an_hour_also_for_the_right_one()
    {
        using var editor = await site.SignInAsync(Role.Editor);
        var app = await SwitchOnAsync(editor);
        using var thief = site.Visitor();
        using var password = await PasswordAsync(thief);
        var statuses = new List<HttpStatusCode>();
        for (var tries = 0; tries <= SignInDelays.Free; tries++)
        {
            using var guess = await CodeAsync(thief, "000000");
            statuses.Add(guess.StatusCode);
        }

        Assert.Equal(HttpStatusCode.TooManyRequests, statuses[^1]);
        for (var tries = 0; tries < 12;)
        {
            var wait = await site.Get<SignInDelays>().BeginCodeAsync(IdOf(Role.Editor), null, CancellationToken.None);
            site.Time.Advance(wait);
            tries += wait == TimeSpan.Zero ? 1 : 0;
        }

        site.Time.Advance(TimeSpan.FromMinutes(30));
        using var victim = site.Visitor();
        using var known = await PasswordAsync(victim);
        using var right = await CodeAsync(victim, Code(app));
        Assert.Equal(HttpStatusCode.TooManyRequests, right.StatusCode);
        site.Time.Advance(TimeSpan.FromMinutes(31));
        using var afresh = await PasswordAsync(victim);
        using var later = await CodeAsync(victim, Code(app));
        Assert.Equal(HttpStatusCode.SeeOther, later.StatusCode);
    }

    [Fact]
    public async Task Each_recovery_code_works_once_and_the_store_has_none_of_them()
    {
        using var editor = await site.SignInAsync(Role.Editor);
        var (app, recovery) = await SwitchOnWithCodesAsync(editor);
        Assert.Equal(SecondFactors.Codes, recovery.Distinct().Count());
        Assert.DoesNotContain(recovery[0], await editor.PageAsync(Profile), StringComparison.Ordinal);

        var id = IdOf(Role.Editor);
        var row = (await site.Get<Storage.ITableStore>().GetAsync(Tables, "account", "f-" + id, CancellationToken.None))!;
        var stored = string.Join('\n', ((string[])["secret", "recovery"]).Select(name => row.Text(name)));
        Assert.DoesNotContain(recovery[0].Replace("-", "", StringComparison.Ordinal), stored, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String(app), stored, StringComparison.Ordinal);
        Assert.DoesNotContain(Base32Encoding.ToString(app), stored, StringComparison.OrdinalIgnoreCase);

        foreach (var (code, status) in ((string, HttpStatusCode)[])[
            (recovery[3], HttpStatusCode.SeeOther), (recovery[3], HttpStatusCode.UnprocessableEntity),
            (recovery[4].ToUpperInvariant(), HttpStatusCode.SeeOther)])
        {
            using var browser = site.Visitor();
            using var password = await PasswordAsync(browser);
            using var answer = await CodeAsync(browser, code);
            Assert.Equal(status, answer.StatusCode);
        }

        Assert.Equal(8, (await site.Get<SecondFactors>().GetAsync(id, CancellationToken.None))!.Recovery.Count);
        Assert.Contains("8 left", (await AuditAsync("account.recovery-code")).Select(entry => entry.After));
    }

    [Fact]
    public async Task It_is_switched_on_only_with_the_password_and_a_code_of_the_offered_key()
    {
        using var editor = await site.SignInAsync(Role.Editor);
        using var elsewhere = site.Visitor();
        using var open = await PasswordAsync(elsewhere);
        using var other = await site.SignInAsync(Role.Viewer);
        var page = await editor.PageAsync(Profile);
        var (offer, code) = (Offer().Match(page).Groups[1].Value, Code(Secret(page)));
        var foreign = Offer().Match(await other.PageAsync(Profile)).Groups[1].Value;
        foreach (var (sent, typed, password) in ((string, string, string)[])[
            (offer, "000000", WebFixture.Password), (offer, code, "a wrong password"), (offer, "", WebFixture.Password),
            (foreign, code, WebFixture.Password), ("forged", code, WebFixture.Password), ("", "", "")])
        {
            using var refused = await editor.PostAsync(Profile, Profile, ("offer", sent), ("code", typed), ("password", password));
            Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
            Assert.Null(await site.Get<SecondFactors>().GetAsync(IdOf(Role.Editor), CancellationToken.None));
        }

        using var done = await editor.PostAsync(
            Profile, Profile, ("offer", offer), ("code", code), ("password", WebFixture.Password));
        Assert.Equal(HttpStatusCode.OK, done.StatusCode);

        // This session goes on; one that began without a code has ended.
        Assert.Contains("Unused recovery codes: 10.", await editor.PageAsync(Profile), StringComparison.Ordinal);
        using var ended = await elsewhere.GetAsync("/desk/digests");
        Assert.Equal(HttpStatusCode.SeeOther, ended.StatusCode);
        using var twice = await editor.PostAsync(
            "/desk/profile", Profile, ("offer", offer), ("code", code), ("password", WebFixture.Password));
        Assert.Equal(HttpStatusCode.Conflict, twice.StatusCode);
    }

    [Fact]
    public async Task A_person_switches_it_off_and_renews_codes_with_password_and_code()
    {
        using var editor = await site.SignInAsync(Role.Editor);
        var (app, former) = await SwitchOnWithCodesAsync(editor);
        using var noCode = await editor.PostAsync(Profile, Profile + "/off", ("password", WebFixture.Password));
        using var noPassword = await editor.PostAsync(Profile, Profile + "/codes", ("code", former[0]));
        Assert.Equal(
            (HttpStatusCode.UnprocessableEntity, HttpStatusCode.UnprocessableEntity), (noCode.StatusCode, noPassword.StatusCode));

        using var renewed = await editor.PostAsync(Profile, Profile + "/codes", ("password", WebFixture.Password), ("code", former[0]));
        Assert.Equal(HttpStatusCode.OK, renewed.StatusCode);
        site.Time.Advance(TimeSpan.FromSeconds(30));
        using var replaced = await editor.PostAsync(Profile, Profile + "/off", ("password", WebFixture.Password), ("code", former[1]));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, replaced.StatusCode);
        using var off = await editor.PostAsync(Profile, Profile + "/off", ("password", WebFixture.Password), ("code", Code(app)));
        Assert.Equal("/desk/profile", off.Headers.Location!.ToString());
        using var browser = site.Visitor();
        using var plain = await PasswordAsync(browser);
        Assert.Equal("/desk/audit", plain.Headers.Location!.ToString());
    }

    [Fact]
    public async Task An_owner_switches_it_off_for_somebody_and_never_for_herself()
    {
        using var owner = await site.SignInAsync(Role.Owner);
        using var editor = await site.SignInAsync(Role.Editor);
        await SwitchOnAsync(editor);
        await SwitchOnAsync(owner);
        var (path, own) = ("/desk/accounts/" + IdOf(Role.Editor), "/desk/accounts/" + IdOf(Role.Owner));
        using var removed = await owner.PostAsync(
            path, path + "/second-factor", ("version", DeskClient.VersionOf(await owner.PageAsync(path))));
        using var stale = await owner.PostAsync(path, path + "/second-factor", ("version", "x"));
        using var herself = await owner.PostAsync(
            own, own + "/second-factor", ("version", DeskClient.VersionOf(await owner.PageAsync(own))));

        Assert.Equal((HttpStatusCode.SeeOther, HttpStatusCode.Conflict), (removed.StatusCode, stale.StatusCode));
        Assert.Null(await site.Get<SecondFactors>().GetAsync(IdOf(Role.Editor), CancellationToken.None));
        Assert.NotNull(await site.Get<SecondFactors>().GetAsync(IdOf(Role.Owner), CancellationToken.None));
        Assert.Equal("The Owner", Assert.Single(await AuditAsync("account.factor-off")).Actor.Name);
        using var ended = await editor.GetAsync("/desk/digests");
        Assert.Equal(HttpStatusCode.SeeOther, ended.StatusCode);
    }

    [Fact]
    public async Task A_new_invitation_sets_the_password_and_keeps_the_second_factor()
    {
        using var editor = await site.SignInAsync(Role.Editor);
        var app = await SwitchOnAsync(editor);
        site.Time.Advance(TimeSpan.FromSeconds(30));
        var link = await site.InviteAsync(Role.Editor);
        using var browser = site.Visitor();
        using var accepted = await browser.PostAsync(link, link, ("name", "Ada"), ("password", "another good password"));
        Assert.Equal(CodePage, accepted.Headers.Location!.ToString());
        using var closed = await browser.GetAsync("/desk/digests");
        Assert.Equal(HttpStatusCode.SeeOther, closed.StatusCode);
        using var right = await CodeAsync(browser, Code(app));
        Assert.Equal("/desk", right.Headers.Location!.ToString());
    }

    [Fact]
    public async Task A_removed_person_who_comes_back_has_no_second_factor()
    {
        using var owner = await site.SignInAsync(Role.Owner);
        using var editor = await site.SignInAsync(Role.Editor);
        await SwitchOnAsync(editor);
        var path = "/desk/accounts/" + IdOf(Role.Editor);
        using var removed = await owner.PostAsync(
            path, path + "/remove", ("version", DeskClient.VersionOf(await owner.PageAsync(path))));
        using var back = await site.SignInAsync(Role.Editor);
        using var seen = await back.GetAsync("/desk/digests");
        Assert.Equal(HttpStatusCode.OK, seen.StatusCode);
    }

    [Fact]
    public async Task A_half_sign_in_ends_after_ten_minutes_with_a_new_password_and_when_forged()
    {
        using var editor = await site.SignInAsync(Role.Editor);
        var app = await SwitchOnAsync(editor);
        using var browser = site.Visitor();
        using var password = await PasswordAsync(browser);
        var pending = browser.Cookies.GetAllCookies().Single(cookie => cookie.Name == "desk-pending").Value;
        site.Time.Advance(TimeSpan.FromMinutes(9));
        Assert.Contains("editor@example.com", await browser.PageAsync(CodePage), StringComparison.Ordinal);

        // The cookie opens no page, also under the name of a session.
        foreach (var (name, value) in ((string, string)[])[
            ("desk", pending), ("desk-pending", pending[..^4] + "AAAA"), ("desk-pending", "x")])
        {
            using var thief = site.Visitor();
            thief.Cookies.Add(new Cookie(name, value, "/desk", site.Client.BaseAddress!.Host));
            using var page = await thief.GetAsync(name == "desk" ? "/desk/digests" : CodePage);
            Assert.StartsWith("/desk/sign-in", page.Headers.Location!.ToString(), StringComparison.Ordinal);
        }

        site.Time.Advance(TimeSpan.FromMinutes(1));
        using var late = await browser.GetAsync(CodePage);
        Assert.Equal("/desk/sign-in", late.Headers.Location!.ToString());

        using var second = await PasswordAsync(browser);
        var account = (await site.Get<AccountStore>().GetAsync(IdOf(Role.Editor), CancellationToken.None))!;
        await site.Get<ChangeAccount>().EndSessionsAsync(account, null, CancellationToken.None);
        using var ended = await browser.PostAsync("/desk/sign-in", CodePage, ("code", Code(app)));
        Assert.Equal("/desk/sign-in?ended=1", ended.Headers.Location!.ToString());
    }

    private const string Tables = Storage.Tables.Accounts;

    private string Code(byte[] app) => new Totp(app).ComputeTotp(site.Time.GetUtcNow().UtcDateTime);

    private async Task<byte[]> SwitchOnAsync(DeskClient client) => (await SwitchOnWithCodesAsync(client)).App;

    private async Task<(byte[] App, IReadOnlyList<string> Recovery)> SwitchOnWithCodesAsync(DeskClient client)
    {
        var page = await client.PageAsync(Profile);
        Assert.Contains("<svg class=\"qr\"", page, StringComparison.Ordinal);
        var app = Secret(page);
        using var done = await client.PostAsync(
            "/desk/profile", Profile, ("offer", Offer().Match(page).Groups[1].Value), ("code", Code(app)),
            ("password", WebFixture.Password));
        var codes = await done.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return (app, [.. Recovery().Matches(codes).Select(match => match.Groups[1].Value)]);
    }

    private static byte[] Secret(string page) =>
        Base32Encoding.ToBytes(SecretText().Match(page).Groups[1].Value.Replace(" ", "", StringComparison.Ordinal));

    private static Task<HttpResponseMessage> PasswordAsync(DeskClient browser) => browser.PostAsync(
        "/desk/sign-in?returnUrl=/desk/audit", "/desk/sign-in", ("email", WebFixture.AddressOf(Role.Editor)),
        ("password", WebFixture.Password), ("returnUrl", "/desk/audit"));

    private static Task<HttpResponseMessage> CodeAsync(DeskClient browser, string code) =>
        browser.PostAsync(CodePage, CodePage, ("code", code));

    private string IdOf(Role role) =>
        site.Get<AccountStore>().IdOf(WebFixture.Address(WebFixture.AddressOf(role)));

    private async Task<IReadOnlyList<AuditEntry>> AuditAsync(string verb) =>
        [.. (await site.Get<AuditLog>().ListAsync(null, verb, null, 50, CancellationToken.None)).Entries
            .Where(entry => entry.Verb == verb)];

    [GeneratedRegex("""id="secret"[^>]*>([A-Z2-7 ]+)<""")]
    private static partial Regex SecretText();

    [GeneratedRegex("""name="offer" value="([^"]+)""")]
    private static partial Regex Offer();

    [GeneratedRegex("<li><code>([a-z0-9-]+)</code>")]
    private static partial Regex Recovery();

    [GeneratedRegex("""name="token" value="([^"]+)""")]
    private static partial Regex Token();
}
