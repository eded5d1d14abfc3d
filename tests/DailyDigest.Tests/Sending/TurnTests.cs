using DailyDigest.Calendar;
using DailyDigest.Runs;
using DailyDigest.Sending;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Sending;

/// <summary>How long a worker stays with a part on a host with a time limit, such as the ten minutes of Azure Functions.</summary>
public sealed class TurnTests
{
    private const int Readers = 30;
    private long waits;
    private readonly DeliveryFixture fixture = new(("Delivery:Budget", "00:04:00"), ("Delivery:CutOff", "00:08:00"));

    [Fact]
    public async Task A_turn_ends_in_time_though_the_relay_answers_nothing_any_more()
    {
        await ReadyAsync();
        var (number, silent) = (0, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        fixture.Relay.Answer = async (mail, cancellation) =>
        {
            if (Interlocked.Increment(ref number) is > 10 and var asked)
            {
                _ = asked == 14 && silent.TrySetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, fixture.Time, cancellation);
            }

            return ScriptedRelay.Ok;
        };
        var start = fixture.Time.GetUtcNow();
        var turn = DeliverAsync();
        await silent.Task.WaitAsync(DeliveryFixture.Cancellation);
        await GoOnAsync(turn, start.AddMinutes(8));
        var outcome = await turn;

        Assert.Equal((PartOutcome.Released, TimeSpan.FromMinutes(8), 0), (outcome, fixture.Time.GetUtcNow() - start, fixture.Relay.Open));
        var rows = fixture.Ledger(fixture.Today);
        var inDoubt = rows.Where(row => row.State == DeliveryState.Unknown).ToList();
        Assert.Equal((10, 4), (rows.Count(row => row.State == DeliveryState.Sent), inDoubt.Count));
        Assert.All(inDoubt, row => Assert.Equal((1, 0), (row.Breaks, row.Crashes)));
        Assert.DoesNotContain(rows, row => row.State == DeliveryState.Attempting);

        // The message may have been interrupted, so it is not retried for a while.
        Assert.NotNull(Assert.Single(fixture.Controls()).Trouble);
        fixture.Relay.Answer = null;
        await fixture.RunAsync(TimeSpan.FromMinutes(5));
        Assert.All(fixture.Ledger(fixture.Today), row => Assert.Equal(DeliveryState.Sent, row.State));
        Assert.Equal(Readers + 4, fixture.Relay.Offered.Count);
    }

    [Fact]
    public async Task Nobody_gets_more_than_two_copies_of_a_relay_that_never_answers()
    {
        await ReadyAsync();
        fixture.Relay.Answer = async (_, cancellation) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, fixture.Time, cancellation);
            return ScriptedRelay.Ok;
        };
        for (var end = fixture.Time.GetUtcNow().AddHours(14); fixture.Time.GetUtcNow() < end;)
        {
            await fixture.Program.TickAsync();
            var turn = DeliverAsync();
            await GoOnAsync(turn, fixture.Time.GetUtcNow().AddMinutes(8));
            await turn;
            fixture.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.InRange(fixture.Relay.Offered.Count, 9, 2 * Readers);
        Assert.All(fixture.Relay.Offered.GroupBy(seen => seen.To), copies => Assert.InRange(copies.Count(), 1, 2));
        Assert.Equal(RunState.Closed, (await fixture.RunOfAsync(fixture.Today))!.State);
        Assert.All(fixture.Ledger(fixture.Today),
            row => Assert.True(row.State is DeliveryState.Held or DeliveryState.Expired, row.State.ToString()));
    }

    [Fact]
    public async Task A_used_up_budget_begins_no_more_committed_messages()
    {
        await ReadyAsync();
        var (number, all, answer) =
            (0, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously),
                new TaskCompletionSource<SendResult>(TaskCreationOptions.RunContinuationsAsynchronously));
        fixture.Relay.Answer = (mail, cancellation) =>
        {
            _ = Interlocked.Increment(ref number) == 4 && all.TrySetResult();
            return answer.Task;
        };
        var turn = DeliverAsync();
        await all.Task.WaitAsync(DeliveryFixture.Cancellation);
        Assert.Equal(8, fixture.Ledger(fixture.Today).Count(row => row.State == DeliveryState.Attempting));
        await GoOnAsync(turn, fixture.Time.GetUtcNow().AddMinutes(4));

        answer.SetResult(ScriptedRelay.Ok);
        Assert.Equal(PartOutcome.Released, await turn);
        var rows = fixture.Ledger(fixture.Today);
        Assert.Equal((4, 4), (fixture.Relay.Offered.Count, rows.Count(row => row.State == DeliveryState.Sent)));
        Assert.All(rows.Where(row => row.State != DeliveryState.Sent),
            row => Assert.Equal((DeliveryState.Deferred, 0), (row.State, row.Attempts)));

        await fixture.RunAsync(TimeSpan.FromMinutes(3));
        Assert.Equal(
            (Readers, Readers), (fixture.Relay.Offered.Count, fixture.Ledger(fixture.Today).Count(row => row.State == DeliveryState.Sent)));
    }

    [Theory]
    [InlineData("00:04:59", true)]
    [InlineData("00:05:00", false)]
    [InlineData(null, false)]
    public void After_the_budget_there_is_time_for_the_relay_to_answer(string? cutOff, bool isFault)
    {
        var options =
            new DeliveryOptions { Budget = TimeSpan.FromMinutes(4), CutOff = cutOff is null ? null : TimeSpan.Parse(cutOff, null) };
        Assert.Equal(isFault, options.Validate().Any(fault => fault.StartsWith("Delivery__CutOff", StringComparison.Ordinal)));
    }

    private async Task ReadyAsync()
    {
        await fixture.SubscribeAsync(Readers);
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        await fixture.Program.TickAsync();

        // It waits a moment for replies that can join a commit, and for any reply until its lease must be renewed.
        fixture.Program = fixture.Start(time: new WatchedTime(fixture.Time, due =>
        {
            if (due > TimeSpan.Zero && due <= TimeSpan.FromSeconds(10))
            {
                Volatile.Write(ref waits, fixture.Time.GetUtcNow().Ticks);
            }
        }));
    }

    /// <summary>Advances the clock to that time or to the end of the turn, in steps of the owner's longest wait.</summary>
    private async Task GoOnAsync(Task turn, DateTimeOffset until)
    {
        await UntilItWaitsAsync(turn);
        while (!turn.IsCompleted && fixture.Time.GetUtcNow() < until)
        {
            fixture.Advance(TimeSpan.FromSeconds(10));
            await UntilItWaitsAsync(turn);
        }
    }

    /// <summary>Durations count from here: a timer that is created after the clock advanced fires too late.</summary>
    private async Task UntilItWaitsAsync(Task turn)
    {
        while (!turn.IsCompleted && Volatile.Read(ref waits) != fixture.Time.GetUtcNow().Ticks)
        {
            DeliveryFixture.Cancellation.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private Task<PartOutcome> DeliverAsync() =>
        fixture.Program.Get<DeliverPart>()
            .ExecuteAsync(new Part(fixture.Today, Part.Whole, new Cohort(DeliveryFixture.Utc, 7, Rhythm.Daily).Key).ToString(),
                DeliveryFixture.Cancellation);
}
