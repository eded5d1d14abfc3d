using DailyDigest.Runs;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Sending;

/// <summary>
/// A relay that hosts mailboxes uses the same words for a reader's account as others use for ours. A refusal at a recipient therefore
/// concerns that reader until many readers in a row get it. No reader is rejected because of it.
/// </summary>
public sealed class RefusedAtReaderTests
{
    private static readonly SendResult Refusal =
        new(SendOutcome.RelayRefused, "the relay refuses us: 550 5.0.0 Account suspended") { AtRecipient = true };

    private DeliveryFixture fixture = new();

    [Fact]
    public async Task One_refused_reader_delays_no_others_and_is_retried_with_a_backoff()
    {
        var ids = await ReadyAsync(100);
        Refuse(ids[..1]);
        await fixture.RunAsync(TimeSpan.FromMinutes(3));
        Assert.Equal(99, fixture.Relay.Inbox.Count);

        await fixture.RunAsync(TimeSpan.FromHours(2));
        var tried = fixture.Relay.Offered.Where(seen => seen.To == DeliveryFixture.Address(ids[0]))
            .Select(seen => (seen.At - fixture.Relay.Offered.First().At).TotalMinutes).ToList();
        Assert.Equal(tried.Count, fixture.Delivery(ids[0]).Attempts);
        Assert.InRange(tried.Count, 5, 6);
        Assert.InRange(tried[3], 18, 26);
        Assert.Equal((DeliveryState.Deferred, Refusal.Reply), (fixture.Delivery(ids[0]).State, fixture.Delivery(ids[0]).Reply));
        Assert.All(fixture.Controls(), control => Assert.Equal((null, 0), (control.Trouble, control.Troubles)));

        await fixture.RunAsync(TimeSpan.FromHours(11));
        var counts = (await fixture.RunOfAsync(new DateOnly(2026, 3, 2)))!.Counts;
        Assert.Equal((99, 1), (counts[DeliveryState.Sent], counts[DeliveryState.Expired]));
    }

    [Fact]
    public async Task Ten_who_are_tried_again_together_keep_nobody_waiting_either()
    {
        var ids = await ReadyAsync(100);
        Refuse(ids[..10]);
        await fixture.RunAsync(TimeSpan.FromMinutes(10));

        Assert.Equal(90, fixture.Relay.Inbox.Count);
        Assert.All(ids[..10], id => Assert.InRange(fixture.Delivery(id).Attempts, 2, 3));
    }

    [Fact]
    public async Task A_relay_that_refuses_every_reader_is_probed_and_later_serves_all()
    {
        var ids = await ReadyAsync(100);
        Refuse(ids);
        await fixture.Program.RunOnceAsync();
        Assert.InRange(fixture.Relay.Offered.Count, 25, 33);
        Assert.Equal(Refusal.Reply, Assert.Single(fixture.Controls()).Trouble);

        await fixture.RunAsync(TimeSpan.FromHours(3));
        Assert.InRange(fixture.Relay.Offered.Count, 30, 90);
        Assert.Equal(Refusal.Reply, Assert.Single(fixture.Controls()).Trouble);
        Assert.All(fixture.Ledger(fixture.Today), row => Assert.Equal(DeliveryState.Deferred, row.State));

        fixture.Relay.Answer = null;
        await fixture.RunAsync(TimeSpan.FromHours(2));
        Assert.Equal(100, fixture.Relay.Inbox.DistinctBy(seen => seen.To).Count());
        var run = (await fixture.RunOfAsync(fixture.Today))!;
        Assert.Equal((RunState.Closed, 100, false), (run.State, run.Counts[DeliveryState.Sent], run.Distrusted));
        Assert.All(fixture.Controls(), control => Assert.Equal((null, 0), (control.Trouble, control.Troubles)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public async Task The_refusal_of_a_small_run_is_reported_too(int readers)
    {
        var ids = await ReadyAsync(readers);
        Refuse(ids);
        await fixture.Program.RunOnceAsync();
        Assert.Equal(Refusal.Reply, Assert.Single(fixture.Controls()).Trouble);
        await fixture.RunAsync(TimeSpan.FromHours(3));
        Assert.Equal(Refusal.Reply, Assert.Single(fixture.Controls()).Trouble);

        fixture.Relay.Answer = null;
        await fixture.RunAsync(TimeSpan.FromHours(2));
        Assert.Equal(readers, fixture.Relay.Inbox.Count);
    }

    [Fact]
    public async Task That_a_relay_stops_to_serve_us_in_the_middle_of_a_run_is_said()
    {
        // One sender, so that the refusals come after the last that was taken.
        fixture = new DeliveryFixture(("Delivery:Connections", "1"));
        var ids = await ReadyAsync(60);
        Refuse([.. ids.Order(StringComparer.Ordinal).Skip(50)]);
        await fixture.Program.RunOnceAsync();

        Assert.Equal(50, fixture.Relay.Inbox.Count);
        Assert.Equal(Refusal.Reply, Assert.Single(fixture.Controls()).Trouble);
    }

    /// <summary>
    /// Many refusals in a row pause the part. Then readers who were not tried yet come first; otherwise the refused ones would pause it
    /// again.
    /// </summary>
    [Fact]
    public async Task Many_who_are_refused_so_one_after_another_do_not_cost_the_others_the_day()
    {
        var ids = await ReadyAsync(240);
        var refused = ids.Order(StringComparer.Ordinal).Take(40).ToList();
        Refuse(refused);
        await fixture.Program.RunOnceAsync();
        Assert.Equal(Refusal.Reply, Assert.Single(fixture.Controls()).Trouble);

        await fixture.RunAsync(TimeSpan.FromMinutes(20));
        Assert.Equal(200, fixture.Relay.Inbox.Count);
        Assert.All(refused, id => Assert.Equal(DeliveryState.Deferred, fixture.Delivery(id).State));
    }

    private void Refuse(IEnumerable<string> ids)
    {
        var refused = ids.Select(DeliveryFixture.Address).ToHashSet();
        fixture.Relay.AnswerWith(mail => refused.Contains(mail.To.Value) ? Refusal : ScriptedRelay.Ok);
    }

    private async Task<List<string>> ReadyAsync(int count)
    {
        var ids = await fixture.SubscribeAsync(count);
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        return [.. ids];
    }
}
