using DailyDigest.Accounts;

namespace DailyDigest.Web.Tests.Api;

/// <summary>Keys, people and the record of changes through the API.</summary>
public sealed class AccountApiTests
{
    private static readonly string[] Reporter = ["viewer", "outcomes"];
    private static readonly string[] Viewer = ["viewer"];

    [Fact]
    public async Task A_key_is_made_listed_used_and_revoked()
    {
        await using var site = await WebFixture.StartAsync();
        var owner = await site.ProgramAsync("owner");
        var made = await owner.PostAsync("/keys", new { name = "website", scopes = Reporter });
        Assert.Equal(201, made.Status);
        var (key, id) = ((string)made["key"]!, (string)made["id"]!);

        var list = await owner.GetAsync("/keys");
        var shown = Assert.Single(list["items"].AsArray(), one => (string)one!["name"]! == "website")!;
        Assert.Equal(id, (string)shown["id"]!);
        Assert.Equal(Reporter, shown["scopes"]!.AsArray().Select(one => (string)one!));
        Assert.DoesNotContain(key, list.Text, StringComparison.Ordinal);
        var program = new ApiProgram(site.Client, key);
        Assert.Equal((200, 403), ((await program.GetAsync("/figures")).Status, (await program.GetAsync("/keys")).Status));

        Assert.Equal(204, (await owner.SendAsync("DELETE", "/keys/" + id, null)).Status);
        Assert.Equal(404, (await owner.SendAsync("DELETE", "/keys/" + id, null)).Status);
        Assert.Equal(401, (await program.GetAsync("/figures")).Status);
    }

    [Theory]
    [InlineData("two words", "viewer")]
    [InlineData("", "viewer")]
    [InlineData("website", "emperor")]
    [InlineData("website", "viewer, owner")]
    [InlineData("website", "")]
    public async Task A_faulty_key_is_not_made(string name, string scope)
    {
        await using var site = await WebFixture.StartAsync();
        var owner = await site.ProgramAsync("owner");
        Assert.Equal(422, (await owner.PostAsync("/keys", new { name, scopes = new[] { scope } })).Status);
        Assert.Equal(422, (await owner.PostAsync("/keys", new { name = "website", scopes = Array.Empty<string>() })).Status);
        Assert.Single(await site.Get<ApiKeyStore>().ListAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_person_is_invited_changed_and_removed()
    {
        await using var site = await WebFixture.StartAsync();
        var owner = await site.ProgramAsync("owner");
        var invited = await owner.PostAsync("/invitations", new { email = "editor@example.com", role = "editor", name = "Ada" });
        Assert.Equal(201, invited.Status);
        Assert.Equal("editor", (string?)(await owner.GetAsync("/invitations"))["items"][0]!["role"]);
        using var browser = site.Visitor();
        var link = WebFixture.Path((string)invited["link"]!);
        using var accepted = await browser.PostAsync(link, link, ("name", "Ada"), ("password", WebFixture.Password));

        var list = await owner.GetAsync("/people");
        var id = (string)Assert.Single(list["items"].AsArray())!["id"]!;
        var seen = await owner.GetAsync("/people/" + id);
        Assert.Equal(("Ada", "editor", false), ((string)seen["name"]!, (string)seen["role"]!, (bool)seen["secondFactor"]!));
        var changed = await owner.SendAsync("PATCH", "/people/" + id, """{"role":"operator"}""", ("If-Match", seen.Header("ETag")!));
        Assert.Equal((200, "operator"), (changed.Status, (string?)changed["role"]));
        var late = await owner.SendAsync("PATCH", "/people/" + id, """{"disabled":true}""", ("If-Match", seen.Header("ETag")!));
        Assert.Equal((412, "changed"), (late.Status, late.Code));
        using var ended = await browser.GetAsync("/desk/profile");
        Assert.Equal(System.Net.HttpStatusCode.SeeOther, ended.StatusCode);

        Assert.Equal((409, "not-possible"), await ResetAsync(owner, id));
        Assert.Equal(204, (await owner.SendAsync("DELETE", "/people/" + id, null)).Status);
        Assert.Equal(404, (await owner.GetAsync("/people/" + id)).Status);
        Assert.Equal(404, (await owner.SendAsync("PATCH", "/people/" + id, "{}")).Status);
    }

    [Fact]
    public async Task The_last_owner_stays_and_a_lost_second_factor_is_reset()
    {
        await using var site = await WebFixture.StartAsync();
        using (await site.SignInAsync(Role.Owner))
        {
        }

        var owner = await site.ProgramAsync("owner");
        var person = Assert.Single(await site.Get<AccountStore>().ListAsync(CancellationToken.None));
        foreach (var (method, body) in ((string, string?)[])[
            ("PATCH", """{"role":"viewer"}"""), ("PATCH", """{"disabled":true}"""), ("DELETE", null)])
        {
            Assert.Equal(409, (await owner.SendAsync(method, "/people/" + person.Id, body)).Status);
        }

        await site.Get<SecondFactors>().SwitchOnAsync(person, [1], 1, CancellationToken.None);
        Assert.True((bool)(await owner.GetAsync("/people/" + person.Id))["secondFactor"]!);
        Assert.Equal(412, (await owner.PostAsync(
            $"/people/{person.Id}/reset-second-factor", null, ("If-Match", "\"b2xk\""))).Status);
        Assert.Equal(204, (await owner.PostAsync($"/people/{person.Id}/reset-second-factor")).Status);
        Assert.Null(await site.Get<SecondFactors>().GetAsync(person.Id, CancellationToken.None));
    }

    [Fact]
    public async Task The_changes_come_in_pages_and_have_the_name_of_the_key()
    {
        await using var site = await WebFixture.StartAsync();
        var owner = await site.ProgramAsync("owner");
        for (var number = 0; number < 5; number++)
        {
            site.Time.Advance(TimeSpan.FromSeconds(1));
            await owner.PostAsync("/keys", new { name = $"key{number}", scopes = Viewer });
        }

        var (found, path) = (new List<string>(), "/changes?verb=key.add&limit=2");
        for (var cursor = ""; cursor is not null;)
        {
            var page = await owner.GetAsync(path + cursor);
            Assert.Equal(200, page.Status);
            found.AddRange(page["items"].AsArray().Select(one => (string)one!["after"]!));
            cursor = page.Json["next"] is { } next ? "&cursor=" + next : null;
        }

        Assert.Equal(["key4: viewer", "key3: viewer", "key2: viewer", "key1: viewer", "key0: viewer"], found.Take(5));
        var entry = (await owner.GetAsync("/changes?who=key&limit=1"))["items"][0]!;
        Assert.StartsWith("key-", (string)entry["who"]!, StringComparison.Ordinal);
        Assert.Equal(422, (await owner.GetAsync("/changes?cursor=forged")).Status);
    }

    private static async Task<(int, string?)> ResetAsync(ApiProgram owner, string id) =>
        await owner.PostAsync($"/people/{id}/reset-second-factor") is var reply ? (reply.Status, reply.Code) : default;
}
