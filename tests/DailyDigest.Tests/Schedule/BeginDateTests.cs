using DailyDigest.Clock;
using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Tests.Delivery;

namespace DailyDigest.Tests.Schedule;

public sealed class BeginDateTests
{
    private readonly World world = new();

    [Fact]
    public async Task A_missed_day_is_made_up_for_at_an_operators_word_once()
    {
        await world.SubscribeAsync(2);
        await world.PublishAsync();
        world.GoTo(2, 14);
        await world.Program.RunOnceAsync();
        Assert.True((await world.RunOfAsync(world.Today))!.Missed);

        var begun = await world.Program.Get<BeginDate>().ExecuteAsync(world.Today, World.Cancellation);
        await world.Program.RunOnceAsync();
        Assert.Contains(begun, run => run.State == RunState.Open);
        Assert.Equal(2, world.Relay.Inbox.Count);
        Assert.False((await world.RunOfAsync(world.Today))!.Missed);

        Assert.Empty(await world.Program.Get<BeginDate>().ExecuteAsync(world.Today, World.Cancellation));
        await world.Program.RunOnceAsync();
        Assert.Equal(2, world.Relay.Inbox.Count);
    }

    [Fact]
    public async Task A_day_that_was_skipped_for_its_stories_stays_skipped()
    {
        await world.SubscribeAsync(1);
        world.GoTo(2, 7);
        await world.Program.RunOnceAsync();
        await world.PublishAsync();

        Assert.Empty(await world.Program.Get<BeginDate>().ExecuteAsync(world.Today, World.Cancellation));
        Assert.Equal(RunState.Skipped, (await world.RunOfAsync(world.Today))!.State);
    }

    [Fact]
    public async Task A_missed_day_whose_frozen_news_a_later_digest_told_stays_missed()
    {
        await world.SubscribeAsync(1);
        await world.PublishAsync();
        world.GoTo(2, 7);
        var broken = world.Start();
        broken.Plan.Before = call => call.Place == Tables.Ledger ? throw new StorageException("gone") : Task.CompletedTask;
        await Assert.ThrowsAsync<AggregateException>(broken.TickAsync);
        world.GoTo(2, 14);
        await world.Program.RunOnceAsync();
        var missed = world.Today;
        Assert.True((await world.RunOfAsync(missed))!.Missed);
        world.GoTo(3, 7);
        await world.Program.RunOnceAsync();
        Assert.Single(world.Relay.Inbox);

        Assert.Empty(await world.Program.Get<BeginDate>().ExecuteAsync(missed, World.Cancellation));
        await world.Program.RunOnceAsync();
        Assert.Single(world.Relay.Inbox);
    }
}
