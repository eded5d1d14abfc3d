using DailyDigest.Runs;

namespace DailyDigest.Tests.Delivery;

/// <summary>
/// A relay that holds mailboxes says of a reader's account what others say of ours. So a refusal of us that comes at a recipient is that reader's matter until
/// many in a row met it; and nobody is rejected for it either way.
/// </summary>
public sealed class RefusedAtReaderTests
{
    private static readonly SendResult Refusal = new(SendOutcome.RelayRefused, "the relay refuses us: 550 5.0.0 Account suspended") { AtRecipient = true };

    private World world = new();

    [Fact]
    public async Task One_reader_who_is_refused_so_keeps_nobody_waiting_and_is_tried_at_longer_and_longer_intervals()
    {
        var ids = await ReadyAsync(100);
        Refuse(ids[..1]);
        await world.RunAsync(TimeSpan.FromMinutes(3));
        Assert.Equal(99, world.Relay.Inbox.Count);

        await world.RunAsync(TimeSpan.FromHours(2));
        var tried = world.Relay.Offered.Where(seen => seen.To == World.Address(ids[0])).Select(seen => (seen.At - world.Relay.Offered.First().At).TotalMinutes).ToList();
        Assert.Equal(tried.Count, world.Delivery(ids[0]).Attempts);
        Assert.InRange(tried.Count, 5, 6);
        Assert.InRange(tried[3], 18, 26);
        Assert.Equal((DeliveryState.Deferred, Refusal.Reply), (world.Delivery(ids[0]).State, world.Delivery(ids[0]).Reply));
        Assert.All(world.Controls(), control => Assert.Equal((null, 0), (control.Trouble, control.Troubles)));

        await world.RunAsync(TimeSpan.FromHours(11));
        var counts = (await world.RunOfAsync(new DateOnly(2026, 3, 2)))!.Counts;
        Assert.Equal((99, 1), (counts[DeliveryState.Sent], counts[DeliveryState.Expired]));
    }

    [Fact]
    public async Task Ten_who_are_tried_again_together_keep_nobody_waiting_either()
    {
        var ids = await ReadyAsync(100);
        Refuse(ids[..10]);
        await world.RunAsync(TimeSpan.FromMinutes(10));

        Assert.Equal(90, world.Relay.Inbox.Count);
        Assert.All(ids[..10], id => Assert.InRange(world.Delivery(id).Attempts, 2, 3));
    }

    [Fact]
    public async Task A_relay_that_refuses_us_at_everybody_is_asked_for_a_few_rejects_nobody_and_serves_everybody_when_it_is_well()
    {
        var ids = await ReadyAsync(100);
        Refuse(ids);
        await world.Program.RunOnceAsync();
        Assert.InRange(world.Relay.Offered.Count, 25, 33);
        Assert.Equal(Refusal.Reply, Assert.Single(world.Controls()).Trouble);

        await world.RunAsync(TimeSpan.FromHours(3));
        Assert.InRange(world.Relay.Offered.Count, 30, 90);
        Assert.Equal(Refusal.Reply, Assert.Single(world.Controls()).Trouble);
        Assert.All(world.Ledger(world.Today), row => Assert.Equal(DeliveryState.Deferred, row.State));

        world.Relay.Answer = null;
        await world.RunAsync(TimeSpan.FromHours(2));
        Assert.Equal(100, world.Relay.Inbox.DistinctBy(seen => seen.To).Count());
        var run = (await world.RunOfAsync(world.Today))!;
        Assert.Equal((RunState.Closed, 100, false), (run.State, run.Counts[DeliveryState.Sent], run.Distrusted));
        Assert.All(world.Controls(), control => Assert.Equal((null, 0), (control.Trouble, control.Troubles)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public async Task Of_a_small_run_that_is_refused_so_it_is_said_too(int readers)
    {
        var ids = await ReadyAsync(readers);
        Refuse(ids);
        await world.Program.RunOnceAsync();
        Assert.Equal(Refusal.Reply, Assert.Single(world.Controls()).Trouble);
        await world.RunAsync(TimeSpan.FromHours(3));
        Assert.Equal(Refusal.Reply, Assert.Single(world.Controls()).Trouble);

        world.Relay.Answer = null;
        await world.RunAsync(TimeSpan.FromHours(2));
        Assert.Equal(readers, world.Relay.Inbox.Count);
    }

    [Fact]
    public async Task That_a_relay_stops_to_serve_us_in_the_middle_of_a_run_is_said()
    {
        // One sender, so that the refusals come after the last that was taken.
        world = new World(("Delivery:Connections", "1"));
        var ids = await ReadyAsync(60);
        Refuse([.. ids.Order(StringComparer.Ordinal).Skip(50)]);
        await world.Program.RunOnceAsync();

        Assert.Equal(50, world.Relay.Inbox.Count);
        Assert.Equal(Refusal.Reply, Assert.Single(world.Controls()).Trouble);
    }

    /// <summary>So many one after another stop the part: then those are asked first who were not asked yet, or the refused would stop it again each time.</summary>
    [Fact]
    public async Task Many_who_are_refused_so_one_after_another_do_not_cost_the_others_the_day()
    {
        var ids = await ReadyAsync(240);
        var refused = ids.Order(StringComparer.Ordinal).Take(40).ToList();
        Refuse(refused);
        await world.Program.RunOnceAsync();
        Assert.Equal(Refusal.Reply, Assert.Single(world.Controls()).Trouble);

        await world.RunAsync(TimeSpan.FromMinutes(20));
        Assert.Equal(200, world.Relay.Inbox.Count);
        Assert.All(refused, id => Assert.Equal(DeliveryState.Deferred, world.Delivery(id).State));
    }

    private void Refuse(IEnumerable<string> ids)
    {
        var refused = ids.Select(World.Address).ToHashSet();
        world.Relay.AnswerWith(mail => refused.Contains(mail.To) ? Refusal : ScriptedRelay.Ok);
    }

    private async Task<List<string>> ReadyAsync(int count)
    {
        var ids = await world.SubscribeAsync(count);
        await world.PublishAsync();
        world.GoTo(2, 7);
        return [.. ids];
    }
}
