using DailyDigest.Accounts;
using DailyDigest.Content;
using DailyDigest.Web.Tests.Desk;

namespace DailyDigest.Web.Tests.Api;

/// <summary>Feeds and stories through the API, with a site on loopback.</summary>
public sealed class ContentApiTests : IAsyncLifetime
{
    private WebFixture site = null!;
    private FeedSite source = null!;
    private ApiProgram program = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        source = await FeedSite.StartAsync();
        site = await WebFixture.StartAsync(
            settings: [("Feeds:AllowPrivateAddresses", "true"), ("Feeds:Sources:0:Url", source.Url("/culture"))]);
        program = await site.ProgramAsync("editor");
    }

    public async ValueTask DisposeAsync()
    {
        await site.DisposeAsync();
        await source.DisposeAsync();
    }

    [Fact]
    public async Task A_trial_says_what_would_be_taken_and_stores_nothing()
    {
        var trial = await program.PostAsync("/feeds/try", new { url = source.Url("/odd") });
        Assert.Equal((200, true, 1, 2), (trial.Status, (bool)trial["readable"], (int)trial["stories"], (int)trial["refused"]));
        Assert.Equal("Good entry", (string?)trial["newest"][0]!["title"]);

        var page = await program.PostAsync("/feeds/try", new { url = source.Url("/") });
        Assert.Equal(("page", source.Url("/harbour")), ((string?)page["problem"], (string?)page["named"][0]));
        var none = await program.PostAsync("/feeds/try", new { url = "javascript:alert(1)" });
        Assert.Equal((422, "url: must be an http or https address without user name and password"), (none.Status, none.Errors[0]));
        Assert.Empty(await site.Get<FeedStore>().ListAsync(Stop));
    }

    [Fact]
    public async Task A_feed_is_added_changed_paused_read_and_removed()
    {
        var added = await program.PostAsync(
            "/feeds", new { url = source.Url("/harbour"), name = "Harbour", kind = "blog-post", section = "Quay", language = "en" });
        var path = "/feeds/" + (string)added["id"]!;
        Assert.Equal(201, added.Status);
        Assert.EndsWith("/api/v1" + path, added.Message.Headers.Location!.ToString(), StringComparison.Ordinal);
        Assert.Equal((409, "not-possible"), await CodeAsync(program.PostAsync("/feeds", new { url = source.Url("/harbour") })));

        var tag = added.Header("ETag")!;
        var changed = await program.SendAsync("PATCH", path, """{"name":"The quay"}""", ("If-Match", tag));
        Assert.Equal(
            (200, "The quay", "blog-post", "Quay"),
            (changed.Status, (string?)changed["name"], (string?)changed["kind"], (string?)changed["section"]));
        Assert.Equal((412, "changed"), await CodeAsync(program.SendAsync("PATCH", path, """{"name":"Late"}""", ("If-Match", tag))));
        Assert.Equal((412, "changed"), await CodeAsync(program.SendAsync("DELETE", path, null, ("If-Match", tag))));
        Assert.Equal(422, (await program.SendAsync("PATCH", path, """{"language":"x y"}""")).Status);

        Assert.Equal("paused", (string?)(await program.PostAsync(path + "/pause"))["state"]);
        var read = await program.PostAsync(path + "/read");
        Assert.Equal((200, 3), (read.Status, (int)read["added"]));
        Assert.Equal("good", (string?)(await program.PostAsync(path + "/resume"))["state"]);
        Assert.Equal(204, (await program.SendAsync("DELETE", path, null)).Status);
        Assert.Equal(404, (await program.GetAsync(path)).Status);
        var verbs = (await site.Get<AuditLog>().ListAsync(null, "feed.", null, 20, Stop)).Entries.Select(entry => entry.Verb).Order();
        Assert.Equal(["feed.add", "feed.change", "feed.pause", "feed.read", "feed.remove", "feed.resume"], verbs);
    }

    [Fact]
    public async Task A_feed_of_the_settings_is_not_removed()
    {
        await site.Get<PollFeeds>().ExecuteAsync(evenSlow: false, Stop);
        var path = "/feeds/" + Feed.IdOf(source.Url("/culture"));

        Assert.True((bool)(await program.GetAsync(path))["configured"]);
        Assert.Equal((409, "not-possible"), await CodeAsync(program.SendAsync("DELETE", path, null)));
    }

    [Fact]
    public async Task Feeds_and_stories_come_in_pages_each_once()
    {
        foreach (var path in (string[])["/a", "/b", "/c", "/d", "/harbour"])
        {
            await site.Get<FeedStore>().AddAsync(source.Url(path), path, StoryKind.Article, false, Stop);
        }

        await site.Get<PollFeeds>().ExecuteAsync(evenSlow: false, Stop);
        foreach (var (path, count) in new[] { ("/feeds?limit=2", 6), ("/stories?limit=2", 5), ("/feeds?state=unsteady&limit=1", 4) })
        {
            var (found, cursor) = (new List<string>(), "");
            while (cursor is not null)
            {
                var page = await program.GetAsync(path + cursor);
                Assert.Equal(200, page.Status);
                found.AddRange(page["items"].AsArray().Select(one => (string)one!["id"]!));
                cursor = page.Json["next"] is { } next ? "&cursor=" + next : null;
            }

            Assert.Equal(count, found.Distinct().Count());
            Assert.Equal(count, found.Count);
        }

        Assert.Equal(422, (await program.GetAsync("/stories?days=91")).Status);
        Assert.Equal(422, (await program.GetAsync("/stories?place=nowhere")).Status);
    }

    [Fact]
    public async Task A_story_is_found_hidden_restored_and_given_a_section()
    {
        await site.Get<FeedStore>().AddAsync(source.Url("/harbour"), "Harbour", StoryKind.Article, false, Stop);
        await site.Get<PollFeeds>().ExecuteAsync(evenSlow: false, Stop);
        var list = await program.GetAsync("/stories?q=ship");
        var story = Assert.Single(list["items"].AsArray())!;
        Assert.Equal("coming", (string?)story["place"]!["place"]);
        var path = "/stories/" + (string)story["id"]!;
        var seen = await program.GetAsync(path);
        Assert.Equal("A ship came in", (string?)seen["story"]["title"]);

        var hidden = await program.PostAsync(path + "/hide", null, ("If-Match", seen.Header("ETag")!));
        Assert.Equal((200, true), (hidden.Status, (bool)hidden["hidden"]));
        Assert.Equal((412, "changed"), await CodeAsync(program.PostAsync(path + "/hide", null, ("If-Match", seen.Header("ETag")!))));
        Assert.Equal("hidden", (string?)(await program.GetAsync("/stories?place=hidden"))["items"][0]!["place"]!["place"]);
        Assert.False((bool)(await program.PostAsync(path + "/restore"))["hidden"]);
        Assert.Equal("Sea", (string?)(await program.SendAsync("PATCH", path, """{"section":"Sea"}"""))["section"]);
        Assert.Equal(404, (await program.PostAsync("/stories/" + new string('0', 32) + "/hide")).Status);
    }

    private static async Task<(int Status, string? Code)> CodeAsync(Task<ApiReply> reply) =>
        (await reply) is { } answer ? (answer.Status, answer.Code) : default;
}
