using DailyDigest.Runs;
using DailyDigest.Subscribers;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Sending;

/// <summary>The maximum age of a page of readers while a slow relay keeps the part waiting.</summary>
public sealed class FreshReadersTests
{
    private readonly DeliveryFixture fixture = new(("Delivery:Connections", "1"));

    [Fact]
    public async Task A_reader_who_moves_while_the_relay_is_slow_gets_the_digest_there()
    {
        var moved = await DeliverAndMeanwhileAsync(
            200, TimeSpan.FromSeconds(31), TimeSpan.Zero, person => person with { Address = "new." + person.Address });

        Assert.Equal(
            fixture.Ledger(fixture.Today)
                .Select(row => (moved.Contains(row.SubscriberId) ? "new." : "") + DeliveryFixture.Address(row.SubscriberId)).Order(),
            fixture.Relay.Inbox.Select(seen => seen.To).Order());
        Assert.Equal(200, fixture.Relay.Inbox.Count);
    }

    /// <summary>A page is read again after every second message, across slices. No reader is missed or served twice.</summary>
    [Theory]
    [InlineData(30)]
    [InlineData(230)]
    public async Task Each_reader_gets_one_mail_from_a_slow_relay(int readers)
    {
        await DeliverAndMeanwhileAsync(readers, TimeSpan.FromSeconds(16), TimeSpan.FromSeconds(16), person => person);

        Assert.Equal(readers, fixture.Relay.Inbox.Count);
        Assert.Equal(readers, fixture.Relay.Inbox.DistinctBy(seen => seen.To).Count());
        Assert.Equal((RunState.Closed, readers),
            ((await fixture.RunOfAsync(fixture.Today))!.State, (await fixture.RunOfAsync(fixture.Today))!.Counts[DeliveryState.Sent]));
    }

    [Fact]
    public async Task A_run_closes_when_all_remaining_readers_leave()
    {
        var left = await DeliverAndMeanwhileAsync(
            40, TimeSpan.FromSeconds(31), TimeSpan.Zero,
            person => person with { Status = SubscriberStatus.Unsubscribed, Ended = fixture.Time.GetUtcNow() });

        Assert.Empty(fixture.Relay.Inbox.Select(seen => seen.To).Intersect(left.Select(DeliveryFixture.Address)));
        Assert.Equal(40 - left.Count, fixture.Relay.Inbox.Count);
        Assert.Equal(RunState.Closed, (await fixture.RunOfAsync(fixture.Today))!.State);
    }

    /// <summary>Delivers. While the first message is being sent, changes all readers who are not taken up yet, and returns them.</summary>
    private async Task<IReadOnlyList<string>> DeliverAndMeanwhileAsync(
        int count, TimeSpan first, TimeSpan each, Func<Subscriber, Subscriber> change)
    {
        var ids = await fixture.SubscribeAsync(count);
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        var (waiting, other) = (new List<string>(), fixture.Start());
        var changed = new Lazy<Task>(ChangeAsync);
        fixture.Relay.Answer = async (_, _) =>
        {
            await changed.Value;
            fixture.Advance(each);
            return ScriptedRelay.Ok;
        };
        await fixture.RunAsync(TimeSpan.FromMinutes(5));
        return waiting;

        async Task ChangeAsync()
        {
            waiting.AddRange(ids.Except(fixture.Ledger(fixture.Today).Select(row => row.SubscriberId)));
            foreach (var id in waiting)
            {
                await other.Get<ChangeSubscriber>().ExecuteAsync(id, person => change(person!), DeliveryFixture.Cancellation);
            }

            fixture.Advance(first);
        }
    }
}
