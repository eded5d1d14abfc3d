using DailyDigest.Runs;
using DailyDigest.Sending;

namespace DailyDigest.Tests.Delivery;

public sealed class RelayTroubleTests
{
    private readonly World world = new();

    [Fact]
    public async Task While_the_relay_refuses_us_nobody_is_rejected_and_the_part_waits_1_5_15_and_60_minutes_and_then_goes_on()
    {
        await ReadyAsync(50);
        var begun = world.Time.GetUtcNow();
        world.Relay.AnswerWith(_ => ScriptedRelay.Refusal);
        await world.RunAsync(TimeSpan.FromMinutes(150));

        var visits = world.Relay.Offered.Select(seen => (seen.At - begun).TotalMinutes).Distinct().ToList();
        Assert.Equal([0, 1, 6, 21, 81, 141], visits);
        Assert.Equal(ScriptedRelay.Refusal.Reply, world.Controls().Single(control => control.Trouble is not null).Trouble);
        Assert.All(world.Ledger(world.Today), row => Assert.Equal((DeliveryState.Deferred, 0), (row.State, row.Attempts)));
        Assert.InRange(world.Ledger(world.Today).Count, 1, 8);

        world.Relay.Answer = null;
        await world.RunAsync(TimeSpan.FromMinutes(60));
        Assert.Equal(50, world.Relay.Inbox.Count);
        Assert.Equal(50, world.Relay.Inbox.DistinctBy(seen => seen.To).Count());
        Assert.All(world.Controls(), control => Assert.Equal((null, 0), (control.Trouble, control.Troubles)));
    }

    [Fact]
    public async Task A_hint_that_comes_too_early_does_not_knock_at_a_relay_that_refuses_us()
    {
        await ReadyAsync(3);
        world.Relay.AnswerWith(_ => ScriptedRelay.Refusal);
        await world.Program.RunOnceAsync();
        var offered = world.Relay.Offered.Count;
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(PartOutcome.Busy, await world.Program.Get<DeliverPart>().ExecuteAsync($"2026-03-02 all daily_07_{World.Utc.Replace('/', '.')}", World.Cancellation));
        }

        Assert.Equal(offered, world.Relay.Offered.Count);
        Assert.Equal(1, world.Queues.Count);
    }

    [Fact]
    public async Task A_relay_that_refuses_us_until_the_deadline_lets_everybody_expire_at_the_deadline()
    {
        await ReadyAsync(20);
        world.Relay.AnswerWith(_ => ScriptedRelay.Refusal);
        await world.RunAsync(TimeSpan.FromHours(12) + TimeSpan.FromMinutes(1));

        Assert.Equal(20, (await world.RunOfAsync(world.Today))!.Counts[DeliveryState.Expired]);
    }

    [Fact]
    public async Task Three_breaks_in_a_row_pause_the_part()
    {
        await ReadyAsync(200);
        world.Relay.AnswerWith(_ => ScriptedRelay.Broken);
        await world.Program.RunOnceAsync();

        // Three, and what the other connections had begun by then.
        Assert.InRange(world.Relay.Offered.Count, 3, 11);
        Assert.Contains("breaks off", Assert.Single(world.Controls()).Trouble, StringComparison.Ordinal);
        world.Advance(TimeSpan.FromSeconds(50));
        await world.Program.RunOnceAsync();
        Assert.InRange(world.Relay.Offered.Count, 3, 11);
    }

    [Fact]
    public async Task No_copy_goes_out_a_third_time_when_the_relay_breaks_off_all_day()
    {
        await ReadyAsync(40);
        world.Relay.AnswerWith(_ => ScriptedRelay.Broken);
        await world.RunAsync(TimeSpan.FromHours(13));

        Assert.All(world.Relay.Offered.CountBy(seen => seen.MessageId), pair => Assert.InRange(pair.Value, 1, 2));
        Assert.All(world.Ledger(world.Today), row => Assert.True(row.IsSettled));
        Assert.Equal(40, world.Ledger(world.Today).Count);
    }

    private async Task ReadyAsync(int count)
    {
        await world.SubscribeAsync(count);
        await world.PublishAsync();
        world.GoTo(2, 7);
    }
}
