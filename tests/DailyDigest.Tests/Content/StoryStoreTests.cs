using System.Globalization;
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

public abstract class StoryStoreTests
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
            Seen(source: "feed2", published: Noon.AddDays(-3)) with { Title = "Other words", Summary = "Summary", Signals = new Signals(FeedPosition: 1) }, Cancel);
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
        Assert.Equal(UpsertOutcome.Unchanged, await stories.UpsertAsync(Seen(published: time.GetUtcNow()) with { FirstSeen = time.GetUtcNow() }, Cancel));
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
        Assert.Single(await tables.QueryAsync(Tables.Stories, "2026-03-12", RowRange.All, 10, Cancel));
        Assert.Empty(await tables.QueryAsync(Tables.Stories, "2026-03-10", RowRange.All, 10, Cancel));
    }

    [Fact]
    public async Task A_move_that_was_cut_off_at_any_write_is_finished_by_the_next_sight()
    {
        for (var write = 1; write <= 4; write++)
        {
            foreach (var after in new[] { false, true })
            {
                var path = string.Create(CultureInfo.InvariantCulture, $"cut{write}{after}");
                await stories.UpsertAsync(Seen(path), Cancel);
                await stories.DeskAsync(Seen(path).Id, desk => desk with { Boost = 3 }, Cancel);
                plan.Restart();
                plan.StopBefore = after ? null : write;
                plan.StopAfter = after ? write : null;
                var moved = Seen(path, published: Noon.AddDays(1));
                await Assert.ThrowsAsync<ProgramStoppedException>(() => stories.UpsertAsync(moved, Cancel));
                plan.Restart();

                // Whatever stands where, it is found once, by id and by day, with the desk's decision.
                var between = Assert.Single((await stories.RangeAsync(Day.AddDays(-1), Day.AddDays(2), Cancel)).Stories, story => story.Id == moved.Id);
                Assert.Equal(3, between.Desk.Boost);

                await stories.UpsertAsync(moved, Cancel);
                var settled = Assert.Single((await stories.RangeAsync(Day.AddDays(1), Day.AddDays(1), Cancel)).Stories, story => story.Id == moved.Id);
                Assert.Equal((moved.Published, 3), (settled.Published, settled.Desk.Boost));
                Assert.DoesNotContain((await stories.RangeAsync(Day, Day, Cancel)).Stories, story => story.Id == moved.Id);

                // And back, over whatever the cut left.
                await stories.UpsertAsync(Seen(path), Cancel);
                var back = Assert.Single((await stories.RangeAsync(Day, Day.AddDays(1), Cancel)).Stories, story => story.Id == moved.Id);
                Assert.Equal(Seen(path) with { Desk = new Desk(Boost: 3) }, back);
            }
        }
    }

    [Fact]
    public async Task A_first_sight_that_was_cut_off_is_repeated_by_the_next()
    {
        plan.StopAfter = 1;
        await Assert.ThrowsAsync<ProgramStoppedException>(() => stories.UpsertAsync(Seen(), Cancel));
        plan.Restart();
        Assert.Null(await stories.FindAsync(Seen().Id, Cancel));
        Assert.Equal(StoryChange.NotFound, await stories.SignalsAsync(Seen().Id, new Signals(1), Cancel));

        Assert.Equal(UpsertOutcome.Added, await stories.UpsertAsync(Seen(published: Noon.AddDays(-1)), Cancel));
        Assert.Empty((await stories.RangeAsync(Day, Day, Cancel)).Stories);
        Assert.Single((await stories.RangeAsync(Day.AddDays(-1), Day, Cancel)).Stories);
    }

    [Fact]
    public async Task A_decision_taken_while_the_story_is_seen_again_is_not_lost()
    {
        await stories.UpsertAsync(Seen(), Cancel);
        var other = new StoryStore(tables, time);
        var struck = false;
        plan.Before = async call =>
        {
            // Between the reading and the writing of the update.
            if (call is { Operation: "Write", Place: Tables.Stories } && !struck)
            {
                struck = true;
                await other.DeskAsync(Seen().Id, desk => desk with { Pinned = true }, Cancel);
                await other.SignalsAsync(Seen().Id, new Signals(Votes: 9), Cancel);
            }
        };
        await stories.UpsertAsync(Seen(published: Noon.AddDays(1)) with { Title = "New" }, Cancel);
        var story = await stories.FindAsync(Seen().Id, Cancel);
        Assert.Equal(("New", true, 9, Noon.AddDays(1)), (story!.Title, story.Desk.Pinned, story.Signals.Votes, story.Published));
    }

    [Fact]
    public async Task Decisions_signals_and_moves_at_once_all_count()
    {
        await stories.UpsertAsync(Seen(), Cancel);
        var work = new List<Task>();
        for (var i = 0; i < 8; i++)
        {
            var n = i;
            work.Add(Task.Run(() => stories.DeskAsync(Seen().Id, desk => desk with { Boost = desk.Boost + 1 }, Cancel), Cancel));
            work.Add(Task.Run(() => stories.UpsertAsync(Seen(published: Noon.AddDays(n % 3)), Cancel), Cancel));
            work.Add(Task.Run(() => stories.SignalsAsync(Seen().Id, n % 2 == 0 ? new Signals(Views: 100) : new Signals(Votes: 7), Cancel), Cancel));
        }

        await Task.WhenAll(work);
        var story = Assert.Single((await stories.RangeAsync(Day.AddDays(-1), Day.AddDays(4), Cancel)).Stories);
        Assert.Equal((9, 100, 7), (story.Desk.Boost, story.Signals.Views, story.Signals.Votes));
        Assert.Equal(story, await stories.FindAsync(story.Id, Cancel));
        var day = DateOnly.FromDateTime(story.Published.UtcDateTime);
        Assert.Single((await stories.RangeAsync(day, day, Cancel)).Stories);
    }

    [Fact]
    public async Task Two_first_sights_at_once_on_different_days_make_one_story()
    {
        await Task.WhenAll(Enumerable.Range(0, 12).Select(i =>
            Task.Run(() => stories.UpsertAsync(Seen("twins", published: Noon.AddDays(i % 3)), Cancel), Cancel)));
        Assert.Single((await stories.RangeAsync(Day.AddDays(-1), Day.AddDays(4), Cancel)).Stories);
    }

    [Fact]
    public async Task A_story_that_moves_on_while_it_is_being_added_is_added()
    {
        var (other, added) = (new StoryStore(tables, time), 0);
        plan.Before = async call =>
        {
            // Between the last two reads: the index still says the first day, the row has left it.
            added += call is { Operation: "Write", Place: Tables.Stories } ? 1 : 0;
            if (added == 1 && call is { Operation: "Get", Place: Tables.Stories })
            {
                added++;
                await other.UpsertAsync(Seen(published: Noon.AddDays(1)), Cancel);
            }
        };
        Assert.Equal(UpsertOutcome.Added, await stories.UpsertAsync(Seen(), Cancel));
        Assert.Equal(Noon.AddDays(1), (await stories.FindAsync(Seen().Id, Cancel))!.Published);
        Assert.Single((await stories.RangeAsync(Day, Day.AddDays(1), Cancel)).Stories);
    }

    [Fact]
    public async Task Who_adds_too_late_takes_back_nothing_of_a_story_that_has_come_back_to_that_day()
    {
        var (other, writes) = (new StoryStore(tables, time), 0);
        plan.Before = async call =>
        {
            if (call is not { Operation: "Write", Place: Tables.Stories })
            {
                return;
            }

            var before = plan.Before;
            plan.Before = null;
            if (++writes == 1)
            {
                // About to be added, it is added by somebody else, pinned by the desk, and moved.
                await other.UpsertAsync(Seen(), Cancel);
                await other.DeskAsync(Seen().Id, desk => desk with { Pinned = true }, Cancel);
                await other.UpsertAsync(Seen(published: Noon.AddDays(1)), Cancel);
            }
            else if (writes == 2)
            {
                // About to be taken back, what was added lies where the story moves to again.
                await other.UpsertAsync(Seen(published: Noon.AddHours(-2)), Cancel);
            }

            plan.Before = before;
        };
        Assert.Equal(UpsertOutcome.Updated, await stories.UpsertAsync(Seen(), Cancel));
        Assert.True((await stories.FindAsync(Seen().Id, Cancel))!.Desk.Pinned);
        Assert.Single((await stories.RangeAsync(Day, Day.AddDays(1), Cancel)).Stories);
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
        await tables.WriteAsync(Tables.Stories, "2026-03-10", TableWrite.Upsert(new TableRow(Seen("b").Id) { { "kind", 7 }, { "title", true } }), Cancel);
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
