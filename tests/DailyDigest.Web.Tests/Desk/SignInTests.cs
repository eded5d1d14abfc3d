using System.Net;
using DailyDigest.Accounts;
using DailyDigest.Storage;

namespace DailyDigest.Web.Tests.Desk;

/// <summary>Invitations, signing in and out, and what ends a session.</summary>
public sealed class SignInTests
{
    [Fact]
    public async Task An_invitation_makes_an_account_and_signs_it_in()
    {
        await using var site = await WebFixture.StartAsync();
        using var client = site.Visitor();
        var link = await site.InviteAsync(Role.Editor);

        Assert.Contains("Your role is Editor.", await client.PageAsync(link), StringComparison.Ordinal);
        using var accepted = await client.PostAsync(link, link, ("name", " Ada "), ("password", WebFixture.Password));

        Assert.Equal((HttpStatusCode.SeeOther, "/desk"), (accepted.StatusCode, accepted.Headers.Location!.ToString()));
        var page = await client.PageAsync("/desk/digests");
        Assert.Contains("Welcome, Ada.", page, StringComparison.Ordinal);
        Assert.Contains("<span>Editor</span>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Welcome, Ada.", await client.PageAsync("/desk/digests"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_invitation_works_once()
    {
        await using var site = await WebFixture.StartAsync();
        var link = await site.InviteAsync(Role.Viewer);
        using (var first = site.Visitor())
        {
            using var accepted = await first.PostAsync(link, link, ("name", "Ada"), ("password", WebFixture.Password));
            Assert.Equal(HttpStatusCode.SeeOther, accepted.StatusCode);
        }

        using var second = site.Visitor();
        using var shown = await second.GetAsync(link);
        using var again = await second.PostAsync("/desk/sign-in", link, ("name", "Eve"), ("password", WebFixture.Password));

        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (shown.StatusCode, again.StatusCode));
        Assert.Equal("Ada", Assert.Single(await site.Get<AccountStore>().ListAsync(TestContext.Current.CancellationToken)).Name);
    }

    [Fact]
    public async Task An_invitation_ends_after_seven_days()
    {
        await using var site = await WebFixture.StartAsync();
        using var client = site.Visitor();
        var link = await site.InviteAsync(Role.Viewer);

        site.Time.Advance(InviteAccount.Lifetime - TimeSpan.FromMinutes(1));
        using (var shown = await client.GetAsync(link))
        {
            Assert.Equal(HttpStatusCode.OK, shown.StatusCode);
        }

        site.Time.Advance(TimeSpan.FromMinutes(1));
        using var late = await client.GetAsync(link);
        Assert.Equal(HttpStatusCode.NotFound, late.StatusCode);
    }

    [Theory]
    [InlineData("/desk/welcome/x")]
    [InlineData("/desk/welcome/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("/desk/welcome/%2e%2e%2fi-0")]
    public async Task A_forged_invitation_is_not_found(string path)
    {
        await using var site = await WebFixture.StartAsync();
        await site.InviteAsync(Role.Owner);
        using var client = site.Visitor();
        using var answer = await client.GetAsync(path);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task A_new_invitation_ends_the_former_one_for_the_address()
    {
        await using var site = await WebFixture.StartAsync();
        var first = await site.InviteAsync(Role.Owner, "ada@example.com");
        var second = await site.InviteAsync(Role.Viewer, "ada@example.com");
        using var client = site.Visitor();
        using var former = await client.GetAsync(first);
        using var latest = await client.GetAsync(second);
        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.OK), (former.StatusCode, latest.StatusCode));
    }

    [Fact]
    public async Task The_store_holds_no_token_of_an_invitation()
    {
        await using var site = await WebFixture.StartAsync();
        var token = (await site.InviteAsync(Role.Owner)).Split('/')[^1];
        await foreach (var row in site.Get<ITableStore>().ScanAsync(
            Tables.Accounts, AccountStore.Partition, RowRange.All, TestContext.Current.CancellationToken))
        {
            Assert.DoesNotContain(token, row.Key + string.Concat(row.Properties.Values), StringComparison.Ordinal);
        }

        Assert.DoesNotContain(token, site.Logged, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_two_first_owners_at_once_one_gets_the_desk()
    {
        await using var site = await WebFixture.StartAsync();
        var invite = site.Get<InviteAccount>();
        var links = new[]
        {
            WebFixture.Path((await invite.FirstOwnerAsync(CancellationToken.None))!),
            WebFixture.Path((await invite.FirstOwnerAsync(CancellationToken.None))!),
        };
        var answers = await Task.WhenAll(links.Select(async (link, number) =>
        {
            using var client = site.Visitor();
            using var answer = await client.PostAsync(
                link, link, ("name", "Ada"), ("email", $"ada{number}@example.com"), ("password", WebFixture.Password));
            return answer.StatusCode;
        }));

        Assert.Equal([HttpStatusCode.SeeOther, HttpStatusCode.NotFound], answers.Order());
        var owner = Assert.Single(await site.Get<AccountStore>().ListAsync(TestContext.Current.CancellationToken));
        Assert.Equal(Role.Owner, owner.Role);
        Assert.Null(await invite.FirstOwnerAsync(CancellationToken.None));
    }

    [Theory]
    [InlineData("", "ada@example.com", WebFixture.Password, "enter your name")]
    [InlineData("Ada", "nonsense", WebFixture.Password, "not an e-mail address")]
    [InlineData("Ada", "ada@example.com", "short", "At least 12")]
    [InlineData("Ada", "ada@example.com", "aaaaaaaaaaaaaaaa", "too simple")]
    public async Task A_faulty_acceptance_shows_the_form_again(string name, string email, string password, string fault)
    {
        await using var site = await WebFixture.StartAsync();
        var link = WebFixture.Path((await site.Get<InviteAccount>().FirstOwnerAsync(CancellationToken.None))!);
        using var client = site.Visitor();
        using var answer = await client.PostAsync(link, link, ("name", name), ("email", email), ("password", password));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        var page = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains(fault, WebUtility.HtmlDecode(page), StringComparison.Ordinal);
        Assert.Empty(await site.Get<AccountStore>().ListAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Signing_in_leads_to_the_page_that_was_wanted()
    {
        await using var site = await WebFixture.StartAsync();
        using (await site.SignInAsync(Role.Viewer))
        {
        }

        using var client = site.Visitor();
        using var sent = await client.GetAsync("/desk/digests?x=1&lang=ar");
        Assert.Equal(
            (HttpStatusCode.SeeOther, "/desk/sign-in?returnUrl=%2Fdesk%2Fdigests%3Fx%3D1&lang=ar"),
            (sent.StatusCode, sent.Headers.Location!.ToString()));
        using var signedIn = await client.PostAsync(
            sent.Headers.Location.ToString(), "/desk/sign-in", ("email", WebFixture.AddressOf(Role.Viewer)),
            ("password", WebFixture.Password), ("returnUrl", "/desk/digests?x=1"));
        Assert.Equal(
            (HttpStatusCode.SeeOther, "/desk/digests?x=1"), (signedIn.StatusCode, signedIn.Headers.Location!.ToString()));
    }

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("//evil.example/desk")]
    [InlineData("/\\evil.example")]
    [InlineData("/desk\\..\\..\\evil.example")]
    [InlineData("/desk/\r\nLocation: https://evil.example")]
    [InlineData("/desk.evil.example")]
    [InlineData("/")]
    [InlineData("javascript:alert(1)")]
    [InlineData("/desk/sign-out")]
    public async Task Signing_in_leads_nowhere_else(string wanted)
    {
        await using var site = await WebFixture.StartAsync();
        using (await site.SignInAsync(Role.Viewer))
        {
        }

        using var client = site.Visitor();
        using var signedIn = await client.PostAsync(
            "/desk/sign-in?returnUrl=" + Uri.EscapeDataString(wanted), "/desk/sign-in", ("email", WebFixture.AddressOf(Role.Viewer)),
            ("password", WebFixture.Password), ("returnUrl", wanted));
        Assert.Equal((HttpStatusCode.SeeOther, "/desk"), (signedIn.StatusCode, signedIn.Headers.Location!.ToString()));
    }

    [Fact]
    public async Task Signing_out_ends_the_session()
    {
        await using var site = await WebFixture.StartAsync();
        using var client = await site.SignInAsync(Role.Viewer);
        using var signedOut = await client.PostAsync("/desk/digests", "/desk/sign-out");
        Assert.Equal("/desk/sign-in", signedOut.Headers.Location!.ToString());
        Assert.Contains("You are signed out.", await client.PageAsync("/desk/sign-in"), StringComparison.Ordinal);
        using var later = await client.GetAsync("/desk/digests");
        Assert.Equal(HttpStatusCode.SeeOther, later.StatusCode);
    }

    [Fact]
    public async Task A_new_stamp_or_a_disabled_account_ends_every_session()
    {
        await using var site = await WebFixture.StartAsync();
        var accounts = site.Get<AccountStore>();
        foreach (var change in (Func<Account, Account>[])[
            account => account with { Stamp = AccountStore.NewStamp() }, account => account with { State = AccountState.Disabled }])
        {
            using var client = await site.SignInAsync(Role.Editor);
            using (var before = await client.GetAsync("/desk/digests"))
            {
                Assert.Equal(HttpStatusCode.OK, before.StatusCode);
            }

            var account = Assert.Single(await accounts.ListAsync(CancellationToken.None));
            Assert.True(await accounts.ReplaceAsync(change(account), CancellationToken.None));
            using var after = await client.GetAsync("/desk/digests");
            Assert.Equal(HttpStatusCode.SeeOther, after.StatusCode);
        }
    }

    [Fact]
    public async Task A_session_ends_after_half_a_day_without_use_and_slides_until_then()
    {
        await using var site = await WebFixture.StartAsync();
        using var client = await site.SignInAsync(Role.Viewer);
        for (var times = 0; times < 3; times++)
        {
            site.Time.Advance(DeskSession.Idle - TimeSpan.FromMinutes(1));
            using var used = await client.GetAsync("/desk/digests");
            Assert.Equal(HttpStatusCode.OK, used.StatusCode);
        }

        site.Time.Advance(DeskSession.Idle + TimeSpan.FromMinutes(1));
        using var ended = await client.GetAsync("/desk/digests");
        Assert.Equal(HttpStatusCode.SeeOther, ended.StatusCode);
    }

    [Fact]
    public async Task A_session_ends_a_month_after_the_sign_in()
    {
        await using var site = await WebFixture.StartAsync();
        using var client = await site.SignInAsync(Role.Viewer);
        var status = HttpStatusCode.OK;
        for (var passed = TimeSpan.Zero; passed < DeskSession.MaxAge; passed += DeskSession.Idle - TimeSpan.FromHours(1))
        {
            Assert.Equal(HttpStatusCode.OK, status);
            site.Time.Advance(DeskSession.Idle - TimeSpan.FromHours(1));
            using var used = await client.GetAsync("/desk/digests");
            status = used.StatusCode;
        }

        Assert.Equal(HttpStatusCode.SeeOther, status);
    }
}
