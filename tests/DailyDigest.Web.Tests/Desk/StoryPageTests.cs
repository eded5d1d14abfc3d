using System.Net;
using System.Text.RegularExpressions;
using DailyDigest.Accounts;
using DailyDigest.Content;
using DailyDigest.Digests;

namespace DailyDigest.Web.Tests.Desk;

/// <summary>Stories on the desk, as an editor without script finds and changes them.</summary>
public sealed class StoryPageTests : IAsyncLifetime
{
    private const string List = "/desk/stories";
    private WebFixture site = null!;
    private DeskClient editor = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        site = await WebFixture.StartAsync(
            publication => publication.Languages = ["en"], ("Selection:MinArticles", "1"), ("Selection:MinStories", "1"));
        editor = await site.SignInAsync(Role.Editor);
    }

    public async ValueTask DisposeAsync()
    {
        editor.Dispose();
        await site.DisposeAsync();
    }

    [Fact]
    public async Task Each_story_says_where_it_is()
    {
        var sent = await AddAsync("A story of yesterday", hours: 20);
        await SendAsync();
        var (coming, hidden) = (await AddAsync("The bridge opens", 3), await AddAsync("Ferry fares rise again", 2));
        await AddAsync("Old news from the quay", 24 * 5);
        await site.Get<ChangeStory>().ExecuteAsync(hidden, null, hidden: true, null, Stop);

        Assert.Matches("The bridge opens</bdi></a>\\s*<span class=\"tag good\">Next digest, no. 1", await editor.PageAsync(List));
        foreach (var (state, title) in new[]
        {
            ("coming", "The bridge opens"), ("sent", "A story of yesterday"), ("hidden", "Ferry fares rise again"),
            ("passed-over", "Old news from the quay"),
        })
        {
            var page = await editor.PageAsync($"{List}?state={state}");
            Assert.Equal([title], Titles(page));
        }

        var one = await editor.PageAsync($"{List}/{sent}");
        Assert.Contains("href=\"/desk/digests/2026-03-02?cohort=", one, StringComparison.Ordinal);
        Assert.Contains("href=\"/desk/tomorrow/2026-03-03\"", await editor.PageAsync($"{List}/{coming}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_news_names_the_story_that_tells_it()
    {
        var first = await AddAsync("Council votes to keep the fish market where it is", 3, "first");
        var copy = await AddAsync("Council votes to keep the fish market where it is", 2, "copy");

        var page = await editor.PageAsync($"{List}?state=folded");
        var folded = Assert.Single(Ids(page));
        Assert.Contains(folded, (string[])[first, copy]);
        Assert.Contains("The same news as", page, StringComparison.Ordinal);

        await SendAsync();
        Assert.Contains("The same news as", await editor.PageAsync($"{List}/{folded}"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("q=bridge", "The bridge opens")]
    [InlineData("q=BRIDGE+opens", "The bridge opens")]
    [InlineData("q=cafe", "A café by the sea")]
    [InlineData("q=culture", "A café by the sea")]
    [InlineData("section=culture", "A café by the sea")]
    [InlineData("kind=blog-post", "A café by the sea")]
    [InlineData("language=ar", "الميناء")]
    [InlineData("q=the+wire", "الميناء")]
    [InlineData("source=SOURCE", "الميناء")]
    [InlineData("q=nothing+like+that", null)]
    [InlineData("state=nonsense&days=-1&kind=x&language=%00&after=zzz&q=bridge", "The bridge opens")]
    public async Task Stories_are_found_by_words_source_section_language_and_kind(string query, string? title)
    {
        await site.Get<FeedStore>().AddAsync("https://wire.example.com/rss", "The wire", StoryKind.Article, false, Stop);
        await AddAsync("The bridge opens", 3);
        await AddAsync("A café by the sea", 4, change: story => story with { Section = "Culture", Kind = StoryKind.BlogPost });
        await AddAsync("الميناء", 5, change: story => story with
        {
            Language = "ar-EG",
            Source = Feed.IdOf("https://wire.example.com/rss"),
        });

        query = query.Replace("SOURCE", Feed.IdOf("https://wire.example.com/rss"), StringComparison.Ordinal);
        var page = await editor.PageAsync($"{List}?{query}");

        Assert.Equal(title is null ? [] : [title], Titles(page));
    }

    [Fact]
    public async Task A_hidden_story_is_in_no_digest_until_it_is_restored()
    {
        var id = await AddAsync("The bridge opens", 3);
        await AddAsync("Ferry fares rise again", 2);
        var page = $"{List}/{id}";

        await DoneAsync(page, "/hide", "No digest takes it any more.");
        Assert.DoesNotContain("gazette.example.com/The%20bridge", await editor.PageAsync("/desk/tomorrow"), StringComparison.Ordinal);
        Assert.Contains("It is hidden", await editor.PageAsync(page), StringComparison.Ordinal);
        await DoneAsync(page, "/restore", "Restored.");
        Assert.Contains("gazette.example.com/The%20bridge", await editor.PageAsync("/desk/tomorrow"), StringComparison.Ordinal);

        var entries = (await site.Get<AuditLog>().ListAsync(null, "story.", null, 10, Stop)).Entries;
        Assert.Equal(
            [("story.restore", id, "hidden", "shown"), ("story.hide", id, "shown", "hidden")],
            entries.Select(entry => (entry.Verb, entry.Subject, entry.Before!, entry.After!)));
    }

    [Fact]
    public async Task An_editors_section_outlasts_the_sources()
    {
        var id = await AddAsync("The bridge opens", 3, change: story => story with { Section = "News" });
        await DoneAsync($"{List}/{id}", "/section", "The section is saved.", ("section", "Harbour"));
        await AddAsync("The bridge opens", 3, change: story => story with { Section = "News", Summary = "New words" });
        var story = await site.Get<StoryStore>().FindAsync(id, Stop);
        Assert.Equal(("Harbour", "New words"), (story!.Section, story.Summary));

        await DoneAsync($"{List}/{id}", "/section", "The section is saved.", ("section", ""));
        await AddAsync("The bridge opens", 3, change: story => story with { Section = "News" });
        Assert.Equal("News", (await site.Get<StoryStore>().FindAsync(id, Stop))!.Section);
    }

    [Theory]
    [InlineData("/hide")]
    [InlineData("/section")]
    public async Task The_second_of_two_editors_sees_that_the_first_has_changed_it(string act)
    {
        var id = await AddAsync("The bridge opens", 3);
        using var other = await site.SignInAsync(Role.Editor, "other@example.com");
        var seen = await other.PageAsync($"{List}/{id}");
        await DoneAsync($"{List}/{id}", "/section", "The section is saved.", ("section", "The first"));

        using var answer = await other.SendAsync(
            $"{List}/{id}{act}", ("token", Field(seen, "token")), ("version", DeskClient.VersionOf(seen)), ("section", "The second"));

        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        var story = await site.Get<StoryStore>().FindAsync(id, Stop);
        Assert.Equal(("The first", false), (story!.Section, story.Desk.Dropped));
    }

    [Fact]
    public async Task Signals_in_between_do_not_refuse_an_editors_form()
    {
        var id = await AddAsync("The bridge opens", 3);
        var seen = await editor.PageAsync($"{List}/{id}");
        await site.Get<StoryStore>().SignalsAsync(id, new Signals(Views: 1200), Stop);

        using var answer = await editor.SendAsync(
            $"{List}/{id}/hide", ("token", Field(seen, "token")), ("version", DeskClient.VersionOf(seen)));

        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        Assert.Contains("1,200", await editor.PageAsync($"{List}/{id}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Markup_and_hidden_letters_of_a_source_are_text()
    {
        const string markup = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>\u202e";
        var accepted = await site.Get<AcceptStory>().ExecuteAsync(
            new StoryInput
            {
                Url = "https://gazette.example.com/x?q=\"><script>alert(3)</script>",
                Title = markup,
                Summary = markup,
                Byline = markup,
                Section = markup,
                Image = new ImageInput { Url = "https://gazette.example.com/a.png?\"><script>", Alt = markup },
            },
            Stop);
        var id = Assert.IsType<AcceptStoryOutcome.Accepted>(accepted).Id;
        site.Time.Advance(TimeSpan.FromMinutes(1));

        foreach (var path in new[] { List, $"{List}/{id}", $"{List}?q=" + Uri.EscapeDataString("\"><script>alert(4)</script>") })
        {
            var html = await editor.PageRawAsync(path);
            Assert.DoesNotContain("<script>alert", html, StringComparison.Ordinal);
            Assert.DoesNotContain("<img", html, StringComparison.Ordinal);
            Assert.DoesNotContain("\u202e", WebUtility.HtmlDecode(html), StringComparison.Ordinal);
            Assert.DoesNotMatch(new Regex("href=\"(?:javascript|data):", RegexOptions.IgnoreCase), html);
        }
    }

    [Fact]
    public async Task A_viewer_sees_stories_and_finds_no_button()
    {
        var id = await AddAsync("The bridge opens", 3);
        using var viewer = await site.SignInAsync(Role.Viewer);

        var page = await viewer.PageAsync($"{List}/{id}");

        Assert.Contains("The bridge opens", await viewer.PageAsync(List), StringComparison.Ordinal);
        Assert.DoesNotContain("action=\"/desk/stories/", page, StringComparison.Ordinal);
    }

    private async Task<string> AddAsync(string title, int hours, string at = "", Func<Story, Story>? change = null)
    {
        var url = "https://gazette.example.com/" + Uri.EscapeDataString(title) + at;
        var story = new Story
        {
            Id = StoryId.From(url),
            Kind = StoryKind.Article,
            Url = url,
            Title = title,
            Language = "en",
            Source = "api",
            Published = site.Time.GetUtcNow().AddHours(-hours),
            FirstSeen = site.Time.GetUtcNow(),
        };
        await site.Get<StoryStore>().UpsertAsync(change?.Invoke(story) ?? story, Stop);
        return story.Id;
    }

    // The home cohort's digest of today, as its run freezes it.
    private async Task SendAsync()
    {
        _ = Calendar.Cohort.TryParse(WebFixture.Home, out var home);
        await site.Get<Calendar.CohortStore>().EnsureAsync(home, Stop);
        await site.Get<PrepareDigest>().ExecuteAsync(home, WebFixture.RunDate, Stop);
        site.Time.Advance(TimeSpan.FromMinutes(1));
    }

    private async Task DoneAsync(string page, string act, string message, params (string Name, string Value)[] fields)
    {
        site.Time.Advance(TimeSpan.FromSeconds(1));
        var html = await editor.PageAsync(page);
        using var answer = await editor.SendAsync(
            page + act, [("token", Field(html, "token")), ("version", DeskClient.VersionOf(html)), .. fields]);
        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        Assert.Contains(message, await editor.PageAsync(answer.Headers.Location!.ToString()), StringComparison.Ordinal);
    }

    private static List<string> Titles(string page) =>
        [.. Regex.Matches(page, "<a class=\"item\" href=\"/desk/stories/[^\"]*\"><bdi[^>]*>([^<]+)")
            .Select(match => match.Groups[1].Value)];

    private static List<string> Ids(string page) =>
        [.. Regex.Matches(page, "<a class=\"item\" href=\"/desk/stories/([0-9a-f]+)").Select(match => match.Groups[1].Value)];

    private static string Field(string page, string name) =>
        Regex.Match(page, $"name=\"{name}\" value=\"([^\"]+)", RegexOptions.NonBacktracking).Groups[1].Value;
}
