using System.Net;
using DailyDigest.Content;
using DailyDigest.Digests;
using DailyDigest.Selection;

namespace DailyDigest.Web.Tests.Desk;

public sealed partial class TomorrowTests
{
    [Fact]
    public async Task A_change_comes_back_to_its_story_in_the_language()
    {
        var token = Field(await editor.PageAsync(Dated), "token");
        using var moved = await editor.SendAsync(
            Dated + "/order?lang=ar", ("token", token), ("version", "none"), ("story", ids[1]), ("act", "pin"));
        var path = moved.Headers.Location!.ToString();
        Assert.EndsWith($"lang=ar#story-{ids[1]}", path, StringComparison.Ordinal);
        Assert.Contains("ثُبّت في الأعلى", await editor.PageAsync(path), StringComparison.Ordinal);

        var next = Titles(await editor.PageAsync(Dated))[1];
        using var dropped = await PostAsync("/order", ("story", ids[1]), ("act", "drop"));
        Assert.EndsWith($"#story-{IdOf(next)}", dropped.Headers.Location!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hidden_story_cannot_be_taken_in_and_says_why()
    {
        await site.Get<StoryStore>().DeskAsync(ids[3], desk => desk with { Dropped = true }, Stop);

        await RefusedAsync("School bells ring", "dropped by the desk");
    }

    [Fact]
    public async Task A_story_that_was_sent_cannot_be_taken_in_and_says_why()
    {
        await site.Get<SentStoryStore>().RememberAsync(
            new Digest
            {
                Date = Date.AddDays(-1),
                Cohort = WebFixture.Home,
                FrozenAt = site.Time.GetUtcNow().AddDays(-1),
                Items = [],
                ToRemember = [new SentStory(ids[3], ids[3], "https://gazette.example.com/x", "School bells ring", "", "front-page")],
            },
            Stop);

        await RefusedAsync("School bells ring", "already sent to these readers");
    }

    [Fact]
    public async Task A_story_of_the_future_cannot_be_taken_in()
    {
        await StoryAsync("The choir will sing", hours: 5);

        await RefusedAsync("The choir will sing", "held back until");
    }

    [Fact]
    public async Task An_old_story_is_taken_in_and_then_is_in_the_digest()
    {
        var old = await StoryAsync("A walk along the quay", hours: -90);
        Assert.Contains("aria-label=\"Take in: A walk along the quay\"", await editor.PageAsync(Dated), StringComparison.Ordinal);

        await DoneAsync("/order", ("story", old), ("act", "pin"));

        var page = await editor.PageAsync(Dated);
        Assert.Contains("Pinned to the top: A walk along the quay", page, StringComparison.Ordinal);
        Assert.Equal("A walk along the quay", Titles(page)[0]);
    }

    [Fact]
    public async Task An_empty_digest_says_what_it_awaits_and_keeps_a_pin_for_later()
    {
        await DoneAsync("/order", ("story", ids[0]), ("act", "drop"));
        await DoneAsync("/order", ("story", ids[1]), ("act", "drop"));
        var empty = await editor.PageAsync(Dated);
        Assert.Contains("The digest is still empty", empty, StringComparison.Ordinal);
        Assert.Contains("<details id=\"passed-over\" open", empty, StringComparison.Ordinal);

        await DoneAsync("/order", ("story", ids[2]), ("act", "pin"));
        Assert.Contains("still has too few stories", await editor.PageAsync(Dated), StringComparison.Ordinal);
        await DoneAsync("/order", ("story", ids[0]), ("act", "pin"));
        var page = await editor.PageAsync(Dated);
        Assert.Contains("Pinned to the top: The bridge opens", page, StringComparison.Ordinal);
        Assert.Equal(3, Titles(page).Count);
    }

    [Fact]
    public async Task A_story_that_is_not_there_cannot_be_taken_in()
    {
        await DoneAsync("/order", ("story", new string('f', 32)), ("act", "pin"));

        Assert.Contains("Nothing was changed. Why: it is not among", await editor.PageAsync(Dated), StringComparison.Ordinal);
        Assert.Null((await EditsAsync()).ETag);
    }

    private async Task RefusedAsync(string title, string reason)
    {
        var (story, before) = (IdOf(title), await editor.PageAsync(Dated));
        Assert.Contains($"<tr id=\"story-{story}\"", before, StringComparison.Ordinal);
        Assert.DoesNotContain($"aria-label=\"Take in: {title}\"", before, StringComparison.Ordinal);

        await DoneAsync("/order", ("story", story), ("act", "pin"));

        var page = await editor.PageAsync(Dated);
        Assert.Contains(
            $"cannot be in this digest. Nothing was changed. Why: {reason}", WebUtility.HtmlDecode(page), StringComparison.Ordinal);
        Assert.Contains($"href=\"/desk/stories/{story}\"", page, StringComparison.Ordinal);
        Assert.Null((await EditsAsync()).ETag);
        Assert.DoesNotContain(title, Titles(page));
    }
}
