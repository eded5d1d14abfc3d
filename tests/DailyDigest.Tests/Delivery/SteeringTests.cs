using DailyDigest.Delivery;

namespace DailyDigest.Tests.Delivery;

public sealed class SteeringTests
{
    private readonly World world = new();

    [Fact]
    public async Task A_run_that_is_paused_in_the_middle_begins_nothing_more_until_it_goes_on()
    {
        await ReadyAsync();
        var paused = 0;
        var before = 0;
        world.Relay.Answer = async (_, _) =>
        {
            if (Interlocked.Increment(ref paused) == 5)
            {
                await world.SteerAsync(control => control with { Paused = true });
                before = world.Relay.Offered.Count;
            }

            return ScriptedRelay.Ok;
        };
        await world.RunAsync(TimeSpan.FromMinutes(30));

        Assert.InRange(world.Relay.Inbox.Count, before, Math.Min(299, before + 16));
        Assert.DoesNotContain(world.Ledger(world.Today), row => row.State == DeliveryState.Attempting);
        var report = Assert.Single(await world.Program.Get<ReportRun>().ExecuteAsync(world.Today, World.Cancellation));
        Assert.True(report.Paused);

        await world.SteerAsync(control => control with { Paused = false });
        await world.RunAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(300, world.Relay.Inbox.Count);
        Assert.Equal(300, world.Relay.Inbox.DistinctBy(seen => seen.To).Count());
    }

    [Fact]
    public async Task A_run_that_is_cancelled_withholds_what_was_not_sent_and_accounts_for_everybody()
    {
        await ReadyAsync();
        var seen = 0;
        var before = 0;
        world.Relay.Answer = async (_, _) =>
        {
            if (Interlocked.Increment(ref seen) == 5)
            {
                await world.SteerAsync(control => control with { Cancelled = true });
                before = world.Relay.Offered.Count;
            }

            return seen % 2 == 0 ? ScriptedRelay.Later : ScriptedRelay.Ok;
        };
        await world.RunAsync(TimeSpan.FromMinutes(3));

        var run = await world.RunOfAsync(world.Today);
        Assert.Equal(RunState.Closed, run!.State);
        Assert.Equal(300, run.Counts.Values.Sum());
        Assert.Equal(world.Relay.Inbox.Count, run.Counts[DeliveryState.Sent]);
        Assert.Equal(300 - world.Relay.Inbox.Count, run.Counts[DeliveryState.Withheld]);
        Assert.InRange(world.Relay.Offered.Count, before, Math.Min(299, before + 16));
    }

    [Fact]
    public async Task A_run_that_waits_for_the_relay_or_is_paused_can_be_cancelled_at_once()
    {
        await ReadyAsync();
        world.Relay.AnswerWith(_ => ScriptedRelay.Refusal);
        await world.RunAsync(TimeSpan.FromMinutes(30));
        await world.SteerAsync(control => control with { Paused = true, Cancelled = true });
        await world.RunAsync(TimeSpan.FromMinutes(2));

        Assert.Equal(300, (await world.RunOfAsync(world.Today))!.Counts[DeliveryState.Withheld]);
    }

    private async Task ReadyAsync()
    {
        await world.SubscribeAsync(300);
        await world.PublishAsync();
        world.GoTo(2, 7);
    }
}
