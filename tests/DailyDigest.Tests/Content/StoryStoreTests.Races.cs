using System.Globalization;
using DailyDigest.Content;
using DailyDigest.Storage;
using DailyDigest.Testing.Storage;

namespace DailyDigest.Tests.Content;

/// <summary>Interrupted writes and concurrent writes.</summary>
public abstract partial class StoryStoreTests
{
    [Fact]
    public async Task A_move_that_was_cut_off_at_any_write_is_finished_by_the_next_sight()
    {
        for (var write = 1; write <= 3; write++)
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

                // The story is found once, by id and by day, with the desk's decision, whichever rows exist.
                var between = Assert.Single(
                    (await stories.RangeAsync(Day.AddDays(-1), Day.AddDays(2), Cancel)).Stories, story => story.Id == moved.Id);
                Assert.Equal(3, between.Desk.Boost);

                await stories.UpsertAsync(moved, Cancel);
                var settled = Assert.Single(
                    (await stories.RangeAsync(Day.AddDays(1), Day.AddDays(1), Cancel)).Stories, story => story.Id == moved.Id);
                Assert.Equal((moved.Published, 3), (settled.Published, settled.Desk.Boost));
                Assert.DoesNotContain((await stories.RangeAsync(Day, Day, Cancel)).Stories, story => story.Id == moved.Id);

                // And back, over the rows that the interrupted move left.
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
            // Between the read and the write of the update.
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
            work.Add(
                Task.Run(
                    () => stories.SignalsAsync(Seen().Id, n % 2 == 0 ? new Signals(Views: 100) : new Signals(Votes: 7), Cancel), Cancel));
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

    /// <summary>Another writer adds, moves and pins the story at each call of an add. The result is one story, still pinned.</summary>
    [Fact]
    public async Task Concurrent_adds_moves_and_pins_of_a_story_lose_nothing()
    {
        var other = new StoryStore(tables, time);
        for (var call = 1; ; call++)
        {
            var (path, calls) = (string.Create(CultureInfo.InvariantCulture, $"at{call}"), 0);
            plan.Before = async _ =>
            {
                if (Interlocked.Increment(ref calls) == call)
                {
                    plan.Before = null;
                    await other.UpsertAsync(Seen(path, published: Noon.AddDays(1)), Cancel);
                    await other.DeskAsync(Seen(path).Id, desk => desk with { Pinned = true }, Cancel);
                    await other.UpsertAsync(Seen(path, published: Noon.AddDays(2)), Cancel);
                }
            };
            await stories.UpsertAsync(Seen(path), Cancel);
            if (plan.Before is not null)
            {
                Assert.InRange(call, 4, 20);
                return;
            }

            var story = Assert.Single((await stories.RangeAsync(Day, Day.AddDays(2), Cancel)).Stories, story => story.Id == Seen(path).Id);
            Assert.True(story.Desk.Pinned);
            Assert.Equal(story, await stories.FindAsync(story.Id, Cancel));
            var day = DateOnly.FromDateTime(story.Published.UtcDateTime);
            Assert.Single((await stories.RangeAsync(day, day, Cancel)).Stories, one => one.Id == story.Id);
        }
    }
}
