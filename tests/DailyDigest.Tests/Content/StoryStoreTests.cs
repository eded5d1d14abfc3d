using DailyDigest.Content;
using DailyDigest.Sqlite;
using DailyDigest.Storage;
using DailyDigest.Testing.Storage;
using Microsoft.Extensions.Time.Testing;

namespace DailyDigest.Tests.Content;

public sealed class Stories_in_memory : StoryStoreTests
{
    protected override ITableStore Open(TimeProvider time) => new MemoryTableStore(time);
}

public sealed class Stories_in_sqlite : StoryStoreTests, IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("dailydigest-");
    private SqliteDatabase? database;

    public void Dispose()
    {
        database?.Dispose();
        folder.Delete(recursive: true);
    }

    protected override ITableStore Open(TimeProvider time)
    {
        database = new SqliteDatabase(new SqliteOptions { Path = Path.Combine(folder.FullName, "test.db") });
        database.Open();
        return new SqliteTableStore(database, time);
    }
}

public abstract partial class StoryStoreTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 10, 12, 0, 0, TimeSpan.Zero);
    private static readonly DateOnly Day = new(2026, 3, 10);
    private readonly FakeTimeProvider time = new(Noon);
    private readonly FaultPlan plan = new();
    private readonly FaultTableStore tables;
    private readonly StoryStore stories;

    protected StoryStoreTests()
    {
        tables = new FaultTableStore(Open(time), plan);
        stories = new StoryStore(tables, time);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    protected abstract ITableStore Open(TimeProvider time);

    internal static Story Seen(string path = "a", string source = "feed1", DateTimeOffset? published = null) => new()
    {
        Id = StoryId.From("https://example.com/" + path),
        Kind = StoryKind.Article,
        Url = "https://example.com/" + path,
        Title = "Title of " + path,
        Source = source,
        Published = published ?? Noon.AddHours(-1),
        FirstSeen = Noon,
    };

    [Fact]
    public async Task A_story_is_kept_with_all_it_says()
    {
        var story = Seen() with
        {
            Kind = StoryKind.BlogPost,
            Title = "عاجل: \"quoted\" & <b> 'ok' 😀",
            Summary = "Summary",
            Byline = "Jane Doe",
            Section = "World",
            Language = "ar-EG",
            Image = new StoryImage("https://example.com/i.jpg", "alt", "caption", "credit", 800, 600),
            Updated = Noon.AddTicks(-7),
            Signals = new Signals(1, 2, 3, 4, 5),
        };
        Assert.Equal(UpsertOutcome.Added, await stories.UpsertAsync(story, Cancel));
        Assert.Equal(story, await stories.FindAsync(story.Id, Cancel));
        Assert.Equal(story, Assert.Single((await stories.RangeAsync(Day, Day, Cancel)).Stories));
    }

    [Fact]
    public async Task A_story_seen_again_is_updated_not_doubled()
    {
        await stories.UpsertAsync(Seen() with { Summary = "Old", Signals = new Signals(Votes: 3) }, Cancel);
        await stories.DeskAsync(Seen().Id, desk => desk with { Pinned = true, Boost = 1.5 }, Cancel);
        time.Advance(TimeSpan.FromHours(2));

        var again = Seen() with { Title = "Corrected", FirstSeen = time.GetUtcNow(), Updated = Noon, Signals = new Signals(Comments: 8) };
        Assert.Equal(UpsertOutcome.Updated, await stories.UpsertAsync(again, Cancel));

        var story = Assert.Single((await stories.RangeAsync(Day, Day, Cancel)).Stories);
        Assert.Equal("Corrected", story.Title);
        Assert.Equal("Old", story.Summary);
        Assert.Equal(Noon, story.Updated);
        Assert.Equal(Noon, story.FirstSeen);
        Assert.Equal(new Signals(Votes: 3, Comments: 8), story.Signals);
        Assert.Equal(new Desk(Pinned: true, Boost: 1.5), story.Desk);
    }

    [Fact]
    public async Task A_story_seen_as_it_is_known_is_not_written()
    {
        await stories.UpsertAsync(Seen(), Cancel);
        var writes = plan.Writes;
        Assert.Equal(UpsertOutcome.Unchanged, await stories.UpsertAsync(Seen() with { FirstSeen = Noon.AddMinutes(5) }, Cancel));
        Assert.Equal(writes, plan.Writes);
    }

    [Fact]
    public async Task A_second_feed_fills_gaps_and_does_not_rewrite()
    {
        await stories.UpsertAsync(Seen(), Cancel);
        await stories.UpsertAsync(
            Seen(source: "feed2", published: Noon.AddDays(-3)) with
            {
                Title = "Other words",
                Summary = "Summary",
                Signals = new Signals(FeedPosition: 1)
            }, Cancel);
        var story = await stories.FindAsync(Seen().Id, Cancel);
        Assert.Equal(("Title of a", "Summary", "feed1", 1), (story!.Title, story.Summary, story.Source, story.Signals.FeedPosition));
        Assert.Equal(Noon.AddHours(-1), story.Published);
        Assert.Equal(UpsertOutcome.Unchanged, await stories.UpsertAsync(Seen(), Cancel));
    }

    [Fact]
    public async Task A_push_speaks_for_a_story_that_a_feed_brought()
    {
        await stories.UpsertAsync(Seen(), Cancel);
        await stories.UpsertAsync(Seen(source: AcceptStory.Source) with { Title = "Pushed" }, Cancel);
        Assert.Equal("Pushed", (await stories.FindAsync(Seen().Id, Cancel))!.Title);
    }

    [Fact]
    public async Task A_story_without_a_date_keeps_the_instant_of_its_first_sight()
    {
        await stories.UpsertAsync(Seen(published: Noon), Cancel);
        time.Advance(TimeSpan.FromDays(2));
        Assert.Equal(UpsertOutcome.Unchanged,
            await stories.UpsertAsync(Seen(published: time.GetUtcNow()) with { FirstSeen = time.GetUtcNow() }, Cancel));
        Assert.Equal(Noon, (await stories.FindAsync(Seen().Id, Cancel))!.Published);
    }

    [Fact]
    public async Task A_story_whose_date_changes_moves_and_stays_one()
    {
        await stories.UpsertAsync(Seen(), Cancel);
        await stories.DeskAsync(Seen().Id, desk => desk with { Dropped = true }, Cancel);
        Assert.Equal(UpsertOutcome.Updated, await stories.UpsertAsync(Seen(published: Noon.AddDays(2)), Cancel));

        Assert.Empty((await stories.RangeAsync(Day, Day, Cancel)).Stories);
        var story = Assert.Single((await stories.RangeAsync(Day, Day.AddDays(3), Cancel)).Stories);
        Assert.Equal(Noon.AddDays(2), story.Published);
        Assert.True(story.Desk.Dropped);
        Assert.Equal(story, await stories.FindAsync(story.Id, Cancel));
        Assert.Equal(story, Assert.Single((await stories.RangeAsync(Day.AddDays(2), Day.AddDays(2), Cancel)).Stories));
    }

    [Fact]
    public async Task A_day_is_a_utc_day_and_a_range_includes_both_ends()
    {
        await stories.UpsertAsync(Seen("early", published: new(2026, 3, 10, 1, 0, 0, TimeSpan.FromHours(3))), Cancel);
        await stories.UpsertAsync(Seen("first", published: new(2026, 3, 10, 0, 0, 0, TimeSpan.Zero)), Cancel);
        await stories.UpsertAsync(Seen("last", published: new(2026, 3, 11, 23, 59, 59, TimeSpan.Zero)), Cancel);
        await stories.UpsertAsync(Seen("late", published: new(2026, 3, 12, 0, 0, 0, TimeSpan.Zero)), Cancel);
        var range = await stories.RangeAsync(Day, Day.AddDays(1), Cancel);
        Assert.Equal(["Title of first", "Title of last"], range.Stories.Select(story => story.Title));
        Assert.Empty((await stories.RangeAsync(Day.AddDays(1), Day, Cancel)).Stories);
    }

    [Fact]
    public async Task Rows_that_are_no_stories_are_counted_and_left_out()
    {
        await stories.UpsertAsync(Seen(), Cancel);
        await tables.WriteAsync(Tables.Stories, "2026-03-10", TableWrite.Upsert(new TableRow("nonsense")), Cancel);
        await tables.WriteAsync(
            Tables.Stories, "2026-03-10", TableWrite.Upsert(new TableRow(Seen("b").Id) { { "kind", 7 }, { "title", true } }), Cancel);
        var range = await stories.RangeAsync(Day, Day, Cancel);
        Assert.Equal((1, 2), (range.Stories.Count, range.Unreadable));
    }

    [Fact]
    public async Task A_damaged_row_is_replaced_by_the_next_sight()
    {
        await stories.UpsertAsync(Seen(), Cancel);
        await tables.WriteAsync(Tables.Stories, "2026-03-10", TableWrite.Upsert(new TableRow(Seen().Id) { { "title", "half" } }), Cancel);
        Assert.Null(await stories.FindAsync(Seen().Id, Cancel));
        Assert.Equal(StoryChange.NotFound, await stories.DeskAsync(Seen().Id, desk => desk, Cancel));
        Assert.Equal(UpsertOutcome.Updated, await stories.UpsertAsync(Seen(), Cancel));
        Assert.Equal(Seen(), await stories.FindAsync(Seen().Id, Cancel));
    }

    [Fact]
    public async Task A_story_whose_source_dates_it_anew_each_time_stays_where_it_is_in_the_end()
    {
        for (var days = 0; days < 130; days++)
        {
            await stories.UpsertAsync(Seen(published: Noon.AddDays(-days)) with { Title = $"Title {days}" }, Cancel);
        }

        var story = Assert.Single((await stories.RangeAsync(Day.AddDays(-130), Day, Cancel)).Stories);
        Assert.Equal(("Title 129", Noon.AddDays(-100)), (story.Title, story.Published));
        Assert.Equal(
            UpsertOutcome.Unchanged, await stories.UpsertAsync(Seen(published: Noon.AddDays(-129)) with { Title = "Title 129" }, Cancel));
        Assert.Equal(UpsertOutcome.Updated, await stories.UpsertAsync(Seen(published: Noon.AddDays(-50)), Cancel));
        Assert.Single((await stories.RangeAsync(Day.AddDays(-50), Day.AddDays(-50), Cancel)).Stories);
    }

    [Theory]
    [InlineData("")]
    [InlineData("yesterday")]
    [InlineData("2026-13-99")]
    public async Task A_damaged_index_is_replaced_by_the_next_sight_and_the_decision_of_the_desk_stays(string date)
    {
        await stories.UpsertAsync(Seen(), Cancel);
        await stories.DeskAsync(Seen().Id, desk => desk with { Pinned = true }, Cancel);
        await tables.WriteAsync(Tables.StoryDates, Seen().Id[..2],
            TableWrite.Upsert(new TableRow(Seen().Id) { { "date", date }, { "also", "x 2026-03-40 " } }), Cancel);
        Assert.Null(await stories.FindAsync(Seen().Id, Cancel));
        Assert.Equal(UpsertOutcome.Unchanged, await stories.UpsertAsync(Seen(), Cancel));
        Assert.True((await stories.FindAsync(Seen().Id, Cancel))!.Desk.Pinned);
    }

    [Fact]
    public async Task Pointers_that_lead_nowhere_are_no_stories_and_no_faults()
    {
        await stories.UpsertAsync(Seen(), Cancel);
        await tables.WriteAsync(
            Tables.Stories, "2026-03-10", TableWrite.Upsert(new TableRow(Seen("gone").Id) { { "home", "2026-03-01" } }), Cancel);
        await tables.WriteAsync(Tables.Stories, "2026-03-11", TableWrite.Upsert(new TableRow(Seen().Id) { { "home", "nowhere" } }), Cancel);
        var range = await stories.RangeAsync(Day, Day.AddDays(1), Cancel);
        Assert.Equal((1, 0), (range.Stories.Count, range.Unreadable));
        Assert.Empty((await stories.RangeAsync(Day.AddDays(1), Day.AddDays(1), Cancel)).Stories);
    }

    [Theory]
    [InlineData("00000000000000000000000000000000")]
    [InlineData("")]
    [InlineData("../../etc/passwd")]
    [InlineData("0000000000000000000000000000000#")]
    public async Task An_unknown_or_impossible_id_is_not_found(string id)
    {
        Assert.Null(await stories.FindAsync(id, Cancel));
        Assert.Equal(StoryChange.NotFound, await stories.SignalsAsync(id, new Signals(1), Cancel));
        Assert.Equal(StoryChange.NotFound, await stories.DeskAsync(id, desk => desk, Cancel));
    }
}
