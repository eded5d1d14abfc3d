using System.Net;
using System.Text.RegularExpressions;
using DailyDigest.Accounts;
using DailyDigest.Content;
using DailyDigest.Edits;
using DailyDigest.Mailing;
using DailyDigest.Runs;
using Microsoft.Extensions.DependencyInjection;
using Moq;

namespace DailyDigest.Web.Tests.Desk;

/// <summary>An editor at work on the next digest.</summary>
public sealed partial class TomorrowTests : IAsyncLifetime
{
    private const string Page = "/desk/tomorrow";
    private const string Dated = "/desk/tomorrow/2026-03-02";
    private static readonly DateOnly Date = new(2026, 3, 2);
    private readonly List<string> ids = [];
    private WebFixture site = null!;
    private DeskClient editor = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        site = await WebFixture.StartAsync(settings: ("Approval:Required", "true"));
        foreach (var title in (string[])["The bridge opens", "Ferry fares rise again", "A quiet year for the harbour", "School bells ring"])
        {
            ids.Add(await StoryAsync(title));
        }

        editor = await site.SignInAsync(Role.Editor);
    }

    public async ValueTask DisposeAsync()
    {
        editor.Dispose();
        await site.DisposeAsync();
    }

    [Fact]
    public async Task The_next_digest_shows_its_stories_in_order_with_reasons()
    {
        var page = await editor.PageAsync(Page);

        Assert.Equal(4, Titles(page).Count);
        Assert.Contains("published", page, StringComparison.Ordinal);
        Assert.Contains("It waits for approval", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_story_moves_is_pinned_and_left_out()
    {
        var first = Titles(await editor.PageAsync(Page));

        await DoneAsync("/order", ("story", IdOf(first[1])), ("act", "up"));
        Assert.Equal([first[1], first[0], first[2], first[3]], Titles(await editor.PageAsync(Page)));
        await DoneAsync("/order", ("story", IdOf(first[3])), ("act", "drop"));
        Assert.Equal([first[1], first[0], first[2]], Titles(await editor.PageAsync(Page)));
        await DoneAsync("/order", ("story", IdOf(first[3])), ("act", "undrop"));
        await DoneAsync("/order", ("story", IdOf(first[3])), ("act", "pin"));

        var edits = await EditsAsync();
        Assert.True(edits.Of(IdOf(first[3])).Pinned);
        Assert.False(edits.Of(IdOf(first[3])).Dropped);
    }

    [Fact]
    public async Task Words_are_rewritten_for_this_digest_and_shown_as_text()
    {
        await DoneAsync(
            $"/stories/{ids[0]}", ("title", "<script>alert(1)</script> & more"), ("teaser", "A teaser"), ("picture", ""), ("alt", ""));

        using var answer = await editor.GetAsync(Dated);
        var html = await answer.Content.ReadAsStringAsync(Stop);
        Assert.Contains("<span class=\"tag\">rewritten</span>", html, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; more", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>alert", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>alert", await editor.PageRawAsync(Dated + "/mail?language=en"), StringComparison.Ordinal);
        Assert.Equal("The bridge opens", (await site.Get<StoryStore>().FindAsync(ids[0], Stop))!.Title);
    }

    [Fact]
    public async Task A_wrong_picture_is_refused_with_its_reason_and_the_words_are_kept()
    {
        using var answer = await PostAsync($"/stories/{ids[0]}", ("title", "Kept words"), ("picture", "javascript:alert(1)"));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        var page = await answer.Content.ReadAsStringAsync(Stop);
        Assert.Contains("picture: an absolute http(s) URL", page, StringComparison.Ordinal);
        Assert.Contains("Kept words", page, StringComparison.Ordinal);
        Assert.Null((await EditsAsync()).ETag);
    }

    [Fact]
    public async Task Subject_and_preheader_are_those_of_the_mail()
    {
        await DoneAsync("/texts", ("language", "en"), ("subject", "Good morning, harbour"), ("preheader", "Four stories"));

        var mail = await editor.PageAsync(Dated + "/mail?language=en");
        Assert.Contains("Good morning, harbour", mail, StringComparison.Ordinal);
        Assert.Contains("Four stories", mail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_mail_is_shown_as_html_and_text_and_can_run_nothing()
    {
        using var html = await editor.GetAsync(Dated + "/mail?language=en");
        using var text = await editor.GetAsync(Dated + "/mail?language=en&part=text");

        Assert.Contains("sandbox", html.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.DoesNotContain("script-src", html.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Equal("text/plain", text.Content.Headers.ContentType!.MediaType);
        Assert.Contains("The bridge opens", await text.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
        Assert.DoesNotContain("{{dd:", await html.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Approval_counts_for_what_the_page_showed()
    {
        var page = await editor.PageAsync(Page);
        await StoryAsync("A storm is coming");

        using var late = await editor.SendAsync(
            Dated + "/approve", ("token", Field(page, "token")), ("version", "none"), ("shown", Field(page, "shown")));
        Assert.Contains("have changed since", await editor.PageAsync(late.Headers.Location!.ToString()), StringComparison.Ordinal);
        Assert.Null((await EditsAsync()).Approval);

        await DoneAsync("/approve", ("shown", Field(await editor.PageAsync(Page), "shown")));
        var approval = (await EditsAsync()).Approval!;
        Assert.Equal(("The Editor", 5), (approval.By, approval.Items.Count));
        Assert.Contains("Approved by The Editor", await editor.PageAsync(Page), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_second_of_two_editors_sees_that_the_first_has_changed_it()
    {
        using var other = await site.SignInAsync(Role.Editor, "other@example.com");
        var seen = await other.PageAsync(Dated);
        await DoneAsync("/order", ("story", ids[0]), ("act", "pin"));

        using var answer = await other.SendAsync(
            Dated + "/order", ("token", Field(seen, "token")), ("version", "none"), ("story", ids[1]), ("act", "drop"));

        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.False((await EditsAsync()).Of(ids[1]).Dropped);
    }

    [Fact]
    public async Task Every_change_leaves_a_record_with_before_and_after()
    {
        await DoneAsync("/order", ("story", ids[2]), ("act", "pin"));
        site.Time.Advance(TimeSpan.FromSeconds(1));
        await DoneAsync("/reset");

        var entries = (await site.Get<AuditLog>().ListAsync(null, "digest.", null, 10, Stop)).Entries;
        Assert.Equal(["digest.reset", "digest.pin"], entries.Select(entry => entry.Verb));
        Assert.Equal((null, "pinned", $"2026-03-02/{ids[2]}"), (entries[1].Before, entries[1].After, entries[1].Subject));
        Assert.Empty((await EditsAsync()).Stories);
    }

    [Fact]
    public async Task A_test_goes_to_one_address_and_leaves_no_address_behind()
    {
        var session = new Mock<IMailSession>();
        session.Setup(one => one.SendAsync(It.IsAny<DigestMail>(), It.IsAny<CancellationToken>()))
            .ReturnsAsync(new SendResult(SendOutcome.Sent, "250 OK"));
        Mock.Get(site.Get<IMailTransport>()).Setup(transport => transport.OpenSession()).Returns(session.Object);

        await DoneAsync("/test", ("to", "colleague@example.com"), ("language", "en"));

        session.Verify(one => one.SendAsync(
            It.Is<DigestMail>(mail => mail.To.Value == "colleague@example.com" && mail.Variant.Subject.StartsWith("[test] ")),
            It.IsAny<CancellationToken>()), Times.Once);
        Assert.DoesNotContain("colleague@example.com", site.Logged, StringComparison.Ordinal);
        Assert.DoesNotContain(
            (await site.Get<AuditLog>().ListAsync(null, null, null, 10, Stop)).Entries,
            entry => $"{entry.Subject}{entry.After}".Contains("colleague", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("2026-03-01")]
    [InlineData("2026-03-20")]
    [InlineData("2026-02-30")]
    [InlineData("..%2f..")]
    public async Task Another_date_than_one_to_come_is_not_found(string date)
    {
        using var answer = await editor.GetAsync($"{Page}/{date}");

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Theory]
    [InlineData("", "pin")]
    [InlineData("not-an-id", "pin")]
    [InlineData("ID", "explode")]
    [InlineData("ffffffffffffffffffffffffffffffff", "up")]
    public async Task A_decision_that_is_not_understood_changes_nothing(string story, string act)
    {
        using var answer = await PostAsync("/order", ("story", story == "ID" ? ids[0] : story), ("act", act));

        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        Assert.Null((await EditsAsync()).ETag);
        Assert.Contains("not understood", await editor.PageAsync(Page), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("NaN")]
    [InlineData("0")]
    [InlineData("1000")]
    public async Task A_factor_that_is_none_is_refused(string factor)
    {
        using var answer = await PostAsync("/order", ("story", ids[0]), ("act", "boost"), ("factor", factor));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Null((await EditsAsync()).ETag);
    }

    [Fact]
    public async Task A_viewer_sees_it_and_finds_no_button()
    {
        using var viewer = await site.SignInAsync(Role.Viewer);

        var page = await viewer.PageAsync(Page);

        Assert.Contains("The bridge opens", page, StringComparison.Ordinal);
        Assert.DoesNotContain("name=\"act\"", page, StringComparison.Ordinal);
        Assert.DoesNotContain("/approve", page, StringComparison.Ordinal);
    }

    private Task<DayEdits> EditsAsync() => site.Get<EditStore>().GetAsync(Date, Stop);

    private async Task DoneAsync(string act, params (string Name, string Value)[] fields)
    {
        using var answer = await PostAsync(act, fields);
        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
    }

    private async Task<HttpResponseMessage> PostAsync(string act, params (string Name, string Value)[] fields) =>
        await editor.PostAsync(Dated, Dated + act, [("version", (await EditsAsync()).ETag ?? "none"), .. fields]);

    private async Task<string> StoryAsync(string title, double hours = 0)
    {
        var url = "https://gazette.example.com/" + Uri.EscapeDataString(title);
        await site.Get<StoryStore>().UpsertAsync(
            new Story
            {
                Id = StoryId.From(url),
                Kind = StoryKind.Article,
                Url = url,
                Title = title,
                Language = "en",
                Source = "front-page",
                Published = site.Time.GetUtcNow().AddMinutes(-ids.Count).AddHours(hours),
                FirstSeen = site.Time.GetUtcNow().AddHours(Math.Min(hours, 0)),
            },
            Stop);
        return StoryId.From(url);
    }

    private static string IdOf(string title) => StoryId.From("https://gazette.example.com/" + Uri.EscapeDataString(title));

    private static List<string> Titles(string page) => [.. Title().Matches(page).Select(match => match.Groups[1].Value)];

    private static string Field(string page, string name) =>
        Regex.Match(page, $"name=\"{name}\" value=\"([^\"]+)", RegexOptions.NonBacktracking).Groups[1].Value;

    [GeneratedRegex("""<h2[^>]*><a href="https://gazette[^"]*">([^<]+)""", RegexOptions.NonBacktracking)]
    private static partial Regex Title();
}
