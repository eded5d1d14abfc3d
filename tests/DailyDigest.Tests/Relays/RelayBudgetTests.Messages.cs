using DailyDigest.Relays;
using DailyDigest.Storage;
using DailyDigest.Testing.Storage;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Relays;

/// <summary>Messages per second and per day.</summary>
public sealed partial class RelayBudgetTests
{
    [Theory]
    [InlineData(10, 40)]
    [InlineData(2.5, 12)]
    [InlineData(0.1, 3)]
    public void Two_machines_together_keep_to_the_messages_of_a_second(double perSecond, int messages) => OneThread.Run(async () =>
    {
        var machines = new[] { Machine(new RelayLimits(0, perSecond, 0)), Machine(new RelayLimits(0, perSecond, 0)) };
        var begun = new List<DateTimeOffset>();
        var senders = machines.SelectMany(machine => Enumerable.Range(0, 3).Select(_ => SendAsync(machine))).ToList();

        // On one thread a message is recorded at the time at which it may begin.
        var all = Task.WhenAll(senders);
        await time.PassAsync(all);
        await all;
        Assert.Equal(messages, begun.Count);

        // A message may begin 20 ms early, and up to a second late: no second sees more than two seconds' worth.
        var took = begun[^1] - begun[0];
        Assert.True(took >= TimeSpan.FromSeconds(((messages - 1) / perSecond) - 1.1), $"{messages} messages took {took}");
        Assert.All(
            begun, first => Assert.True(begun.Count(at => at >= first && at < first.AddSeconds(1)) <= Math.Max(2, (2 * perSecond) + 1)));
        Array.ForEach(machines, machine => machine.Dispose());

        async Task SendAsync(RelayBudget machine)
        {
            while (true)
            {
                Assert.True(await machine.TakeAsync(Stop));
                if (begun.Count == messages)
                {
                    return;
                }

                begun.Add(time.GetUtcNow());
            }
        }
    });

    [Fact]
    public async Task Messages_are_granted_for_seconds_at_once_not_one_by_one()
    {
        using var machine = Machine(new RelayLimits(0, 1000, 1_000_000));

        for (var i = 0; i < 3000; i++)
        {
            var taking = machine.TakeAsync(Stop).AsTask();
            await time.PassAsync(taking);

            Assert.True(await taking);
        }

        Assert.True(plan.Trace.Count <= 40, $"{plan.Trace.Count} requests for 3000 messages");
    }

    [Fact]
    public async Task A_wait_for_the_next_message_can_be_ended_and_loses_nothing_of_the_day()
    {
        using var machine = Machine(new RelayLimits(0, 0.01, 2));
        Assert.True(await machine.TakeAsync(Stop));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var waiting = machine.TakeAsync(stop.Token).AsTask();

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        var next = machine.TakeAsync(Stop).AsTask();
        await time.PassAsync(next);

        Assert.True(await next);
        Assert.False(await machine.TakeAsync(Stop));
    }

    [Fact]
    public async Task The_day_is_counted_over_restarts_and_begins_again_at_midnight_utc()
    {
        var limits = new RelayLimits(0, 0, 5);
        using (var first = Machine(limits))
        {
            for (var i = 0; i < 3; i++)
            {
                Assert.True(await first.TakeAsync(Stop));
            }
        }

        using var second = Machine(limits);
        Assert.True(await second.TakeAsync(Stop));
        Assert.True(await second.TakeAsync(Stop));
        Assert.False(await second.TakeAsync(Stop));

        // A used-up budget is not requested again.
        var before = plan.Trace.Count;
        Assert.False(await second.TakeAsync(Stop));
        Assert.Equal(before, plan.Trace.Count);

        time.SetUtcNow(new DateTimeOffset(2026, 3, 3, 0, 0, 0, TimeSpan.Zero));
        Assert.True(await second.TakeAsync(Stop));
    }

    [Fact]
    public async Task A_machine_a_moment_ahead_does_not_make_yesterday_begin_anew()
    {
        var limits = new RelayLimits(0, 0, 5);
        await WriteAsync(new TableRow(RowKey) { { "day", "2026-03-03" }, { "used", 4 } });
        using var behind = Machine(limits);

        Assert.True(await behind.TakeAsync(Stop));
        Assert.False(await behind.TakeAsync(Stop));
    }

    /// <summary>
    /// Azure's client repeats a write whose reply was lost. The repeat is refused, because the first write has changed the version.
    /// </summary>
    [Fact]
    public async Task The_rest_of_the_day_is_returned_once_though_the_reply_was_lost()
    {
        await WriteAsync(new TableRow(RowKey) { { "day", "2026-03-02" }, { "used", 300 } });
        var store = new LosesReplies(memory);
        using var machine = new RelayBudget(store, "relay", new RelayLimits(0, 0, 10_000), time);
        using var other = Machine(new RelayLimits(0, 0, 10_000));
        Assert.True(await machine.TakeAsync(Stop));
        Assert.True((await RowAsync()).Whole("used") > 301);

        store.Loses = true;
        await machine.ReleaseAsync(Stop);
        Assert.Equal(301, (await RowAsync()).Whole("used"));

        // Each release counts: one by another machine, and a second one by the same.
        Assert.True(await other.TakeAsync(Stop));
        await other.ReleaseAsync(Stop);
        Assert.True(await machine.TakeAsync(Stop));
        await machine.ReleaseAsync(Stop);
        Assert.Equal(303, (await RowAsync()).Whole("used"));
    }

    private sealed class LosesReplies(ITableStore tables) : PassThroughTableStore(tables)
    {
        /// <summary>True if the next write is carried out and looks refused.</summary>
        public bool Loses { get; set; }

        public override async Task<WriteResult> WriteAsync(
            string table, string partition, IReadOnlyList<TableWrite> writes, CancellationToken cancellationToken)
        {
            var result = await base.WriteAsync(table, partition, writes, cancellationToken);
            var lost = Loses;
            Loses = false;
            return lost ? WriteResult.Refused(WriteOutcome.Changed, 0) : result;
        }
    }
}
