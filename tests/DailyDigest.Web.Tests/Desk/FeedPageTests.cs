using System.Net;
using System.Text.RegularExpressions;
using DailyDigest.Accounts;
using DailyDigest.Content;

namespace DailyDigest.Web.Tests.Desk;

/// <summary>Feeds on the desk, as an editor without script uses them, with a site on loopback.</summary>
public sealed class FeedPageTests : IAsyncLifetime
{
    private const string List = "/desk/feeds";
    private WebFixture site = null!;
    private FeedSite source = null!;
    private DeskClient editor = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        source = await FeedSite.StartAsync();
        site = await WebFixture.StartAsync(
            settings:
            [
                ("Feeds:AllowPrivateAddresses", "true"), ("Feeds:Sources:0:Url", source.Url("/culture")),
                ("Feeds:Sources:0:Name", "From settings"),
            ]);
        editor = await site.SignInAsync(Role.Editor);
    }

    public async ValueTask DisposeAsync()
    {
        editor.Dispose();
        await site.DisposeAsync();
        await source.DisposeAsync();
    }

    [Fact]
    public async Task A_trial_shows_what_would_be_taken_and_stores_nothing()
    {
        var (status, page) = await TryAsync(source.Url("/odd"));

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("It can be read, with remarks. Stories to take: 1.", page, StringComparison.Ordinal);
        Assert.Contains("Good entry", page, StringComparison.Ordinal);
        Assert.Contains("Entries without a title: 1.", page, StringComparison.Ordinal);
        Assert.Contains("Entries without a link that readers can open: 1.", page, StringComparison.Ordinal);
        Assert.Contains("Entries with the same story as another: 1.", page, StringComparison.Ordinal);
        Assert.Contains("UTF-8", page, StringComparison.Ordinal);
        Assert.Empty(await site.Get<FeedStore>().ListAsync(Stop));
        Assert.Empty((await AuditAsync()).Select(entry => entry.Verb));
    }

    [Fact]
    public async Task A_page_that_is_no_feed_leads_to_the_feeds_that_it_names()
    {
        var (_, page) = await TryAsync(source.Url("/"));

        Assert.Contains("This is a page, not a feed.", page, StringComparison.Ordinal);
        Assert.Contains($"""name="url" value="{source.Url("/harbour")}""", page, StringComparison.Ordinal);
        Assert.Contains($"""name="url" value="{source.Url("/culture")}""", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_that_names_no_feed_says_so()
    {
        source.Pages["/plain"] = "<!doctype html><title>The wire</title><p>News";

        var (_, page) = await TryAsync(source.Url("/plain"));

        Assert.Contains("This is a page, not a feed, and it names no feed.", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Try a feed that it names", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_feed_that_was_cut_off_is_not_called_whole()
    {
        var whole = source.Pages["/harbour"];
        source.Pages["/cut"] = whole[..whole.LastIndexOf("</item>", StringComparison.Ordinal)];

        var (_, page) = await TryAsync(source.Url("/cut"));

        Assert.Contains("The feed was cut off: stories after that place are missing", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/missing", "There is no feed at this address any more.")]
    [InlineData("/none", "none of its entries can be used")]
    public async Task A_trial_that_fails_says_what_to_do(string path, string advice)
    {
        var (status, page) = await TryAsync(source.Url(path));

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains(advice, page, StringComparison.Ordinal);
        Assert.Contains("Add it anyway", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("javascript:alert(1)")]
    [InlineData("file:///etc/passwd")]
    [InlineData("http://user:secret@127.0.0.1/")]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("nonsense with spaces")]
    public async Task An_address_that_is_none_is_refused_before_anything_is_read(string url)
    {
        var (status, page) = await TryAsync(url);
        using var added = await editor.PostAsync(List, List + "/add", ("url", url));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Contains("That is no address on the web", page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, added.StatusCode);
        Assert.Empty(await site.Get<FeedStore>().ListAsync(Stop));
    }

    [Fact]
    public async Task A_private_address_is_refused_and_never_asked()
    {
        await using var strict = await WebFixture.StartAsync();
        using var person = await strict.SignInAsync(Role.Editor);

        using var answer = await person.PostAsync(List, List + "/try", ("url", source.Url("/harbour")));

        Assert.Contains(
            "The address is in a private network.", WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync(Stop)),
            StringComparison.Ordinal);
        Assert.Equal(0, source.Requests);
    }

    [Fact]
    public async Task A_feed_is_added_with_its_stories_and_a_record()
    {
        await DoneAsync(
            List + "/try", List + "/add", "Added. New stories: 3.", ("url", source.Url("/harbour")), ("name", "Harbour"),
            ("kind", "blog-post"), ("ranked", "1"), ("section", "Quay"), ("language", "en-GB"));

        var feed = Assert.Single(await site.Get<FeedStore>().ListAsync(Stop));
        Assert.Equal(
            ("Harbour", StoryKind.BlogPost, true, "Quay", "en-GB"),
            (feed.Name, feed.Kind, feed.Ranked, feed.Section, feed.Language));
        var page = await editor.PageAsync($"{List}/{feed.Id}");
        Assert.Contains("The ferry is late again", page, StringComparison.Ordinal);
        Assert.Contains("Quay", page, StringComparison.Ordinal);
        var entry = Assert.Single(await AuditAsync());
        Assert.Equal(("feed.add", feed.Id, "The Editor"), (entry.Verb, entry.Subject, entry.Actor.Name));
        Assert.Contains("section Quay", entry.After, StringComparison.Ordinal);

        using var again = await editor.PostAsync(List, List + "/add", ("url", source.Url("/harbour")), ("name", "Another"));
        Assert.Contains("already, as Harbour", await editor.PageAsync(again.Headers.Location!.ToString()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_feed_is_changed_paused_resumed_read_and_removed()
    {
        var page = await AddedAsync("/harbour");

        await DoneAsync(page, page + "/change", "Saved.", ("name", "The quay"), ("kind", "article"), ("section", "Sea"));
        Assert.Equal(("The quay", "Sea"), ((await FeedAsync("/harbour"))!.Name, (await FeedAsync("/harbour"))!.Section));
        await DoneAsync(page, page + "/pause", "The quay is paused.");
        Assert.Contains("Paused since", await editor.PageAsync(page), StringComparison.Ordinal);
        await site.Get<PollFeeds>().ExecuteAsync(evenSlow: true, Stop);
        Assert.Null((await FeedAsync("/harbour"))!.LastPolled);
        await DoneAsync(page, page + "/read", "Read. New stories: 3 of 3.");
        await DoneAsync(page, page + "/resume", "The quay is read again");
        await DoneAsync(page, page + "/remove", "The quay was removed.");

        Assert.Null(await FeedAsync("/harbour"));
        using var gone = await editor.GetAsync(page);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        Assert.Equal(
            ["feed.remove", "feed.resume", "feed.read", "feed.pause", "feed.change"], (await AuditAsync()).Select(entry => entry.Verb));
        var change = (await AuditAsync())[^1];
        Assert.StartsWith("127.0.0.1: article", change.Before, StringComparison.Ordinal);
        Assert.StartsWith("The quay: article, section Sea", change.After, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("change")]
    [InlineData("pause")]
    [InlineData("remove")]
    public async Task The_second_of_two_editors_sees_that_the_first_has_changed_it(string act)
    {
        var page = await AddedAsync("/harbour");
        using var other = await site.SignInAsync(Role.Editor, "other@example.com");
        var seen = await other.PageAsync(page);
        await DoneAsync(page, page + "/change", "Saved.", ("name", "The first"));

        using var answer = await other.SendAsync(
            $"{page}/{act}", ("token", Field(seen, "token")), ("version", DeskClient.VersionOf(seen)), ("name", "The second"));

        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        var feed = await FeedAsync("/harbour");
        Assert.Equal(("The first", null), (feed!.Name, feed.Paused));
    }

    [Fact]
    public async Task A_poll_in_between_does_not_refuse_an_editors_form()
    {
        var page = await AddedAsync("/harbour");
        var seen = await editor.PageAsync(page);
        await site.Get<PollFeeds>().ExecuteAsync(evenSlow: false, Stop);

        using var answer = await editor.SendAsync(
            page + "/change", ("token", Field(seen, "token")), ("version", DeskClient.VersionOf(seen)), ("name", "Kept"));

        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        var feed = await FeedAsync("/harbour");
        Assert.Equal(("Kept", site.Time.GetUtcNow()), (feed!.Name, feed.LastGood));
    }

    [Fact]
    public async Task A_feed_of_the_settings_says_so_and_keeps_what_they_decide()
    {
        await site.Get<PollFeeds>().ExecuteAsync(evenSlow: false, Stop);
        var page = $"{List}/{Feed.IdOf(source.Url("/culture"))}";
        var shown = await editor.PageAsync(page);
        Assert.Contains("Feeds__Sources", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("/remove", shown, StringComparison.Ordinal);

        await DoneAsync(page, page + "/change", "Saved.", ("name", "Mine"), ("kind", "blog-post"), ("language", "fr"));
        await site.Get<PollFeeds>().ExecuteAsync(evenSlow: false, Stop);
        var feed = await FeedAsync("/culture");
        Assert.Equal(("From settings", StoryKind.Article, "fr"), (feed!.Name, feed.Kind, feed.Language));
        await DoneAsync(page, page + "/remove", "so it would come back");
        Assert.NotNull(await FeedAsync("/culture"));
        await DoneAsync(page, page + "/pause", "From settings is paused.");
    }

    [Fact]
    public async Task Markup_of_a_feed_is_text_on_every_page()
    {
        var markup = "<script>alert(1)</script><img src=x onerror=alert(2)>";
        source.Pages["/hostile"] = $"""
            <rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>
            <title>&lt;script&gt;alert(3)&lt;/script&gt;{'\u202e'}title</title><language>en"&gt;&lt;b&gt;</language>
            <item><title>A{'\u202e'}gnp.exe {WebUtility.HtmlEncode(WebUtility.HtmlEncode(markup))}</title>
            <link>HOST/x?"onmouseover="alert(4)</link>
            <category>{WebUtility.HtmlEncode(WebUtility.HtmlEncode(markup))}</category>
            <dc:creator>{WebUtility.HtmlEncode(WebUtility.HtmlEncode(markup))}</dc:creator></item>
            <item><title>b</title><link>javascript:alert(5)</link></item>
            <item><title>c</title><link>data:text/html,x</link></item></channel></rss>
            """;
        var (_, trial) = await TryRawAsync(source.Url("/hostile"));
        using var added = await editor.PostAsync(
            List, List + "/add", ("url", source.Url("/hostile")), ("name", markup), ("section", markup));
        var page = added.Headers.Location!.ToString();

        foreach (var html in new[] { trial, await editor.PageRawAsync(page), await editor.PageRawAsync(List) })
        {
            Assert.DoesNotContain("<script>alert", html, StringComparison.Ordinal);
            Assert.DoesNotContain("<img", html, StringComparison.Ordinal);
            Assert.DoesNotContain("href=\"javascript:", html, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("href=\"data:", html, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("\u202e", WebUtility.HtmlDecode(html), StringComparison.Ordinal);
            Assert.DoesNotContain("\" onmouseover=", html, StringComparison.Ordinal);
            Assert.DoesNotMatch(new Regex("\"\\s?onmouseover", RegexOptions.NonBacktracking), html);
        }
    }

    [Fact]
    public async Task The_list_shows_what_needs_a_person_first_and_filters()
    {
        await source.FeedsToSeeAsync(site);

        var page = await editor.PageAsync(List);
        Assert.True(
            page.IndexOf("A blog that is gone", StringComparison.Ordinal) < page.IndexOf("Harbour news", StringComparison.Ordinal));
        Assert.Contains("404 Not Found", page, StringComparison.Ordinal);
        Assert.Contains("There is no feed at this address any more.", page, StringComparison.Ordinal);
        var failing = await editor.PageAsync(List + "?state=failing");
        Assert.Contains("A blog that is gone", failing, StringComparison.Ordinal);
        Assert.DoesNotContain("The odd one", failing, StringComparison.Ordinal);
        Assert.DoesNotContain("A blog that is gone", await editor.PageAsync(List + "?q=ODD"), StringComparison.Ordinal);
        Assert.Contains("The odd one", await editor.PageAsync(List + "?q=ODD&state=nonsense"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_viewer_sees_feeds_and_finds_no_button()
    {
        var page = await AddedAsync("/harbour");
        using var viewer = await site.SignInAsync(Role.Viewer);

        foreach (var path in new[] { List, page })
        {
            var html = await viewer.PageAsync(path);
            Assert.Contains("127.0.0.1", html, StringComparison.Ordinal);
            Assert.DoesNotContain("action=\"/desk/feeds", html, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_language_that_is_none_is_refused_and_the_words_are_kept()
    {
        var page = await AddedAsync("/harbour");
        using var answer = await editor.PostAsync(
            page, page + "/change", ("version", (await FeedAsync("/harbour"))!.Version), ("name", "Kept words"),
            ("language", "en<script>"));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Contains("Kept words", await answer.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
        Assert.NotEqual("Kept words", (await FeedAsync("/harbour"))!.Name);
    }

    private async Task<string> AddedAsync(string path)
    {
        await site.Get<FeedStore>().AddAsync(source.Url(path), "", StoryKind.Article, false, Stop);
        return $"{List}/{Feed.IdOf(source.Url(path))}";
    }

    private Task<Feed?> FeedAsync(string path) => site.Get<FeedStore>().GetAsync(Feed.IdOf(source.Url(path)), Stop);

    private async Task<IReadOnlyList<AuditEntry>> AuditAsync() =>
        (await site.Get<AuditLog>().ListAsync(null, "feed.", null, 20, Stop)).Entries;

    private async Task<(HttpStatusCode Status, string Page)> TryAsync(string url)
    {
        var (status, html) = await TryRawAsync(url);
        return (status, WebUtility.HtmlDecode(html));
    }

    private async Task<(HttpStatusCode Status, string Html)> TryRawAsync(string url)
    {
        using var answer = await editor.PostAsync(List, List + "/try", ("url", url));
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Stop));
    }

    private async Task DoneAsync(string page, string path, string message, params (string Name, string Value)[] fields)
    {
        site.Time.Advance(TimeSpan.FromSeconds(1));
        var html = await editor.PageAsync(page);
        using var answer = await editor.SendAsync(
            path, [("token", Field(html, "token")), ("version", DeskClient.VersionOf(html)), .. fields]);
        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        Assert.Contains(message, await editor.PageAsync(answer.Headers.Location!.ToString()), StringComparison.Ordinal);
    }

    private static string Field(string page, string name) =>
        Regex.Match(page, $"name=\"{name}\" value=\"([^\"]+)", RegexOptions.NonBacktracking).Groups[1].Value;
}
