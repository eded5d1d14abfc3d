using DailyDigest.Content;
using DailyDigest.Testing.Storage;
using Microsoft.Extensions.Time.Testing;

namespace DailyDigest.Tests.Content;

public sealed class AcceptStoryTests
{
    private readonly FakeTimeProvider time = new(new(2026, 3, 10, 12, 0, 0, TimeSpan.Zero));
    private readonly StoryStore stories;
    private readonly AcceptStory accept;
    private readonly AcceptSignals acceptSignals;

    public AcceptStoryTests()
    {
        stories = new StoryStore(new MemoryTableStore(time), time);
        accept = new AcceptStory(stories, time);
        acceptSignals = new AcceptSignals(stories);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static StoryInput Input => new() { Url = "https://example.com/a?utm_source=cms", Title = "Title" };

    [Fact]
    public async Task A_pushed_story_is_kept_cleaned()
    {
        var outcome = await accept.ExecuteAsync(
            new StoryInput
            {
                Url = "HTTPS://Example.com/a?utm_source=cms#x",
                Title = " A title\r\nBcc: all@example.com \u202E",
                Summary = new string('w', 400) + " " + new string('v', 400),
                Byline = "Jane\tDoe",
                Section = "World",
                Language = "ar_EG",
                Kind = "Blog-Post",
                Published = "2026-03-10T09:30:00+02:00",
                Updated = "2026-03-10T08:00:00.5Z",
                Image =
                    new ImageInput
                    {
                        Url = "https://example.com/i.jpg?v=1",
                        Alt = "Alt",
                        Caption = " ",
                        Credit = "Agency",
                        Width = 640,
                        Height = 480
                    },
                Signals = new SignalsInput { Views = 10, Votes = 0 },
            },
            Cancel);
        var accepted = Assert.IsType<AcceptStoryOutcome.Accepted>(outcome);
        Assert.Equal(UpsertOutcome.Added, accepted.Upsert);
        var story = await stories.FindAsync(accepted.Id, Cancel);
        Assert.Equal(
            new Story
            {
                Id = StoryId.From("https://example.com/a"),
                Kind = StoryKind.BlogPost,
                Url = "https://example.com/a#x",
                Title = "A title Bcc: all@example.com",
                Summary = new string('w', 400) + "…",
                Byline = "Jane Doe",
                Section = "World",
                Language = "ar-EG",
                Image = new StoryImage("https://example.com/i.jpg?v=1", "Alt", null, "Agency", 640, 480),
                Source = "api",
                Published = new(2026, 3, 10, 7, 30, 0, TimeSpan.Zero),
                Updated = new(2026, 3, 10, 8, 0, 0, 500, TimeSpan.Zero),
                FirstSeen = time.GetUtcNow(),
                Signals = new Signals(Views: 10, Votes: 0),
            },
            story);
    }

    [Fact]
    public async Task The_same_push_again_changes_nothing()
    {
        var first = Assert.IsType<AcceptStoryOutcome.Accepted>(await accept.ExecuteAsync(Input, Cancel));
        time.Advance(TimeSpan.FromDays(1));
        var second = Assert.IsType<AcceptStoryOutcome.Accepted>(await accept.ExecuteAsync(Input, Cancel));
        var third = Assert.IsType<AcceptStoryOutcome.Accepted>(await accept.ExecuteAsync(Input with { Title = "New" }, Cancel));
        Assert.Equal((UpsertOutcome.Added, UpsertOutcome.Unchanged, UpsertOutcome.Updated), (first.Upsert, second.Upsert, third.Upsert));
        Assert.Equal((first.Id, first.Id), (second.Id, third.Id));
    }

    [Fact]
    public async Task Every_fault_is_named_and_nothing_is_kept()
    {
        var refused = Assert.IsType<AcceptStoryOutcome.Refused>(await accept.ExecuteAsync(
            new StoryInput
            {
                Url = "javascript:alert(1)",
                Title = "\u200b\r\n",
                Kind = "podcast",
                Language = "<b>",
                Published = "2026-03-10T09:30:00",
                Updated = "yesterday",
                Image = new ImageInput { Url = "data:image/png;base64,AAAA", Width = 0, Height = -1 },
                Signals = new SignalsInput { Views = -1, Votes = -1, Comments = long.MinValue, Clicks = -9 },
            },
            Cancel));
        Assert.Equal(
            [
                "url", "title", "kind", "language", "published", "updated", "image.url", "image.width", "image.height",
                "signals.views", "signals.votes", "signals.comments", "signals.clicks",
            ],
            refused.Faults.Select(fault => fault.Split(':')[0]));
        Assert.Equal(["url", "title"], Assert.IsType<AcceptStoryOutcome.Refused>(await accept.ExecuteAsync(new StoryInput(), Cancel))
            .Faults.Select(fault => fault.Split(':')[0]));
    }

    [Theory]
    [InlineData("2026-03-10T09:30Z", true)]
    [InlineData("2026-03-10T09:30:00.1234567-05:00", true)]
    [InlineData("2026-03-10", false)]
    [InlineData("10 Mar 2026 09:30:00 GMT", false)]
    [InlineData("0001-01-01T00:00:00+14:00", false)]
    [InlineData("9999-12-31T23:59:59-14:00", false)]
    [InlineData("2026-02-30T00:00:00Z", false)]
    public async Task An_instant_needs_its_zone_and_a_sane_year(string published, bool accepted) =>
        Assert.Equal(accepted, await accept.ExecuteAsync(Input with { Published = published }, Cancel) is AcceptStoryOutcome.Accepted);

    [Fact]
    public async Task Signals_are_totals_put_over_the_known_ones()
    {
        await accept.ExecuteAsync(Input, Cancel);
        var id = StoryId.From("https://example.com/a");
        Assert.IsType<AcceptSignalsOutcome.Updated>(
            await acceptSignals.ExecuteAsync(id, new SignalsInput { Views = 5, Votes = 2 }, Cancel));
        Assert.IsType<AcceptSignalsOutcome.Updated>(await acceptSignals.ExecuteAsync(id, new SignalsInput { Votes = 3 }, Cancel));
        Assert.IsType<AcceptSignalsOutcome.Updated>(await acceptSignals.ExecuteAsync(id, new SignalsInput { Votes = 3 }, Cancel));
        Assert.Equal(new Signals(Views: 5, Votes: 3), (await stories.FindAsync(id, Cancel))!.Signals);
    }

    [Fact]
    public async Task Signals_that_are_negative_absent_or_for_nobody_change_nothing()
    {
        var id = StoryId.From("https://example.com/a");
        Assert.IsType<AcceptSignalsOutcome.NotFound>(await acceptSignals.ExecuteAsync(id, new SignalsInput { Views = 5 }, Cancel));
        Assert.IsType<AcceptSignalsOutcome.NotFound>(await acceptSignals.ExecuteAsync("../x", new SignalsInput { Views = 5 }, Cancel));
        await accept.ExecuteAsync(Input, Cancel);
        var refused = Assert.IsType<AcceptSignalsOutcome.Refused>(
            await acceptSignals.ExecuteAsync(id, new SignalsInput { Views = -5, Clicks = 1 }, Cancel));
        Assert.Equal("views: 0 or more", Assert.Single(refused.Faults));
        Assert.IsType<AcceptSignalsOutcome.Refused>(await acceptSignals.ExecuteAsync(id, new SignalsInput(), Cancel));
        Assert.Equal(Signals.None, (await stories.FindAsync(id, Cancel))!.Signals);
    }
}
