using System.Net;
using System.Text.RegularExpressions;
using DailyDigest.Accounts;
using DailyDigest.Storage;

namespace DailyDigest.Web.Tests.Desk;

/// <summary>Keys that are made and revoked on the desk.</summary>
public sealed partial class KeyTests
{
    [Fact]
    public async Task A_key_is_shown_once_opens_its_scope_and_is_revoked()
    {
        await using var site = await WebFixture.StartAsync();
        using var owner = await site.SignInAsync(Role.Owner);
        var key = await MakeAsync(owner, "website", "outcomes");

        Assert.Equal((200, 403), (await StatusAsync(site, "/api/outcomes", key), await StatusAsync(site, "/api/stories", key)));
        Assert.DoesNotContain(key, await owner.PageAsync("/desk/keys"), StringComparison.Ordinal);
        Assert.Contains("Key website used at /api/outcomes", site.Logged, StringComparison.Ordinal);
        Assert.DoesNotContain(key, site.Logged, StringComparison.Ordinal);

        site.Time.Advance(TimeSpan.FromSeconds(1));
        var path = Revoke().Match(await owner.PageAsync("/desk/keys")).Groups[1].Value;
        using var revoked = await owner.PostAsync("/desk/keys", path);
        using var again = await owner.PostAsync("/desk/keys", path);
        Assert.Equal((HttpStatusCode.SeeOther, HttpStatusCode.SeeOther), (revoked.StatusCode, again.StatusCode));
        Assert.Contains("There is no such key.", await owner.PageAsync("/desk/keys"), StringComparison.Ordinal);
        Assert.Equal(401, await StatusAsync(site, "/api/outcomes", key));
        var verbs = (await site.Get<AuditLog>().ListAsync(null, "key.", null, 9, CancellationToken.None)).Entries.Select(one => one.Verb);
        Assert.Equal(["key.revoke", "key.add"], verbs);
    }

    [Fact]
    public async Task The_store_holds_no_key_and_notes_a_use_at_most_every_five_minutes()
    {
        await using var site = await WebFixture.StartAsync();
        using var owner = await site.SignInAsync(Role.Owner);
        var key = await MakeAsync(owner, "website", "outcomes");
        await foreach (var row in site.Get<ITableStore>().ScanAsync(
            Tables.ApiKeys, "key", RowRange.All, TestContext.Current.CancellationToken))
        {
            Assert.DoesNotContain(key, row.Key + string.Concat(row.Properties.Values), StringComparison.Ordinal);
        }

        site.Plan.Restart();
        for (var times = 0; times < 3; times++)
        {
            await StatusAsync(site, "/api/outcomes", key);
        }

        Assert.Single(site.Plan.Trace, call => call is { Writes: true, Place: Tables.ApiKeys });
        site.Time.Advance(TimeSpan.FromMinutes(5));
        await StatusAsync(site, "/api/outcomes", key);
        Assert.Equal(2, site.Plan.Trace.Count(call => call is { Writes: true, Place: Tables.ApiKeys }));
    }

    [Theory]
    [InlineData("", "outcomes")]
    [InlineData("two words", "outcomes")]
    [InlineData("<b>", "outcomes")]
    [InlineData("website", "everything")]
    [InlineData("website", null)]
    public async Task A_faulty_form_makes_no_key(string name, string? scope)
    {
        await using var site = await WebFixture.StartAsync();
        using var owner = await site.SignInAsync(Role.Owner);
        using var answer = await owner.PostAsync(
            "/desk/keys", "/desk/keys", scope is null ? [("name", name)] : [("name", name), ("scope", scope)]);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Empty(await site.Get<ApiKeyStore>().ListAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_key_of_another_publication_opens_nothing()
    {
        await using var here = await WebFixture.StartAsync();
        await using var there = await WebFixture.StartAsync();
        using var owner = await there.SignInAsync(Role.Owner);
        var key = await MakeAsync(owner, "website", "outcomes");
        Assert.Equal((401, 200), (await StatusAsync(here, "/api/outcomes", key), await StatusAsync(there, "/api/outcomes", key)));
    }

    private static async Task<string> MakeAsync(DeskClient owner, string name, string scope)
    {
        using var made = await owner.PostAsync("/desk/keys", "/desk/keys", ("name", name), ("scope", scope));
        return Key().Match(await made.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Groups[1].Value;
    }

    private static async Task<int> StatusAsync(WebFixture site, string path, string key) =>
        (await site.AskAsync("POST", path, "[]", type: "application/json", headers: ("X-Api-Key", key))).Status;

    [GeneratedRegex("""id="key"[^>]* value="(ddk_[^"]+)""")]
    private static partial Regex Key();

    [GeneratedRegex("""action="(/desk/keys/[0-9a-f]{64}/revoke)""")]
    private static partial Regex Revoke();
}
