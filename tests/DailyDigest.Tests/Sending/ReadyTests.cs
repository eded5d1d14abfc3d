using DailyDigest.Runs;
using DailyDigest.Sending;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Sending;

/// <summary>A session waits for the relay before it begins a message.</summary>
public sealed class ReadyTests
{
    private readonly DeliveryFixture fixture = new();

    [Fact]
    public async Task A_stop_while_every_session_waits_leaves_nothing_in_doubt_and_counts_no_attempt()
    {
        await PrepareAsync(10);
        var waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        fixture.Relay.Ready = async token =>
        {
            waiting.TrySetResult();
            await Task.Delay(Timeout.Infinite, token);
            return null;
        };
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(DeliveryFixture.Cancellation);
        var hint = await HintAsync();
        var delivering = fixture.Program.Get<DeliverPart>().ExecuteAsync(hint, stop.Token);
        await waiting.Task;

        await stop.CancelAsync();

        Assert.Equal(PartOutcome.Released, await delivering);
        Assert.Empty(fixture.Relay.Offered);
        Assert.All(fixture.Ledger(fixture.Today), row => Assert.Equal((DeliveryState.Deferred, 0), (row.State, row.Attempts)));

        fixture.Relay.Ready = null;
        await fixture.RunAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(10, fixture.Relay.Inbox.Count);
        Assert.All(fixture.Ledger(fixture.Today), row => Assert.Equal((DeliveryState.Sent, 1), (row.State, row.Attempts)));
    }

    [Fact]
    public async Task A_session_that_waits_holds_no_message_back()
    {
        await PrepareAsync(50);
        var first = 1;
        fixture.Relay.Ready = async token =>
        {
            if (Interlocked.Exchange(ref first, 0) == 1)
            {
                // One of four waits for as long as the part is delivered.
                await Task.Delay(Timeout.Infinite, token);
            }

            return null;
        };
        var delivering = fixture.Program.Get<DeliverPart>().ExecuteAsync(await HintAsync(), DeliveryFixture.Cancellation);
        while (fixture.Relay.Inbox.Count < 50)
        {
            DeliveryFixture.Cancellation.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        await delivering;
        Assert.All(fixture.Ledger(fixture.Today), row => Assert.Equal(DeliveryState.Sent, row.State));
    }

    [Fact]
    public async Task A_day_that_is_used_up_is_trouble_of_the_part_and_the_next_day_goes_on()
    {
        await PrepareAsync(10);
        var left = 4;
        fixture.Relay.Ready = async _ =>
        {
            if (Interlocked.Decrement(ref left) >= 0)
            {
                return null;
            }

            // After a refusal a sender that was ready begins nothing, so the others are waited for.
            while (fixture.Relay.Inbox.Count < 4)
            {
                DeliveryFixture.Cancellation.ThrowIfCancellationRequested();
                await Task.Yield();
            }

            return new SendResult(SendOutcome.RelayRefused, "the day's limit of relay one (4) is reached");
        };

        await fixture.RunAsync(TimeSpan.FromHours(1));

        Assert.Equal(4, fixture.Relay.Inbox.Count);
        Assert.Contains(fixture.Controls(), control => control.Trouble == "the day's limit of relay one (4) is reached");
        Assert.All(
            fixture.Ledger(fixture.Today).Where(row => row.State != DeliveryState.Sent),
            row => Assert.Equal((DeliveryState.Deferred, 0), (row.State, row.Attempts)));
        fixture.Relay.Ready = null;
        await fixture.RunAsync(TimeSpan.FromHours(2));
        Assert.Equal(10, fixture.Relay.Inbox.Count);
    }

    [Fact]
    public async Task A_relay_that_slows_us_down_costs_the_reader_a_minute_and_no_attempt()
    {
        var ids = await PrepareAsync(3);
        var slow = 1;
        fixture.Relay.AnswerWith(_ => Interlocked.Exchange(ref slow, 0) == 1
            ? new SendResult(SendOutcome.Deferred, "421 4.7.0 Too fast") { Begun = false }
            : ScriptedRelay.Ok);

        await fixture.Program.DeliverAsync();
        Assert.Equal([0, 1, 1], ids.Select(id => fixture.Delivery(id).Attempts).Order());
        await fixture.RunAsync(TimeSpan.FromMinutes(3));

        Assert.All(ids, id => Assert.Equal((DeliveryState.Sent, 1), (fixture.Delivery(id).State, fixture.Delivery(id).Attempts)));
    }

    private async Task<IReadOnlyList<string>> PrepareAsync(int readers)
    {
        var ids = await fixture.SubscribeAsync(readers);
        await fixture.PublishAsync();
        fixture.GoTo(3, 7);
        await fixture.Program.TickAsync();
        return ids;
    }

    /// <summary>The one hint of the run.</summary>
    private async Task<string> HintAsync()
    {
        var messages = await fixture.Queues.ReceiveAsync(Storage.Queues.Deliver, 10, TimeSpan.FromMinutes(2), DeliveryFixture.Cancellation);
        return Assert.Single(messages).Body;
    }
}
