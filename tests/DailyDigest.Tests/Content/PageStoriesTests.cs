using System.Globalization;
using DailyDigest.Content;
using DailyDigest.Testing.Storage;
using Microsoft.Extensions.Time.Testing;

namespace DailyDigest.Tests.Content;

/// <summary>Pages of recent stories.</summary>
public sealed class PageStoriesTests
{
    private readonly FakeTimeProvider time = new(new(2026, 3, 10, 12, 0, 0, TimeSpan.Zero));
    private readonly FaultPlan plan = new();
    private readonly StoryStore stories;
    private readonly PageStories pages;

    public PageStoriesTests()
    {
        var tables = new FaultTableStore(new MemoryTableStore(time), plan);
        stories = new StoryStore(tables, time);
        pages = new PageStories(stories, new FeedStore(tables), time);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_story_is_on_one_page_newest_first()
    {
        // Several at one instant: the order of their ids decides.
        var added = new List<string>();
        foreach (var number in Enumerable.Range(0, 40))
        {
            added.Add(await AddAsync(number, time.GetUtcNow().AddHours(-7 * (number / 3))));
        }

        var (seen, after, turns) = (new List<Story>(), (string?)null, 0);
        do
        {
            var page = await pages.ExecuteAsync(new StoryFilter(), 30, after, 7, Cancel);
            Assert.InRange(page.Stories.Count, page.Next is null ? 0 : 7, 7);
            seen.AddRange(page.Stories);
            after = page.Next;
        }
        while (after is not null && turns++ < 20);

        Assert.Equal(added.Order(), seen.Select(story => story.Id).Order());
        var instants = seen.Select(story => story.Published).ToList();
        Assert.Equal(instants.OrderDescending(), instants);
    }

    [Fact]
    public async Task A_story_that_moved_to_another_day_is_shown_there_only()
    {
        var id = await AddAsync(1, time.GetUtcNow().AddDays(-3));
        await AddAsync(1, time.GetUtcNow().AddDays(-1));

        var page = await pages.ExecuteAsync(new StoryFilter(), 30, null, 50, Cancel);

        Assert.Equal((id, time.GetUtcNow().AddDays(-1)), (Assert.Single(page.Stories).Id, page.Stories[0].Published));
    }

    [Fact]
    public async Task A_day_with_more_stories_than_a_page_reads_is_said_to_be_cut()
    {
        foreach (var number in Enumerable.Range(0, PageStories.MaxRows + 5))
        {
            await AddAsync(number, time.GetUtcNow());
        }

        await AddAsync(100_000, time.GetUtcNow().AddDays(-1));
        plan.Restart();
        var page = await pages.ExecuteAsync(new StoryFilter { Text = "no such words" }, 30, null, 50, Cancel);

        Assert.True(page.IsCut);
        Assert.Equal("2026-03-09", page.Next);
        Assert.InRange(plan.Trace.Count, 1, 10);
        var next = await pages.ExecuteAsync(new StoryFilter(), 30, page.Next, 50, Cancel);
        Assert.Equal("Story 100000", Assert.Single(next.Stories).Title);
    }

    [Theory]
    [InlineData("")]
    [InlineData("2026-02-30")]
    [InlineData("2026-03-09_x_y")]
    [InlineData("2026-03-09_99999999999999999999_00000000000000000000000000000000")]
    [InlineData("9999-12-31")]
    [InlineData("\0")]
    public async Task A_position_that_is_none_begins_at_the_beginning(string after)
    {
        var id = await AddAsync(1, time.GetUtcNow());
        Assert.Equal(id, Assert.Single((await pages.ExecuteAsync(new StoryFilter(), 7, after, 50, Cancel)).Stories).Id);
    }

    private async Task<string> AddAsync(int number, DateTimeOffset published)
    {
        var url = string.Create(CultureInfo.InvariantCulture, $"https://gazette.example.com/{number}");
        await stories.UpsertAsync(
            new Story
            {
                Id = StoryId.From(url),
                Kind = StoryKind.Article,
                Url = url,
                Title = string.Create(CultureInfo.InvariantCulture, $"Story {number}"),
                Source = "api",
                Published = published,
                FirstSeen = time.GetUtcNow(),
            },
            Cancel);
        return StoryId.From(url);
    }
}
