using DailyDigest.Calendar;
using DailyDigest.Runs;
using DailyDigest.Sending;

namespace DailyDigest.Tests.Delivery;

/// <summary>How long a worker stays with a part, where something ends it after a while, such as the host of Azure Functions after ten minutes.</summary>
public sealed class TurnTests
{
    private const int Readers = 30;
    private long waits;
    private readonly World world = new(("Delivery:Budget", "00:04:00"), ("Delivery:CutOff", "00:08:00"));

    [Fact]
    public async Task A_turn_ends_in_time_though_the_relay_answers_nothing_any_more()
    {
        await ReadyAsync();
        var (number, silent) = (0, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        world.Relay.Answer = async (mail, cancellation) =>
        {
            if (Interlocked.Increment(ref number) is > 10 and var asked)
            {
                _ = asked == 14 && silent.TrySetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, world.Time, cancellation);
            }

            return ScriptedRelay.Ok;
        };
        var start = world.Time.GetUtcNow();
        var turn = DeliverAsync();
        await silent.Task.WaitAsync(World.Cancellation);
        await GoOnAsync(turn, start.AddMinutes(8));
        var outcome = await turn;

        Assert.Equal((PartOutcome.Released, TimeSpan.FromMinutes(8), 0), (outcome, world.Time.GetUtcNow() - start, world.Relay.Open));
        var rows = world.Ledger(world.Today);
        var inDoubt = rows.Where(row => row.State == DeliveryState.Unknown).ToList();
        Assert.Equal((10, 4), (rows.Count(row => row.State == DeliveryState.Sent), inDoubt.Count));
        Assert.All(inDoubt, row => Assert.Equal((1, 0), (row.Breaks, row.Crashes)));
        Assert.DoesNotContain(rows, row => row.State == DeliveryState.Attempting);

        // As if it had broken off, which it may have: it is left alone for a while.
        Assert.NotNull(Assert.Single(world.Controls()).Trouble);
        world.Relay.Answer = null;
        await world.RunAsync(TimeSpan.FromMinutes(5));
        Assert.All(world.Ledger(world.Today), row => Assert.Equal(DeliveryState.Sent, row.State));
        Assert.Equal(Readers + 4, world.Relay.Offered.Count);
    }

    [Fact]
    public async Task Nobody_gets_more_than_two_copies_of_a_relay_that_never_answers()
    {
        await ReadyAsync();
        world.Relay.Answer = async (_, cancellation) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, world.Time, cancellation);
            return ScriptedRelay.Ok;
        };
        for (var end = world.Time.GetUtcNow().AddHours(14); world.Time.GetUtcNow() < end;)
        {
            await world.Program.TickAsync();
            var turn = DeliverAsync();
            await GoOnAsync(turn, world.Time.GetUtcNow().AddMinutes(8));
            await turn;
            world.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.InRange(world.Relay.Offered.Count, 9, 2 * Readers);
        Assert.All(world.Relay.Offered.GroupBy(seen => seen.To), copies => Assert.InRange(copies.Count(), 1, 2));
        Assert.Equal(RunState.Closed, (await world.RunOfAsync(world.Today))!.State);
        Assert.All(world.Ledger(world.Today), row => Assert.True(row.State is DeliveryState.Held or DeliveryState.Expired, row.State.ToString()));
    }

    [Fact]
    public async Task When_the_budget_is_used_up_nothing_more_is_begun_though_it_was_committed()
    {
        await ReadyAsync();
        var (number, all, answer) = (0, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource<SendResult>(TaskCreationOptions.RunContinuationsAsynchronously));
        world.Relay.Answer = (mail, cancellation) =>
        {
            _ = Interlocked.Increment(ref number) == 4 && all.TrySetResult();
            return answer.Task;
        };
        var turn = DeliverAsync();
        await all.Task.WaitAsync(World.Cancellation);
        Assert.Equal(8, world.Ledger(world.Today).Count(row => row.State == DeliveryState.Attempting));
        await GoOnAsync(turn, world.Time.GetUtcNow().AddMinutes(4));

        answer.SetResult(ScriptedRelay.Ok);
        Assert.Equal(PartOutcome.Released, await turn);
        var rows = world.Ledger(world.Today);
        Assert.Equal((4, 4), (world.Relay.Offered.Count, rows.Count(row => row.State == DeliveryState.Sent)));
        Assert.All(rows.Where(row => row.State != DeliveryState.Sent), row => Assert.Equal((DeliveryState.Deferred, 0), (row.State, row.Attempts)));

        await world.RunAsync(TimeSpan.FromMinutes(3));
        Assert.Equal((Readers, Readers), (world.Relay.Offered.Count, world.Ledger(world.Today).Count(row => row.State == DeliveryState.Sent)));
    }

    [Theory]
    [InlineData("00:04:59", true)]
    [InlineData("00:05:00", false)]
    [InlineData(null, false)]
    public void After_the_budget_there_is_time_for_the_relay_to_answer(string? cutOff, bool isFault)
    {
        var options = new DeliveryOptions { Budget = TimeSpan.FromMinutes(4), CutOff = cutOff is null ? null : TimeSpan.Parse(cutOff, null) };
        Assert.Equal(isFault, options.Validate().Any(fault => fault.StartsWith("Delivery__CutOff", StringComparison.Ordinal)));
    }

    private async Task ReadyAsync()
    {
        await world.SubscribeAsync(Readers);
        await world.PublishAsync();
        world.GoTo(2, 7);
        await world.Program.TickAsync();

        // For answers that may join a commit it waits a moment, for answers at all until its lease is to be renewed: no longer.
        world.Program = world.Start(time: new WatchedTime(world.Time, due =>
        {
            if (due > TimeSpan.Zero && due <= TimeSpan.FromSeconds(10))
            {
                Volatile.Write(ref waits, world.Time.GetUtcNow().Ticks);
            }
        }));
    }

    /// <summary>Time passes until then or the turn's end, each time as far as the owner waits at most.</summary>
    private async Task GoOnAsync(Task turn, DateTimeOffset until)
    {
        await UntilItWaitsAsync(turn);
        while (!turn.IsCompleted && world.Time.GetUtcNow() < until)
        {
            world.Advance(TimeSpan.FromSeconds(10));
            await UntilItWaitsAsync(turn);
        }
    }

    /// <summary>What runs out is counted from here on: a clock that goes on before it is wound up rings too late.</summary>
    private async Task UntilItWaitsAsync(Task turn)
    {
        while (!turn.IsCompleted && Volatile.Read(ref waits) != world.Time.GetUtcNow().Ticks)
        {
            World.Cancellation.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private Task<PartOutcome> DeliverAsync() =>
        world.Program.Get<DeliverPart>().ExecuteAsync(new Part(world.Today, Part.Whole, new Cohort(World.Utc, 7, Rhythm.Daily).Key).ToString(), World.Cancellation);
}
