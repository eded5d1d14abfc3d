using System.Net;
using DailyDigest.Accounts;
using DailyDigest.Tests.Browser;

namespace DailyDigest.Web.Tests.Desk;

/// <summary>Signing in by an OpenID Connect provider: right, and against hostile answers, people and providers.</summary>
public sealed class OpenIdTests : IAsyncLifetime
{
    private const string Begin = "/desk/sign-in/openid";
    private OpenIdProvider provider = null!;
    private WebFixture site = null!;

    public async ValueTask InitializeAsync()
    {
        provider = await OpenIdProvider.StartAsync();
        site = await StartAsync();
        provider.Now = site.Time.GetUtcNow;
    }

    public async ValueTask DisposeAsync()
    {
        await site.DisposeAsync();
        await provider.DisposeAsync();
    }

    [Fact]
    public async Task A_person_of_the_provider_gets_an_account_with_the_role_of_the_claim()
    {
        using var browser = site.Visitor();
        Assert.Contains("Sign in with Example Login", await browser.PageAsync("/desk/sign-in"), StringComparison.Ordinal);
        using var done = await SignInAsync(browser, "/desk/figures?days=7");
        Assert.Equal((HttpStatusCode.SeeOther, "/desk/figures?days=7"), (done.StatusCode, done.Headers.Location!.ToString()));

        var account = await AccountAsync();
        Assert.Equal(("Ada", Role.Editor, null), (account.Name, account.Role, account.PasswordHash));
        Assert.Contains("Editor", await browser.PageAsync("/desk/profile"), StringComparison.Ordinal);
        Assert.Equal("Editor", Assert.Single(await AuditAsync("account.provider")).After);
        Assert.Null(await site.Get<InviteAccount>().FirstOwnerAsync(CancellationToken.None));

        // Its address has no password. The session ends after half a day, so that the claim is read again.
        using var guess = await browser.PostAsync("/desk/sign-in", "/desk/sign-in", ("email", "ada@example.com"), ("password", ""));
        Assert.NotEqual("/desk", guess.Headers.Location?.ToString());
        site.Time.Advance(TimeSpan.FromHours(11));
        using var still = await browser.GetAsync("/desk/digests");
        site.Time.Advance(TimeSpan.FromHours(1));
        using var ended = await browser.GetAsync("/desk/digests");
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.SeeOther), (still.StatusCode, ended.StatusCode));
    }

    [Fact]
    public async Task A_new_role_of_the_claim_counts_at_the_next_sign_in_and_ends_the_sessions()
    {
        using var first = site.Visitor();
        using var made = await SignInAsync(first);
        provider.Person["roles"] = "desk-owners";
        using var second = site.Visitor();
        using var changed = await SignInAsync(second);
        Assert.Equal(Role.Owner, (await AccountAsync()).Role);
        using var ended = await first.GetAsync("/desk/digests");
        Assert.Equal(HttpStatusCode.SeeOther, ended.StatusCode);

        // The last owner stays one, and cannot come in with less.
        provider.Person["roles"] = "desk-editors";
        await RefusedAsync("The desk needs an owner");
        Assert.Equal(Role.Owner, (await AccountAsync()).Role);
    }

    [Fact]
    public async Task Claims_of_the_second_question_count()
    {
        foreach (var claim in (string[])["roles", "email", "email_verified"])
        {
            provider.UserInfo[claim] = provider.Person[claim];
            provider.Person.Remove(claim);
        }

        using var browser = site.Visitor();
        using var done = await SignInAsync(browser);
        Assert.Equal("/desk", done.Headers.Location!.ToString());
        Assert.Equal(Role.Editor, (await AccountAsync()).Role);
    }

    [Fact]
    public async Task Without_a_known_role_nobody_gets_in_and_open_sessions_end()
    {
        using var browser = site.Visitor();
        using var done = await SignInAsync(browser);
        foreach (var roles in (object[])["staff", "desk-owners,desk-editors", "DESK-OWNERS", "", Array.Empty<string>()])
        {
            provider.Person["roles"] = roles;
            await RefusedAsync("You have no role on this desk");
        }

        using var ended = await browser.GetAsync("/desk/digests");
        Assert.Equal(HttpStatusCode.SeeOther, ended.StatusCode);
        provider.Person.Remove("roles");
        await RefusedAsync("You have no role on this desk");
    }

    [Theory]
    [InlineData("email_verified", false, "Your address is not verified")]
    [InlineData("email_verified", "no", "Your address is not verified")]
    [InlineData("email_verified", null, "Your address is not verified")]
    [InlineData("email", "no address", "Your address is missing")]
    [InlineData("email", null, "Your address is missing")]
    public async Task An_address_counts_only_if_the_provider_has_verified_it(string claim, object? value, string says)
    {
        provider.Person.Remove(claim);
        if (value is not null)
        {
            provider.Person[claim] = value;
        }

        await RefusedAsync(says);
        Assert.Empty(await site.Get<AccountStore>().ListAsync(CancellationToken.None));
    }

    [Fact]
    public async Task The_address_of_another_persons_account_opens_nothing()
    {
        using var ada = site.Visitor();
        using var done = await SignInAsync(ada);
        provider.Person["sub"] = "eve-2";
        await RefusedAsync("Your address has another account");

        // The person may change the address at the provider, and keeps the account.
        (provider.Person["sub"], provider.Person["email"]) = ("ada-1", "lovelace@example.com");
        using var moved = await SignInAsync(ada);
        Assert.Equal("/desk", moved.Headers.Location!.ToString());
        Assert.Equal("ada@example.com", Assert.Single(await site.Get<AccountStore>().ListAsync(CancellationToken.None)).Email);
    }

    [Fact]
    public async Task An_account_with_a_password_is_linked_and_a_disabled_one_stays_out()
    {
        using (await site.SignInAsync(Role.Viewer, "ada@example.com"))
        {
        }

        using var browser = site.Visitor();
        using var done = await SignInAsync(browser);
        Assert.Equal(Role.Editor, (await AccountAsync()).Role);
        var account = await AccountAsync();
        Assert.NotNull(account.PasswordHash);
        await site.Get<ChangeAccount>().SetAsync(
            account.Id, account.Version!, account.Role, AccountState.Disabled, Actor.CommandLine, CancellationToken.None);
        await RefusedAsync("Your account is disabled");
    }

    [Theory]
    [InlineData("signature")]
    [InlineData("unsigned")]
    [InlineData("nonce")]
    [InlineData("audience")]
    [InlineData("issuer")]
    [InlineData("expired")]
    [InlineData("future")]
    public async Task A_token_that_is_not_right_signs_nobody_in(string fault)
    {
        provider.HasWrongKey = fault == "signature";
        provider.IsUnsigned = fault == "unsigned";
        provider.Nonce = fault == "nonce" ? "another" : null;
        provider.Audience = fault == "audience" ? "another" : "desk";
        provider.Issuer = fault == "issuer" ? "https://other.example.com" : null;
        provider.Now = () => site.Time.GetUtcNow() + TimeSpan.FromMinutes(fault switch { "expired" => -10, "future" => 10, _ => 0 });
        using var browser = site.Visitor();
        using var answer = await SignInAsync(browser);
        await AssertFailedAsync(browser, answer);
    }

    [Fact]
    public async Task Every_answer_works_once_in_the_browser_that_asked()
    {
        using var browser = site.Visitor();
        using var asked = await browser.GetAsync(Begin);
        var path = provider.Agree(asked.Headers.Location!);
        using var elsewhere = site.Visitor();
        using var stolen = await elsewhere.GetAsync(path);
        await AssertFailedAsync(elsewhere, stolen);
        using var right = await browser.GetAsync(path);
        Assert.Equal("/desk", right.Headers.Location!.ToString());

        using var visitor = site.Visitor();
        visitor.Cookies.Add(browser.Cookies.GetAllCookies().Aggregate(new CookieCollection(), (all, one) =>
        {
            if (one.Name != "desk")
            {
                all.Add(one);
            }

            return all;
        }));
        using var replayed = await visitor.GetAsync(path);
        await AssertFailedAsync(visitor, replayed);
    }

    [Theory]
    [InlineData("state")]
    [InlineData("code")]
    [InlineData("issuer")]
    [InlineData("error")]
    [InlineData("nothing")]
    public async Task A_forged_answer_signs_nobody_in(string fault)
    {
        using var browser = site.Visitor();
        using var asked = await browser.GetAsync(Begin);
        var path = provider.Agree(
            asked.Headers.Location!, fault == "state" ? "forged" : null, fault == "issuer" ? "https://other.example.com" : null);
        using var answer = await browser.GetAsync(fault switch
        {
            "code" => path.Replace("code=", "code=x", StringComparison.Ordinal),
            "error" => path.Replace("code=", "error=access_denied&error_description=%3Cscript%3Ealert(1)%3C/script%3E&x=",
                StringComparison.Ordinal),
            "nothing" => "/desk/sign-in/openid/return",
            _ => path,
        });
        await AssertFailedAsync(browser, answer);
        Assert.DoesNotContain("alert(1)", site.Logged, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://evil.example.com/")]
    [InlineData("//evil.example.com")]
    [InlineData("/desk/../..//evil.example.com\\")]
    [InlineData("/desk@evil.example.com")]
    [InlineData("/signup")]
    public async Task The_way_back_leads_to_the_desk_only(string path)
    {
        using var browser = site.Visitor();
        using var done = await SignInAsync(browser, path);
        Assert.Equal("/desk", done.Headers.Location!.ToString());
    }

    [Fact]
    public async Task A_provider_that_is_down_is_said_to_be_and_passwords_work()
    {
        provider.IsDown = true;
        using var viewer = await site.SignInAsync(Role.Viewer);
        foreach (var path in (string[])[Begin, "/desk/sign-out/openid"])
        {
            using var visitor = site.Visitor();
            using var answer = await visitor.GetAsync(path);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Assert.Contains(
                "Example Login does not answer", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
                StringComparison.Ordinal);
        }

        using var browser = site.Visitor();
        using var password = await browser.PostAsync(
            "/desk/sign-in", "/desk/sign-in", ("email", WebFixture.AddressOf(Role.Viewer)), ("password", WebFixture.Password));
        Assert.Equal("/desk", password.Headers.Location!.ToString());
    }

    [Fact]
    public async Task The_check_of_doctor_tells_a_provider_that_works_from_one_that_is_silent()
    {
        await using var plain = await WebFixture.StartAsync();
        Assert.Equal(ProviderState.None, await plain.Get<CheckProvider>().ExecuteAsync(TestContext.Current.CancellationToken));
        provider.IsDown = true;
        Assert.Equal(ProviderState.Silent, await site.Get<CheckProvider>().ExecuteAsync(TestContext.Current.CancellationToken));
        provider.IsDown = false;
        await using var other = await StartAsync();
        Assert.Equal(ProviderState.Works, await other.Get<CheckProvider>().ExecuteAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_provider_that_breaks_off_in_the_middle_signs_nobody_in()
    {
        using var browser = site.Visitor();
        using var asked = await browser.GetAsync(Begin);
        var path = provider.Agree(asked.Headers.Location!);
        provider.IsDown = true;
        using var answer = await browser.GetAsync(path);
        Assert.True(answer.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.ServiceUnavailable);
        Assert.DoesNotContain(browser.Cookies.GetAllCookies(), cookie => cookie.Name == "desk");
    }

    [Fact]
    public async Task Without_passwords_an_owner_has_one_until_an_owner_comes_by_the_provider()
    {
        await using var strict = await StartAsync(("Desk:OpenId:Only", "true"));
        using var owner = await strict.SignInAsync(Role.Owner);
        using var editor = strict.Visitor();
        var link = await strict.InviteAsync(Role.Editor);
        using var accepted = await editor.PostAsync(link, link, ("name", "The Editor"), ("password", WebFixture.Password));
        Assert.Equal("/desk/sign-in", accepted.Headers.Location!.ToString());
        Assert.DoesNotContain("id=\"password\"", await editor.PageAsync("/desk/sign-in"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await PasswordAsync(strict, Role.Editor));
        Assert.Equal(HttpStatusCode.SeeOther, await PasswordAsync(strict, Role.Owner));

        provider.Person["roles"] = "desk-owners";
        using var browser = strict.Visitor();
        using var done = await SignInAsync(browser);
        Assert.Equal("/desk", done.Headers.Location!.ToString());
        Assert.Equal(HttpStatusCode.Forbidden, await PasswordAsync(strict, Role.Owner));
        Assert.Equal(HttpStatusCode.Forbidden, await PasswordAsync(strict, Role.Editor));
    }

    [Fact]
    public async Task Signing_out_offers_to_sign_out_of_the_provider_too()
    {
        using var browser = site.Visitor();
        using var done = await SignInAsync(browser);
        using var left = await browser.PostAsync("/desk/profile", "/desk/sign-out");
        Assert.Contains(
            "href=\"/desk/sign-out/openid\"", await browser.PageAsync(left.Headers.Location!.ToString()), StringComparison.Ordinal);
        using var end = await browser.GetAsync("/desk/sign-out/openid");
        Assert.Equal(
            provider.Address + "/end?client_id=desk&post_logout_redirect_uri=http%3A%2F%2Flocalhost%2Fdesk%2Fsign-in",
            end.Headers.Location!.ToString());
    }

    [Fact]
    public async Task Readers_pages_set_no_cookie_and_the_way_is_closed_without_a_provider()
    {
        using (var front = await site.Client.GetAsync(new Uri("/", UriKind.Relative), TestContext.Current.CancellationToken))
        {
            Assert.False(front.Headers.Contains("Set-Cookie"));
        }

        await using var plain = await WebFixture.StartAsync();
        foreach (var path in (string[])[Begin, Begin + "/return?code=x&state=y", "/desk/sign-out/openid"])
        {
            using var visitor = plain.Visitor();
            using var answer = await visitor.GetAsync(path);
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }
    }

    [Fact]
    public void Settings_that_shut_people_out_refuse_the_start()
    {
        static OpenIdOptions Right() =>
            new() { Authority = "https://login.example.com/a", ClientId = "desk", Owners = "a, b", Editors = "c" };
        Assert.Empty(new OpenIdOptions().Validate());
        Assert.Empty(Right().Validate());
        foreach (var (change, setting) in ((Action<OpenIdOptions>, string)[])
        [
            (one => one.Authority = "", "Authority"), (one => one.Authority = "http://login.example.com", "Authority"),
            (one => one.Authority = "login.example.com", "Authority"), (one => one.Authority = "https://a@b.example.com", "Authority"),
            (one => one.ClientId = " ", "ClientId"), (one => one.Scopes = "email", "Scopes"), (one => one.RoleClaim = "", "RoleClaim"),
            (one => one.Name = new string('x', 61), "Name"), (one => one.Owners = one.Editors = " , ", "Owners"),
            (one => one.Viewers = "b", "Owners"),
        ])
        {
            var options = Right();
            change(options);
            Assert.StartsWith("Desk__OpenId__" + setting, Assert.Single(options.Validate()), StringComparison.Ordinal);
        }

        Assert.NotEmpty(new OpenIdOptions { Only = true }.Validate());
    }

    private Task<WebFixture> StartAsync(params (string, string)[] further) => WebFixture.StartAsync(null,
    [
        ("Desk:OpenId:Authority", provider.Address), ("Desk:OpenId:ClientId", "desk"),
        ("Desk:OpenId:ClientSecret", OpenIdProvider.Secret), ("Desk:OpenId:Name", "Example Login"),
        ("Desk:OpenId:Owners", "desk-owners"), ("Desk:OpenId:Editors", "desk-editors, desk-writers"), .. further,
    ]);

    private async Task<HttpResponseMessage> SignInAsync(DeskClient browser, string? path = null)
    {
        using var asked = await browser.GetAsync(Begin + (path is null ? "" : "?returnUrl=" + Uri.EscapeDataString(path)));
        Assert.Equal(HttpStatusCode.Redirect, asked.StatusCode);
        return await browser.GetAsync(provider.Agree(asked.Headers.Location!));
    }

    private async Task RefusedAsync(string says)
    {
        using var browser = site.Visitor();
        using var answer = await SignInAsync(browser);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Contains(says, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.DoesNotContain(browser.Cookies.GetAllCookies(), cookie => cookie.Name == "desk");
    }

    private async Task AssertFailedAsync(DeskClient browser, HttpResponseMessage answer)
    {
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.DoesNotContain(browser.Cookies.GetAllCookies(), cookie => cookie.Name == "desk");
        Assert.DoesNotContain("ada@example.com", site.Logged, StringComparison.Ordinal);
    }

    private static async Task<HttpStatusCode> PasswordAsync(WebFixture site, Role role)
    {
        using var browser = site.Visitor();
        using var answer = await browser.PostAsync(
            "/desk/sign-in?password=1", "/desk/sign-in", ("email", WebFixture.AddressOf(role)), ("password", WebFixture.Password));
        return answer.StatusCode;
    }

    private async Task<Account> AccountAsync() => (await site.Get<AccountStore>().GetAsync(
        site.Get<AccountStore>().IdOf(WebFixture.Address("ada@example.com")), CancellationToken.None))!;

    private async Task<IReadOnlyList<AuditEntry>> AuditAsync(string verb) =>
        (await site.Get<AuditLog>().ListAsync(null, verb, null, 50, CancellationToken.None)).Entries;
}
