using DailyDigest.Runs;
using DailyDigest.Subscribers;

namespace DailyDigest.Tests.Delivery;

/// <summary>A relay that refuses every reader in the same words refuses us.</summary>
public sealed class RefusesEverybodyTests
{
    private static readonly SendResult Blocked = new(SendOutcome.Rejected, "550 5.1.1 blocked", "no-such-user");

    [Fact]
    public async Task After_25_refusals_alike_the_run_waits_probes_with_one_and_goes_on_when_the_relay_is_well()
    {
        var world = await ReadyAsync(400, connections: 1);
        world.Relay.AnswerWith(_ => Blocked);
        await world.Program.RunOnceAsync();
        Assert.InRange(world.Relay.Offered.Count, 25, 26);
        Assert.Equal("the relay refuses everybody: 550 5.1.1 blocked", Assert.Single(world.Controls()).Trouble);
        await world.RunAsync(TimeSpan.FromMinutes(30));
        Assert.InRange(world.Relay.Offered.Count, 27, 32);
        Assert.Equal(RunState.Open, (await world.RunOfAsync(world.Today))!.State);

        world.Relay.Answer = null;
        await world.RunAsync(TimeSpan.FromHours(2));
        var run = (await world.RunOfAsync(world.Today))!;
        Assert.Equal((RunState.Closed, true), (run.State, run.Distrusted));
        Assert.InRange(run.Counts[DeliveryState.Rejected], 25, 32);
        Assert.Equal(400, run.Counts.Values.Sum());
        Assert.Empty(await world.Program.Get<ListSubscribers>().ExecuteAsync(SubscriberStatus.Bounced, null, 1, World.Cancellation));
    }

    [Fact]
    public async Task A_relay_that_stays_so_costs_few_readers_the_rest_expire()
    {
        var world = await ReadyAsync(400, connections: 4);
        world.Relay.AnswerWith(_ => Blocked);
        await world.RunAsync(TimeSpan.FromHours(14));

        var run = (await world.RunOfAsync(world.Today))!;
        Assert.Equal(RunState.Closed, run.State);
        Assert.InRange(run.Counts[DeliveryState.Rejected], 25, 50);
        Assert.Equal(400 - run.Counts[DeliveryState.Rejected], run.Counts[DeliveryState.Expired]);
        Assert.Empty(await world.Program.Get<ListSubscribers>().ExecuteAsync(SubscriberStatus.Bounced, null, 1, World.Cancellation));
    }

    [Theory]
    [InlineData(24, false)]
    [InlineData(0, true)]
    public async Task Refusals_in_other_words_or_with_one_served_in_between_do_not_stop_a_run(int every, bool otherWords)
    {
        var world = await ReadyAsync(100, connections: 1);
        var count = 0;
        world.Relay.AnswerWith(mail => ++count % 25 == every ? ScriptedRelay.Ok : otherWords ? Blocked with { Reply = "550 5.1.1 blocked " + (count % 2) } : Blocked);
        await world.Program.RunOnceAsync();

        Assert.Equal(100, world.Relay.Offered.Count);
        Assert.Equal(RunState.Closed, (await world.RunOfAsync(world.Today))!.State);
        Assert.All(world.Controls(), control => Assert.False(control.RefusedAll));
    }

    /// <summary>Most publications have many cohorts of a few readers: none of them reaches a bound by itself.</summary>
    [Fact]
    public async Task Small_cohorts_that_are_refused_one_after_another_cost_one_reader_and_not_the_list()
    {
        var world = new World();
        string[] zones = [World.Utc, "Europe/Paris", "Asia/Tokyo", "America/New_York", "Asia/Kolkata"];
        foreach (var zone in zones)
        {
            await world.SubscribeAsync(zone);
        }

        for (var i = 0; i < 3; i++)
        {
            await world.SubscribeAsync(World.Utc, hour: 9);
        }

        await world.PublishAsync();
        world.Relay.AnswerWith(_ => Blocked);
        await world.RunAsync(TimeSpan.FromHours(36));
        Assert.InRange(world.Relay.Offered.Count, 8, 16);
        Assert.Single(await world.Program.Get<ListSubscribers>().ExecuteAsync(SubscriberStatus.Bounced, null, 10, World.Cancellation));

        // Each of them is sent to again by the next digest, and of a relay that serves others a refusal is believed.
        var gone = true;
        await world.PublishAsync();
        world.Relay.AnswerWith(_ => (gone = !gone) ? Blocked : ScriptedRelay.Ok);
        await world.RunAsync(TimeSpan.FromHours(24));
        Assert.InRange((await world.Program.Get<ListSubscribers>().ExecuteAsync(SubscriberStatus.Bounced, null, 10, World.Cancellation)).Count, 2, 5);
    }

    private static async Task<World> ReadyAsync(int readers, int connections)
    {
        var world = new World(("Delivery:Connections", connections.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        await world.SubscribeAsync(readers);
        await world.PublishAsync();
        world.GoTo(2, 7);
        return world;
    }
}
