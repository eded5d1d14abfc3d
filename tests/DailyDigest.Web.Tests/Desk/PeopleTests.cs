using System.Net;
using System.Text.RegularExpressions;
using DailyDigest.Accounts;

namespace DailyDigest.Web.Tests.Desk;

/// <summary>The people of the desk, and a person's own account.</summary>
public sealed partial class PeopleTests
{
    [Fact]
    public async Task An_owner_invites_and_the_link_is_shown_once()
    {
        await using var site = await WebFixture.StartAsync();
        using var owner = await site.SignInAsync(Role.Owner);
        site.Time.Advance(TimeSpan.FromSeconds(1));

        using var made = await owner.PostAsync(
            "/desk/accounts", "/desk/accounts", ("email", "new@example.com"), ("name", "Amira"), ("role", "Editor"));
        var page = WebUtility.HtmlDecode(await made.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        var link = WebFixture.Path(Link().Match(page).Groups[1].Value);

        Assert.DoesNotContain("/desk/welcome/", await owner.PageAsync("/desk/accounts"), StringComparison.Ordinal);
        using var guest = site.Visitor();
        Assert.Contains("Your role is Editor.", await guest.PageAsync(link), StringComparison.Ordinal);
        var entry = (await site.Get<AuditLog>().ListAsync(null, "account.invite", null, 1, CancellationToken.None)).Entries.Single();
        Assert.Equal(("The Owner", "Editor"), (entry.Actor.Name, entry.After));
        Assert.DoesNotContain("new@example.com", entry.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nonsense", "Editor")]
    [InlineData("new@example.com", "3")]
    [InlineData("new@example.com", "owner, Viewer")]
    [InlineData("new@example.com", "")]
    public async Task A_faulty_invitation_makes_no_link(string email, string role)
    {
        await using var site = await WebFixture.StartAsync();
        using var owner = await site.SignInAsync(Role.Owner);
        using var answer = await owner.PostAsync("/desk/accounts", "/desk/accounts", ("email", email), ("role", role));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Empty(await site.Get<InviteAccount>().ListAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_changed_role_counts_at_once_and_ends_the_sessions()
    {
        await using var site = await WebFixture.StartAsync();
        using var owner = await site.SignInAsync(Role.Owner);
        using var editor = await site.SignInAsync(Role.Editor);
        var path = await PathAsync(site, Role.Editor);

        using var changed = await owner.PostAsync(path, path, ("version", await VersionAsync(owner, path)), ("role", "Viewer"));

        Assert.Equal((HttpStatusCode.SeeOther, "/desk/accounts"), (changed.StatusCode, changed.Headers.Location!.ToString()));
        using var ended = await editor.GetAsync("/desk/digests");
        Assert.Equal(HttpStatusCode.SeeOther, ended.StatusCode);
        Assert.Contains("Editor", await owner.PageAsync("/desk/audit?verb=account.change"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_second_of_two_owners_sees_that_the_first_changed_it()
    {
        await using var site = await WebFixture.StartAsync();
        using var first = await site.SignInAsync(Role.Owner);
        using var second = await site.SignInAsync(Role.Owner, "second@example.com");
        using (await site.SignInAsync(Role.Editor))
        {
        }

        var path = await PathAsync(site, Role.Editor);
        var seen = await VersionAsync(second, path);
        using var done = await first.PostAsync(path, path, ("version", await VersionAsync(first, path)), ("role", "Operator"));
        using var late = await second.PostAsync(path, path, ("version", seen), ("role", "Viewer"));
        using var removed = await second.PostAsync(path, path + "/remove", ("version", seen));

        Assert.Equal(
            (HttpStatusCode.SeeOther, HttpStatusCode.Conflict, HttpStatusCode.Conflict),
            (done.StatusCode, late.StatusCode, removed.StatusCode));
        Assert.Equal(Role.Operator, (await FindAsync(site, Role.Editor)).Role);
    }

    [Theory]
    [InlineData("", "Viewer", false)]
    [InlineData("", "Owner", true)]
    [InlineData("/remove", "Owner", false)]
    public async Task The_last_owner_stays(string act, string role, bool disables)
    {
        await using var site = await WebFixture.StartAsync();
        using var owner = await site.SignInAsync(Role.Owner);
        var path = await PathAsync(site, Role.Owner);
        (string, string)[] fields = [("version", await VersionAsync(owner, path)), ("role", role)];
        using var answer = await owner.PostAsync(path, path + act, disables ? [.. fields, ("disabled", "1")] : fields);

        Assert.Equal(path, answer.Headers.Location!.ToString());
        Assert.Contains("The desk needs an owner.", await owner.PageAsync(path), StringComparison.Ordinal);
        Assert.Equal((Role.Owner, AccountState.Active), await StateAsync(site, Role.Owner));
    }

    [Fact]
    public async Task Two_owners_cannot_take_each_other_away_at_once()
    {
        await using var site = await WebFixture.StartAsync();
        using (await site.SignInAsync(Role.Owner))
        using (await site.SignInAsync(Role.Owner, "second@example.com"))
        {
        }

        var (accounts, change) = (site.Get<AccountStore>(), site.Get<ChangeAccount>());
        var owners = await accounts.ListAsync(CancellationToken.None);
        var outcomes = await Task.WhenAll(owners.Select(owner => Task.Run(() => change.SetAsync(
            owner.Id, owner.Version!, Role.Viewer, AccountState.Active, Actor.CommandLine, CancellationToken.None))));

        Assert.Single(outcomes, ChangeAccountOutcome.Done);
        Assert.Single(await accounts.ListAsync(CancellationToken.None), one => one.Role == Role.Owner);
    }

    [Fact]
    public async Task A_removed_person_is_out_and_can_be_invited_again()
    {
        await using var site = await WebFixture.StartAsync();
        using var owner = await site.SignInAsync(Role.Owner);
        using var editor = await site.SignInAsync(Role.Editor);
        var path = await PathAsync(site, Role.Editor);
        using var removed = await owner.PostAsync(path, path + "/remove", ("version", await VersionAsync(owner, path)));
        Assert.Equal(HttpStatusCode.SeeOther, removed.StatusCode);
        using var ended = await editor.GetAsync("/desk/digests");
        Assert.Equal(HttpStatusCode.SeeOther, ended.StatusCode);

        using var back = await site.SignInAsync(Role.Editor);
        using var seen = await back.GetAsync("/desk/digests");
        Assert.Equal(HttpStatusCode.OK, seen.StatusCode);
    }

    [Theory]
    [InlineData("", "Editor", true)]
    [InlineData("", "Viewer", false)]
    [InlineData("/remove", "Editor", false)]
    public async Task A_link_from_before_a_change_does_not_undo_it(string act, string role, bool disables)
    {
        await using var site = await WebFixture.StartAsync();
        using var owner = await site.SignInAsync(Role.Owner);
        using var editor = await site.SignInAsync(Role.Editor);
        var link = await site.InviteAsync(Role.Editor);
        var path = await PathAsync(site, Role.Editor);
        (string, string)[] fields = [("version", await VersionAsync(owner, path)), ("role", role)];
        using var done = await owner.PostAsync(path, path + act, disables ? [.. fields, ("disabled", "1")] : fields);
        Assert.Equal(HttpStatusCode.SeeOther, done.StatusCode);

        using var late = await editor.GetAsync(link);
        Assert.Equal(HttpStatusCode.NotFound, late.StatusCode);
        Assert.Empty(await site.Get<InviteAccount>().ListAsync(CancellationToken.None));
    }

    [Fact]
    public async Task An_invitation_with_a_lower_role_leaves_the_last_owner_one()
    {
        await using var site = await WebFixture.StartAsync();
        using (await site.SignInAsync(Role.Owner))
        {
        }

        using (await site.SignInAsync(Role.Viewer, WebFixture.AddressOf(Role.Owner)))
        {
        }

        Assert.Equal(Role.Owner, (await FindAsync(site, Role.Owner)).Role);
        using (await site.SignInAsync(Role.Owner, "second@example.com"))
        using (await site.SignInAsync(Role.Viewer, WebFixture.AddressOf(Role.Owner)))
        {
        }

        Assert.Equal(Role.Viewer, (await FindAsync(site, Role.Owner)).Role);
    }

    [Fact]
    public async Task A_new_password_ends_the_other_sessions_and_keeps_this_one()
    {
        await using var site = await WebFixture.StartAsync();
        using var here = await site.SignInAsync(Role.Viewer);
        using var elsewhere = site.Visitor();
        using var signedIn = await SignInAsync(elsewhere, WebFixture.Password);
        Assert.Equal("/desk", signedIn.Headers.Location!.ToString());

        using var wrong = await here.PostAsync(
            "/desk/profile", "/desk/profile/password", ("former", "not my password"), ("password", "another good password"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, wrong.StatusCode);
        using var changed = await here.PostAsync(
            "/desk/profile", "/desk/profile/password", ("former", WebFixture.Password), ("password", "another good password"));
        Assert.Equal(HttpStatusCode.SeeOther, changed.StatusCode);

        Assert.Contains("Your password is changed.", await here.PageAsync("/desk/profile"), StringComparison.Ordinal);
        using var ended = await elsewhere.GetAsync("/desk/profile");
        Assert.Equal(HttpStatusCode.SeeOther, ended.StatusCode);
        using var visitor = site.Visitor();
        using var former = await SignInAsync(visitor, WebFixture.Password);
        using var latest = await SignInAsync(visitor, "another good password");
        Assert.Equal((HttpStatusCode.UnprocessableEntity, HttpStatusCode.SeeOther), (former.StatusCode, latest.StatusCode));
    }

    [Fact]
    public async Task A_person_signs_out_everywhere_else()
    {
        await using var site = await WebFixture.StartAsync();
        using var here = await site.SignInAsync(Role.Viewer);
        using var elsewhere = site.Visitor();
        using (await SignInAsync(elsewhere, WebFixture.Password))
        {
        }

        using var ended = await here.PostAsync("/desk/profile", "/desk/profile/sessions");
        using var stays = await here.GetAsync("/desk/digests");
        using var goes = await elsewhere.GetAsync("/desk/digests");
        Assert.Equal(
            (HttpStatusCode.SeeOther, HttpStatusCode.OK, HttpStatusCode.SeeOther), (ended.StatusCode, stays.StatusCode, goes.StatusCode));
    }

    [Fact]
    public async Task A_hostile_name_is_text_on_every_page()
    {
        await using var site = await WebFixture.StartAsync();
        using var owner = await site.SignInAsync(Role.Owner);
        const string Name = "<script>alert(1)</script>\"'><b data-echo>";
        using var named = await owner.PostAsync(
            "/desk/profile", "/desk/profile", ("version", await VersionAsync(owner, "/desk/profile")), ("name", Name));
        Assert.Equal(HttpStatusCode.SeeOther, named.StatusCode);

        foreach (var path in (string[])["/desk/profile", "/desk/accounts", await PathAsync(site, Role.Owner), "/desk/audit"])
        {
            using var answer = await owner.GetAsync(path);
            var html = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.Contains("alert(1)", html, StringComparison.Ordinal);
            Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("<b data-echo", html, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("unsafe", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        }
    }

    private static Task<HttpResponseMessage> SignInAsync(DeskClient client, string password) => client.PostAsync(
        "/desk/sign-in", "/desk/sign-in", ("email", WebFixture.AddressOf(Role.Viewer)), ("password", password));

    private static async Task<Account> FindAsync(WebFixture site, Role invited)
    {
        var id = site.Get<AccountStore>().IdOf(WebFixture.Address(WebFixture.AddressOf(invited)));
        return (await site.Get<AccountStore>().GetAsync(id, CancellationToken.None))!;
    }

    private static async Task<(Role, AccountState)> StateAsync(WebFixture site, Role invited) =>
        await FindAsync(site, invited) is var account ? (account.Role, account.State) : default;

    private static async Task<string> PathAsync(WebFixture site, Role invited) => "/desk/accounts/" + (await FindAsync(site, invited)).Id;

    private static async Task<string> VersionAsync(DeskClient client, string path) =>
        Version().Match(await client.PageAsync(path)).Groups[1].Value;

    [GeneratedRegex("""name="version" value="([^"]+)""")]
    private static partial Regex Version();

    [GeneratedRegex("""id="link"[^>]* value="([^"]+)""")]
    private static partial Regex Link();
}
