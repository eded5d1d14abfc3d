using DailyDigest.Runs;
using DailyDigest.Subscribers;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Sending;

/// <summary>A relay that refuses every reader in the same words refuses us.</summary>
public sealed class RefusesEverybodyTests
{
    private static readonly SendResult Blocked = new(SendOutcome.Rejected, "550 5.1.1 blocked", "no-such-user");

    [Fact]
    public async Task After_25_equal_refusals_the_run_waits_probes_and_resumes()
    {
        var fixture = await ReadyAsync(400, connections: 1);
        fixture.Relay.AnswerWith(_ => Blocked);
        await fixture.Program.RunOnceAsync();
        Assert.InRange(fixture.Relay.Offered.Count, 25, 26);
        Assert.Equal("the relay refuses everybody: 550 5.1.1 blocked", Assert.Single(fixture.Controls()).Trouble);
        await fixture.RunAsync(TimeSpan.FromMinutes(30));
        Assert.InRange(fixture.Relay.Offered.Count, 27, 32);
        Assert.Equal(RunState.Open, (await fixture.RunOfAsync(fixture.Today))!.State);

        fixture.Relay.Answer = null;
        await fixture.RunAsync(TimeSpan.FromHours(2));
        var run = (await fixture.RunOfAsync(fixture.Today))!;
        Assert.Equal((RunState.Closed, true), (run.State, run.Distrusted));
        Assert.InRange(run.Counts[DeliveryState.Rejected], 25, 32);
        Assert.Equal(400, run.Counts.Values.Sum());
        Assert.Empty(
            await fixture.Program.Get<ListSubscribers>().ExecuteAsync(SubscriberStatus.Bounced, null, 1, DeliveryFixture.Cancellation));
    }

    [Fact]
    public async Task A_relay_that_stays_so_costs_few_readers_the_rest_expire()
    {
        var fixture = await ReadyAsync(400, connections: 4);
        fixture.Relay.AnswerWith(_ => Blocked);
        await fixture.RunAsync(TimeSpan.FromHours(14));

        var run = (await fixture.RunOfAsync(fixture.Today))!;
        Assert.Equal(RunState.Closed, run.State);
        Assert.InRange(run.Counts[DeliveryState.Rejected], 25, 50);
        Assert.Equal(400 - run.Counts[DeliveryState.Rejected], run.Counts[DeliveryState.Expired]);
        Assert.Empty(
            await fixture.Program.Get<ListSubscribers>().ExecuteAsync(SubscriberStatus.Bounced, null, 1, DeliveryFixture.Cancellation));
    }

    [Theory]
    [InlineData(24, false)]
    [InlineData(0, true)]
    public async Task Refusals_in_other_words_or_with_one_served_in_between_do_not_stop_a_run(int every, bool otherWords)
    {
        var fixture = await ReadyAsync(100, connections: 1);
        var count = 0;
        fixture.Relay.AnswerWith(mail => ++count % 25 == every ? ScriptedRelay.Ok : otherWords
            ? Blocked with { Reply = "550 5.1.1 blocked " + (count % 2) } : Blocked);
        await fixture.Program.RunOnceAsync();

        Assert.Equal(100, fixture.Relay.Offered.Count);
        Assert.Equal(RunState.Closed, (await fixture.RunOfAsync(fixture.Today))!.State);
        Assert.All(fixture.Controls(), control => Assert.False(control.RefusedAll));
    }

    /// <summary>Most publications have many cohorts of a few readers. No single one of them reaches a limit.</summary>
    [Fact]
    public async Task Refusals_of_many_small_cohorts_cost_one_reader_and_not_the_list()
    {
        var fixture = new DeliveryFixture();
        string[] zones = [DeliveryFixture.Utc, "Europe/Paris", "Asia/Tokyo", "America/New_York", "Asia/Kolkata"];
        foreach (var zone in zones)
        {
            await fixture.SubscribeAsync(zone);
        }

        for (var i = 0; i < 3; i++)
        {
            await fixture.SubscribeAsync(DeliveryFixture.Utc, hour: 9);
        }

        await fixture.PublishAsync();
        fixture.Relay.AnswerWith(_ => Blocked);
        await fixture.RunAsync(TimeSpan.FromHours(36));
        Assert.InRange(fixture.Relay.Offered.Count, 8, 16);
        Assert.Single(
            await fixture.Program.Get<ListSubscribers>().ExecuteAsync(SubscriberStatus.Bounced, null, 10, DeliveryFixture.Cancellation));

        // Each of them gets the next digest. The refusal of a relay that serves others is accepted.
        var asked = 0;
        await fixture.PublishAsync();
        fixture.Relay.AnswerWith(_ => Interlocked.Increment(ref asked) % 2 == 0 ? Blocked : ScriptedRelay.Ok);
        await fixture.RunAsync(TimeSpan.FromHours(24));
        Assert.InRange(
            (await fixture.Program.Get<ListSubscribers>()
                .ExecuteAsync(SubscriberStatus.Bounced, null, 10, DeliveryFixture.Cancellation)).Count, 2, 5);
    }

    private static async Task<DeliveryFixture> ReadyAsync(int readers, int connections)
    {
        var fixture =
            new DeliveryFixture(("Delivery:Connections", connections.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        await fixture.SubscribeAsync(readers);
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        return fixture;
    }
}
