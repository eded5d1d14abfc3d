using DailyDigest.Clock;
using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Clock;

public sealed class BeginDateTests
{
    private readonly DeliveryFixture fixture = new();

    [Fact]
    public async Task A_missed_day_is_made_up_for_at_an_operators_word_once()
    {
        await fixture.SubscribeAsync(2);
        await fixture.PublishAsync();
        fixture.GoTo(2, 14);
        await fixture.Program.RunOnceAsync();
        Assert.True((await fixture.RunOfAsync(fixture.Today))!.Missed);

        var begun = await fixture.Program.Get<BeginDate>().ExecuteAsync(fixture.Today, DeliveryFixture.Cancellation);
        await fixture.Program.RunOnceAsync();
        Assert.Contains(begun, run => run.State == RunState.Open);
        Assert.Equal(2, fixture.Relay.Inbox.Count);
        Assert.False((await fixture.RunOfAsync(fixture.Today))!.Missed);

        Assert.Empty(await fixture.Program.Get<BeginDate>().ExecuteAsync(fixture.Today, DeliveryFixture.Cancellation));
        await fixture.Program.RunOnceAsync();
        Assert.Equal(2, fixture.Relay.Inbox.Count);
    }

    [Fact]
    public async Task A_day_that_was_skipped_for_its_stories_stays_skipped()
    {
        await fixture.SubscribeAsync(1);
        fixture.GoTo(2, 7);
        await fixture.Program.RunOnceAsync();
        await fixture.PublishAsync();

        Assert.Empty(await fixture.Program.Get<BeginDate>().ExecuteAsync(fixture.Today, DeliveryFixture.Cancellation));
        Assert.Equal(RunState.Skipped, (await fixture.RunOfAsync(fixture.Today))!.State);
    }

    [Fact]
    public async Task A_missed_day_whose_frozen_news_a_later_digest_told_stays_missed()
    {
        await fixture.SubscribeAsync(1);
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        var broken = fixture.Start();
        broken.Plan.Before = call => call.Place == Tables.Ledger ? throw new StorageException("gone") : Task.CompletedTask;
        await Assert.ThrowsAsync<AggregateException>(broken.TickAsync);
        fixture.GoTo(2, 14);
        await fixture.Program.RunOnceAsync();
        var missed = fixture.Today;
        Assert.True((await fixture.RunOfAsync(missed))!.Missed);
        fixture.GoTo(3, 7);
        await fixture.Program.RunOnceAsync();
        Assert.Single(fixture.Relay.Inbox);

        Assert.Empty(await fixture.Program.Get<BeginDate>().ExecuteAsync(missed, DeliveryFixture.Cancellation));
        await fixture.Program.RunOnceAsync();
        Assert.Single(fixture.Relay.Inbox);
    }
}
