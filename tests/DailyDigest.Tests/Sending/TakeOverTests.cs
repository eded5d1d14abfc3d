using DailyDigest.Calendar;
using DailyDigest.Runs;
using DailyDigest.Sending;
using DailyDigest.Storage;
using DailyDigest.Testing.Storage;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Sending;

public sealed class TakeOverTests
{
    private const int Readers = 40;
    private const int InDoubt = 8;
    private readonly DeliveryFixture fixture = new();

    private static string Hint =>
        new Part(new DateOnly(2026, 3, 2), Part.Whole, new Cohort(DeliveryFixture.Utc, 7, Rhythm.Daily).Key).ToString();

    [Fact]
    public async Task A_frozen_owner_loses_its_part_after_its_lease_and_30_seconds()
    {
        await ReadyAsync();
        var (frozen, reached, thaw) = (fixture.Start(), new TaskCompletionSource(), new TaskCompletionSource());
        var batches = 0;
        frozen.Plan.Before = call =>
        {
            if (call is { Operation: "Write", Place: Tables.Ledger } && Interlocked.Increment(ref batches) == 4)
            {
                reached.SetResult();
                return thaw.Task;
            }

            return Task.CompletedTask;
        };
        var first = DeliverAsync(frozen);
        await reached.Task;
        while (fixture.Relay.Offered.Count < fixture.Ledger(fixture.Today).Count)
        {
            // Committed messages go to the senders, which have the whole lease to send them.
            await Task.Yield();
        }

        fixture.Advance(TimeSpan.FromSeconds(89));
        var next = fixture.Start();
        Assert.Equal(PartOutcome.Busy, await DeliverAsync(next));
        fixture.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(PartOutcome.Done, await DeliverAsync(next));
        var ledger = fixture.Ledger(fixture.Today);
        var offered = fixture.Relay.Offered.Count;

        thaw.SetResult();
        Assert.Equal(PartOutcome.Lost, await first);

        Assert.Equal(offered, fixture.Relay.Offered.Count);
        Assert.Equal(ledger.Select(row => row.ETag), fixture.Ledger(fixture.Today).Select(row => row.ETag));
        Check();
    }

    [Fact]
    public async Task Attempts_whose_commit_is_confirmed_only_after_the_lease_are_not_begun()
    {
        await ReadyAsync();
        var (slow, reached, thaw) = (fixture.Start(), new TaskCompletionSource(), new TaskCompletionSource());
        var batches = 0;
        slow.Plan.After = call =>
        {
            if (call is { Operation: "Write", Place: Tables.Ledger } && Interlocked.Increment(ref batches) == 2)
            {
                reached.SetResult();
                return thaw.Task;
            }

            return Task.CompletedTask;
        };
        var first = DeliverAsync(slow);
        await reached.Task;
        Assert.Empty(fixture.Relay.Offered);
        fixture.Advance(TimeSpan.FromSeconds(91));
        Assert.Equal(PartOutcome.Done, await DeliverAsync(fixture.Start()));
        thaw.SetResult();

        Assert.Equal(PartOutcome.Lost, await first);
        Assert.Equal(Readers, fixture.Relay.Offered.Count);
    }

    [Fact]
    public async Task An_owner_whose_relay_is_slow_keeps_its_part_for_as_long_as_it_takes()
    {
        await ReadyAsync();
        using var waits = new SemaphoreSlim(0);
        var owner = fixture.Start(time: new WatchedTime(fixture.Time, due => _ = due == TimeSpan.FromSeconds(10) ? waits.Release() : 0));
        var answer = new TaskCompletionSource<SendResult>();
        fixture.Relay.Answer = (_, _) => answer.Task;
        var first = DeliverAsync(owner);
        for (var seconds = 0; seconds < 590; seconds += 10)
        {
            // Each time the owner begins to wait for an answer.
            await waits.WaitAsync(DeliveryFixture.Cancellation);
            Assert.Equal(fixture.Time.GetUtcNow(), Assert.Single(fixture.Controls()).Timestamp);
            fixture.Advance(TimeSpan.FromSeconds(10));
            Assert.Equal(PartOutcome.Busy, await DeliverAsync(fixture.Program));
        }

        answer.SetResult(ScriptedRelay.Ok);
        Assert.Equal(PartOutcome.Released, await first);
        await fixture.Program.DeliverAsync();
        Assert.Equal(Readers, fixture.Relay.Inbox.Count);
        Check();
    }

    [Fact]
    public async Task A_store_that_is_out_of_reach_for_less_than_the_lease_costs_nothing()
    {
        await ReadyAsync();
        await DeliverAsync(WithOutage(TimeSpan.FromSeconds(40)));

        Assert.Equal(Readers, fixture.Relay.Offered.Count);
        Check();
    }

    [Fact]
    public async Task A_longer_outage_of_the_store_stops_the_senders_and_costs_what_is_in_doubt()
    {
        await ReadyAsync();
        await Assert.ThrowsAsync<StorageException>(() => DeliverAsync(WithOutage(TimeSpan.FromSeconds(200))));
        Assert.Equal(0, fixture.Relay.Open);
        Assert.InRange(fixture.Relay.Offered.Count, 1, Readers - 1);

        await fixture.RunAsync(TimeSpan.FromMinutes(5));
        Check();
    }

    [Fact]
    public async Task A_stopped_worker_finishes_messages_being_sent_and_releases_the_part()
    {
        await ReadyAsync();
        using var stop = new CancellationTokenSource();
        fixture.Relay.Answer = async (_, cancellation) =>
        {
            if (fixture.Relay.Offered.Count < 10)
            {
                return ScriptedRelay.Ok;
            }

            await stop.CancelAsync();
            await Task.Delay(TimeSpan.FromMinutes(10), fixture.Time, cancellation);
            return ScriptedRelay.Ok;
        };
        var first = fixture.Program.Get<DeliverPart>().ExecuteAsync(Hint, stop.Token);
        while (!first.IsCompleted)
        {
            fixture.Advance(TimeSpan.FromSeconds(1));
            await BreatheAsync();
        }

        Assert.Equal(PartOutcome.Released, await first);
        Assert.DoesNotContain(fixture.Ledger(fixture.Today), row => row.State == DeliveryState.Attempting);
        Assert.Null(Assert.Single(fixture.Controls()).Trouble);
        fixture.Relay.Answer = null;
        await fixture.RunAsync(TimeSpan.FromMinutes(3));
        Assert.Equal(Readers, (await fixture.RunOfAsync(fixture.Today))!.Counts[DeliveryState.Sent]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_write_that_is_carried_out_while_its_reply_is_lost_neither_doubles_nor_loses(bool refusedOnRetry)
    {
        for (var at = 1; ; at++)
        {
            var own = new DeliveryFixture();
            await own.SubscribeAsync(12);
            await own.PublishAsync();
            own.GoTo(2, 7);
            var losing = new LosingReplies(own.Tables, at, refusedOnRetry);
            own.Program = own.Start(wrap: _ => losing);
            for (var minute = 0; minute < 6; minute++, own.Advance(TimeSpan.FromMinutes(1)))
            {
                try
                {
                    await own.Program.RunOnceAsync();
                }
                catch (Exception exception) when (exception is AggregateException or StorageException)
                {
                    // The service goes on with its next step.
                }
            }

            Assert.Equal(12, own.Relay.Offered.Count);
            Assert.Equal(12, (await own.RunOfAsync(own.Today))!.Counts[DeliveryState.Sent]);
            if (losing.Writes < at)
            {
                Assert.InRange(at, 8, 200);
                return;
            }
        }
    }

    [Fact]
    public async Task One_row_that_is_not_as_expected_costs_only_that_row()
    {
        var ids = await ReadyAsync();
        await fixture.Program.TickAsync();
        var served =
            new DeliveryRow
            {
                SubscriberId = ids[7],
                Cohort = "daily_03_Etc.UTC",
                State = DeliveryState.Sent,
                At = fixture.Time.GetUtcNow()
            };
        await fixture.Tables.WriteAsync(Tables.Ledger, "2026-03-02~all", TableWrite.Insert(served.ToRow()), DeliveryFixture.Cancellation);
        await fixture.Program.DeliverAsync();

        Assert.Equal(Readers - 1, fixture.Relay.Inbox.Count);
        Assert.DoesNotContain(fixture.Relay.Inbox, seen => seen.To == DeliveryFixture.Address(ids[7]));
        Assert.Equal(Readers - 1, (await fixture.RunOfAsync(fixture.Today))!.Counts.Values.Sum());
    }

    private static Task<PartOutcome> DeliverAsync(Program program) =>
        program.Get<DeliverPart>().ExecuteAsync(Hint, DeliveryFixture.Cancellation);

    private static async Task BreatheAsync()
    {
        DeliveryFixture.Cancellation.ThrowIfCancellationRequested();
        for (var i = 0; i < 50; i++)
        {
            await Task.Yield();
        }
    }

    private void Check()
    {
        Assert.Equal(Readers, fixture.Relay.Inbox.DistinctBy(seen => seen.To).Count());
        Assert.InRange(fixture.Relay.Inbox.Count, Readers, Readers + InDoubt);
        Assert.All(fixture.Ledger(fixture.Today), row => Assert.Equal(DeliveryState.Sent, row.State));
    }

    private async Task<IReadOnlyList<string>> ReadyAsync()
    {
        var ids = await fixture.SubscribeAsync(Readers);
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        await fixture.Program.TickAsync();
        return ids;
    }

    /// <summary>A program whose ledger cannot be reached for a while after eight messages were sent.</summary>
    private Program WithOutage(TimeSpan span)
    {
        DateTimeOffset? until = null;
        var program = fixture.Start(time: new WatchedTime(fixture.Time, due =>
        {
            // A wait of a second advances the clock by a second.
            if (due == TimeSpan.FromSeconds(1))
            {
                ThreadPool.QueueUserWorkItem(_ => fixture.Advance(due));
            }
        }));
        program.Plan.Before = call =>
        {
            if (call.Place == Tables.Ledger && fixture.Relay.Offered.Count >= 8)
            {
                until ??= fixture.Time.GetUtcNow() + span;
            }

            return call.Place == Tables.Ledger
                && fixture.Time.GetUtcNow() < until ? throw new StorageException("Out of reach.") : Task.CompletedTask;
        };
        return program;
    }

    /// <summary>Carries out its Nth write and then gives no reply, or the reply to the client's own retry.</summary>
    private sealed class LosingReplies(ITableStore store, int at, bool refusedOnRetry) : PassThroughTableStore(store)
    {
        private int writes;

        public int Writes => writes;

        public override async Task<WriteResult> WriteAsync(
            string table, string partition, IReadOnlyList<TableWrite> rows, CancellationToken cancellationToken)
        {
            var lose = Interlocked.Increment(ref writes) == at;
            var result = await base.WriteAsync(table, partition, rows, cancellationToken);
            return !lose ? result
                : refusedOnRetry ? await base.WriteAsync(table, partition, rows, cancellationToken)
                : throw new StorageException("The reply was lost.");
        }
    }
}
