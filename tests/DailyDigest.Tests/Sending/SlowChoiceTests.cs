using DailyDigest.Storage;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Sending;

/// <summary>Choosing the digest of a set of sections may wait for pictures.</summary>
public sealed class SlowChoiceTests
{
    [Fact]
    public async Task Steps_are_committed_before_the_next_slow_choice_so_that_the_lease_lives()
    {
        var fixture = new DeliveryFixture();
        foreach (var section in (string[])["a", "b", "c", "d"])
        {
            await fixture.PublishAsync(section);
            await fixture.SubscribeAsync(sections: section);
        }

        fixture.GoTo(2, 7);
        await fixture.Program.TickAsync();
        var worker = fixture.Start();
        worker.Plan.Before = call =>
        {
            if (call is { Operation: "Write", Place: Tables.Digests })
            {
                fixture.Advance(TimeSpan.FromSeconds(6));
            }

            return Task.CompletedTask;
        };
        await worker.DeliverAsync();

        Assert.Equal(4, fixture.Relay.Inbox.Count);
        var places = worker.Plan.Trace.Where(call => call is { Operation: "Write", Place: Tables.Digests or Tables.Ledger })
            .Select(call => call.Place).ToList();
        Assert.Equal(4, places.Count(place => place == Tables.Digests));
        Assert.DoesNotContain((Tables.Digests, Tables.Digests), places.Zip(places.Skip(1)));
    }
}
