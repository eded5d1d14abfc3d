using DailyDigest.Runs;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Sending;

/// <summary>The policy for messages in doubt.</summary>
public sealed class InDoubtTests
{
    [Theory]
    [InlineData("ResendOnce", 2, DeliveryState.Sent)]
    [InlineData("Hold", 1, DeliveryState.Held)]
    public async Task A_relay_that_breaks_off_is_tried_once_more_or_not_at_all_as_the_policy_says(
        string policy, int copies, DeliveryState state)
    {
        var fixture = new DeliveryFixture(("Delivery:InDoubt", policy));
        var ids = await fixture.SubscribeAsync(5);
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        var breaks = 1;
        fixture.Relay.AnswerWith(mail =>
            mail.To.Value == DeliveryFixture.Address(ids[0])
                && Interlocked.Exchange(ref breaks, 0) == 1 ? ScriptedRelay.Broken : ScriptedRelay.Ok);
        await fixture.RunAsync(TimeSpan.FromMinutes(5));

        Assert.Equal(copies, fixture.Relay.Inbox.Count(seen => seen.To == DeliveryFixture.Address(ids[0])));
        Assert.Equal(state, fixture.Delivery(ids[0]).State);
        var run = await fixture.RunOfAsync(fixture.Today);
        Assert.Equal((RunState.Closed, 5), (run!.State, run.Counts.Values.Sum()));
    }

    [Theory]
    [InlineData("ResendOnce")]
    [InlineData("Hold")]
    public async Task After_a_crash_what_was_on_the_wire_is_sent_again_or_held_as_the_policy_says(string policy)
    {
        const int Readers = 20;
        var fixture = new DeliveryFixture(("Delivery:InDoubt", policy));
        await fixture.SubscribeAsync(Readers);
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        var dying = fixture.Start();
        fixture.Relay.AnswerWith(_ =>
        {
            // The first answer is the last thing that the program hears.
            dying.Plan.StopBefore = dying.Plan.Writes + 1;
            return ScriptedRelay.Ok;
        });
        await Assert.ThrowsAnyAsync<Exception>(dying.RunOnceAsync);
        Assert.True(dying.Plan.Stopped);
        var inDoubt = fixture.Ledger(fixture.Today).Count(row => row.State == DeliveryState.Attempting);
        Assert.InRange(inDoubt, 1, 8);

        fixture.Relay.Answer = null;
        await fixture.RunAsync(TimeSpan.FromMinutes(5));
        var counts = (await fixture.RunOfAsync(fixture.Today))!.Counts;
        Assert.Equal(Readers, counts.Values.Sum());
        Assert.Equal(policy == "Hold" ? inDoubt : 0, counts.GetValueOrDefault(DeliveryState.Held));
        if (policy == "Hold")
        {
            Assert.Equal(fixture.Relay.Inbox.Count, fixture.Relay.Inbox.DistinctBy(seen => seen.To).Count());
        }
    }

    [Fact]
    public void A_policy_that_is_none_is_named()
    {
        var fault = Assert.Single(new DeliveryOptions { InDoubt = (InDoubtPolicy)7 }.Validate());
        Assert.StartsWith("Delivery__InDoubt", fault, StringComparison.Ordinal);
    }
}
