using DailyDigest.Moving;
using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Testing.Storage;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Moving;

/// <summary>Moves between two stores in memory: killed anywhere, in the middle of a run, with an owner that does not know.</summary>
public sealed class MoveStoreTests
{
    private readonly MoveFixture fixture = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Both_sides_are_the_same_and_the_old_one_says_where_it_went()
    {
        await fixture.BeginRunAsync(30, writes: 12);
        var before = MoveFixture.Rows(fixture.From);

        var moved = await fixture.MoveAsync();

        Assert.Null(moved.Refusal);
        Assert.Equal(before.Count, moved.Tables.Sum(table => table.Sum.Rows));
        Assert.Equal(MoveFixture.Rows(fixture.From), MoveFixture.Rows(fixture.To));
        var (from, to) = (await MoveFixture.MarkAsync(fixture.From), await MoveFixture.MarkAsync(fixture.To));
        Assert.Equal((MarkState.Moved, "memory:to", MarkState.Received, "memory:from"), (from!.State, from.Other, to!.State, to.Other));
        Assert.Equal(from.Move, to.Move);
        var refused = await Assert.ThrowsAsync<StorageException>(() => new MoveCheck(fixture.From).ExecuteAsync(Cancellation));
        Assert.Contains("was moved to memory:to on 2026-03-02", refused.Message, StringComparison.Ordinal);
        await new MoveCheck(fixture.To).ExecuteAsync(Cancellation);

        Assert.True(await fixture.MoveAsync() is { Refusal: null, Resumed: true, Tables.Count: 0 });
    }

    /// <summary>Before the write, and between the write and its reply.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Killed_at_every_write_the_same_call_ends_the_move(bool after)
    {
        await fixture.BeginRunAsync(12, writes: 9);
        var origin = fixture.From;
        for (var write = 1; ; write++)
        {
            (fixture.From, fixture.To) = (await fixture.CopyAsync(origin), new MemoryTableStore(fixture.Delivery.Clock));
            var plan = after ? new FaultPlan { StopAfter = write } : new FaultPlan { StopBefore = write };
            var killed = await Record.ExceptionAsync(() => fixture.MoveAsync(plan));
            if (!plan.Stopped)
            {
                Assert.InRange(write, 30, 500);
                break;
            }

            Assert.NotNull(killed);

            // Never may both be served.
            Assert.False(await MayServeAsync(fixture.From) && await MayServeAsync(fixture.To) && fixture.To.Everything.Count > 0);
            fixture.Delivery.Advance(StorePresence.Expiry);
            var moved = await fixture.MoveAsync();
            Assert.True(moved.Refusal is null, $"write {write}: {moved.Refusal}");
            Assert.Equal(MoveFixture.Rows(fixture.From), MoveFixture.Rows(fixture.To));
            Assert.False(await MayServeAsync(fixture.From));
            Assert.True(await MayServeAsync(fixture.To));
        }
    }

    [Theory]
    [InlineData(8)]
    [InlineData(10)]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(14)]
    [InlineData(20)]
    public async Task A_run_that_was_killed_goes_on_at_the_other_side(int writes)
    {
        var ids = await fixture.BeginRunAsync(40, writes);
        var doubtful = fixture.Delivery.Ledger(fixture.Delivery.Today).Where(row => row.State == DeliveryState.Attempting).ToList();

        Assert.Null((await fixture.MoveAsync()).Refusal);
        await GoOnAsync();

        var inbox = fixture.Delivery.Relay.Inbox.GroupBy(mail => mail.To).ToDictionary(group => group.Key, group => group.Count());
        Assert.Equal(ids.Select(DeliveryFixture.Address).Order(), inbox.Keys.Order());
        Assert.Subset(
            doubtful.Select(row => DeliveryFixture.Address(row.SubscriberId)).ToHashSet(),
            inbox.Where(pair => pair.Value > 1).Select(pair => pair.Key).ToHashSet());
        Assert.Equal(RunState.Closed, (await fixture.Delivery.RunOfAsync(fixture.Delivery.Today))!.State);
    }

    /// <summary>An owner that sleeps in the middle of its messages: nobody sees it, and it wakes after the move.</summary>
    [Fact]
    public async Task An_owner_that_wakes_after_the_move_commits_nothing_and_sends_nothing_more()
    {
        var ids = await fixture.Delivery.SubscribeAsync(60);
        await fixture.Delivery.PublishAsync();
        fixture.Delivery.GoTo(2, 7);
        var (sent, asleep, wakes) = (0, new TaskCompletionSource(), new TaskCompletionSource());
        fixture.Delivery.Relay.Answer = async (_, _) =>
        {
            if (Interlocked.Increment(ref sent) >= 20)
            {
                asleep.TrySetResult();
                await wakes.Task;
            }

            return ScriptedRelay.Ok;
        };
        var old = Task.Run(fixture.Delivery.Program.RunOnceAsync, Cancellation);
        await asleep.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancellation);

        Assert.Null((await fixture.MoveAsync()).Refusal);
        var rows = MoveFixture.Rows(fixture.From).Where(IsOfLedger).ToList();
        var offered = sent;
        wakes.SetResult();
        await Record.ExceptionAsync(() => old);
        var first = sent;
        Assert.InRange(first, offered, offered + 8);
        Assert.Equal(rows, MoveFixture.Rows(fixture.From).Where(IsOfLedger).ToList());

        fixture.Delivery.Relay.Answer = null;
        fixture.Delivery.Advance(TimeSpan.FromMinutes(2));
        await GoOnAsync();
        var doubts = fixture.Delivery.Ledger(fixture.Delivery.Today).Count(row => row.Crashes > 0);
        Assert.Equal(ids.Count, fixture.Delivery.Relay.Inbox.Select(mail => mail.To).Distinct().Count());
        Assert.InRange(fixture.Delivery.Relay.Inbox.Count - ids.Count, 0, doubts);
        Assert.InRange(doubts, 1, 16);
    }

    [Fact]
    public async Task A_row_that_is_gone_from_the_source_is_deleted_when_the_move_goes_on()
    {
        await fixture.BeginRunAsync(12, writes: 9);
        await Assert.ThrowsAnyAsync<Exception>(() => fixture.MoveAsync(new FaultPlan { StopAfter = 16 }));
        var (table, partition, row) = fixture.To.Everything.First(one => one.Table is Tables.Audience or Tables.Addresses);
        await fixture.From.WriteAsync(table, partition, TableWrite.Delete(row.Key), Cancellation);
        await fixture.To.WriteAsync(Tables.Stories, "2020-01-01", TableWrite.Upsert(new TableRow("gone")), Cancellation);
        fixture.Delivery.Advance(StorePresence.Expiry);

        Assert.Null((await fixture.MoveAsync()).Refusal);

        Assert.Equal(MoveFixture.Rows(fixture.From), MoveFixture.Rows(fixture.To));
    }

    [Fact]
    public async Task After_giving_up_the_old_store_holds_what_may_have_been_sent_elsewhere()
    {
        await fixture.BeginRunAsync(12, writes: 9);
        fixture.Journal = new MemoryStoreJournal();
        await fixture.MoveAsync();
        var before = fixture.Delivery.Relay.Inbox.Count;

        var reopened = await fixture.ReopenAsync();

        Assert.Equal((null, 1), (reopened.Refusal, reopened.Held));
        await new MoveCheck(fixture.From, fixture.Journal).ExecuteAsync(Cancellation);
        Assert.Equal(MarkState.Reopened, (await MoveFixture.MarkAsync(fixture.From))!.State);
        fixture.Delivery.Program = fixture.Delivery.Start();
        await fixture.Delivery.RunAsync(TimeSpan.FromMinutes(10));
        Assert.True((await fixture.Delivery.RunOfAsync(fixture.Delivery.Today))!.IsUndecided);
        Assert.Equal(before, fixture.Delivery.Relay.Inbox.Count);
        Assert.Contains("was not moved", (await fixture.ReopenAsync()).Refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_copy_of_before_the_move_is_refused_by_its_journal_until_it_is_put_back()
    {
        await fixture.BeginRunAsync(12, writes: 9);
        var copy = await fixture.CopyAsync(fixture.From);
        fixture.Journal = new MemoryStoreJournal();
        await fixture.MoveAsync();
        fixture.Journal.PutBack(fixture.Delivery.Time.GetUtcNow(), fixture.Delivery.Time.GetUtcNow(), 0);

        var refused = await Assert.ThrowsAsync<StorageException>(() => new MoveCheck(copy, fixture.Journal).ExecuteAsync(Cancellation));
        Assert.Contains("a copy of a store that was moved since", refused.Message, StringComparison.Ordinal);

        fixture.From = copy;
        Assert.Null((await fixture.ReopenAsync()).Refusal);
        await new MoveCheck(copy, fixture.Journal).ExecuteAsync(Cancellation);
    }

    private async Task GoOnAsync()
    {
        (fixture.Delivery.Tables, fixture.Delivery.Queues) = (fixture.To, new MemoryQueueStore(fixture.Delivery.Clock));
        fixture.Delivery.Program = fixture.Delivery.Start();
        await fixture.Delivery.RunAsync(TimeSpan.FromMinutes(15));
    }

    private static bool IsOfLedger(string row) => row.StartsWith(Tables.Ledger + " ", StringComparison.Ordinal);

    private static async Task<bool> MayServeAsync(MemoryTableStore store) =>
        await MoveFixture.MarkAsync(store) is not { Refusal: not null };
}
