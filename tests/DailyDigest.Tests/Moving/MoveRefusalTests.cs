using DailyDigest.Moving;
using DailyDigest.Storage;
using DailyDigest.Testing.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace DailyDigest.Tests.Moving;

/// <summary>A move refuses what it cannot bring to its end, and says what to do.</summary>
public sealed class MoveRefusalTests
{
    private readonly MoveFixture fixture = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_destination_with_rows_is_named_with_its_tables_and_nothing_is_changed()
    {
        await fixture.To.WriteAsync(Tables.Feeds, "feed", TableWrite.Upsert(new TableRow("a")), Cancellation);

        await RefusedAsync("memory:to is not empty: it has rows in Feeds. Move into a new file");
    }

    [Fact]
    public async Task A_destination_of_another_move_is_refused()
    {
        await StoreMarks.WriteAsync(
            fixture.To, new StoreMark("m", MarkState.Receiving, "memory:third", DateTimeOffset.UnixEpoch), Cancellation);

        await RefusedAsync("memory:to holds a part of memory:third, of a move that has not ended");
    }

    [Fact]
    public async Task A_source_that_moves_elsewhere_is_refused_until_it_is_put_back()
    {
        await StoreMarks.WriteAsync(
            fixture.From, new StoreMark("m", MarkState.Closed, "memory:to", DateTimeOffset.UnixEpoch), Cancellation);

        var moved = await fixture.MoveAsync(to: "memory:other");
        Assert.Contains("memory:from is being moved to memory:to", moved.Refusal, StringComparison.Ordinal);

        Assert.Null((await fixture.ReopenAsync()).Refusal);
        Assert.Null((await fixture.MoveAsync(to: "memory:other")).Refusal);
    }

    [Fact]
    public async Task The_destination_of_a_move_that_has_not_ended_is_no_source_and_is_not_put_back()
    {
        await StoreMarks.WriteAsync(
            fixture.From, new StoreMark("m", MarkState.Receiving, "memory:third", DateTimeOffset.UnixEpoch), Cancellation);

        await RefusedAsync("memory:from is itself the destination of a move from memory:third");
        Assert.Contains("holds a part of memory:third only", (await fixture.ReopenAsync()).Refusal, StringComparison.Ordinal);
        await Assert.ThrowsAsync<StorageException>(() => new MoveCheck(fixture.From).ExecuteAsync(Cancellation));
    }

    [Fact]
    public async Task A_table_of_a_newer_version_is_named()
    {
        var moved = await fixture.MoveAsync(contents: new WithTable(fixture.From, "Sponsors"));

        Assert.Contains("a table that this version does not know: Sponsors", moved.Refusal, StringComparison.Ordinal);
        Assert.Empty(fixture.To.Everything);
    }

    [Fact]
    public async Task A_source_that_lacks_writes_is_to_be_taken_up_first()
    {
        fixture.Journal = new MemoryStoreJournal();
        fixture.Journal.PutBack(fixture.Delivery.Time.GetUtcNow(), fixture.Delivery.Time.GetUtcNow(), 0);

        await RefusedAsync("memory:from lacks what was written until 2026-03-02 00:00 UTC");
    }

    [Fact]
    public async Task A_second_process_on_the_same_move_is_refused_while_the_first_works()
    {
        await fixture.BeginRunAsync(5, writes: 9);
        await Assert.ThrowsAnyAsync<Exception>(() => fixture.MoveAsync(new FaultPlan { StopAfter = 20 }));

        // This process still runs, so it may still be copying.
        Assert.Contains("This move is under way: process", (await fixture.MoveAsync()).Refusal, StringComparison.Ordinal);
        fixture.Delivery.Advance(StorePresence.Expiry);
        Assert.Null((await fixture.MoveAsync()).Refusal);
    }

    [Fact]
    public async Task A_row_that_somebody_changes_after_it_was_copied_fails_the_move_by_name()
    {
        await fixture.BeginRunAsync(5, writes: 9);
        var spoiler = new Spoiler(fixture.From);

        var failed = await Assert.ThrowsAsync<StorageException>(() => fixture.MoveAsync(from: _ => spoiler));

        Assert.Contains(
            "Table Accounts, partition account of memory:from was changed while it was copied", failed.Message, StringComparison.Ordinal);
        Assert.Equal(MarkState.Closed, (await MoveFixture.MarkAsync(fixture.From))!.State);
        Assert.Equal(MarkState.Receiving, (await MoveFixture.MarkAsync(fixture.To))!.State);
        fixture.Delivery.Advance(StorePresence.Expiry);
        Assert.Null((await fixture.MoveAsync()).Refusal);
        Assert.Equal(MoveFixture.Rows(fixture.From), MoveFixture.Rows(fixture.To));
    }

    [Fact]
    public async Task A_served_source_is_refused_and_with_live_copied_and_waited_for()
    {
        await fixture.BeginRunAsync(5, writes: 9);
        await using (var presence = new StorePresence(fixture.From, fixture.Delivery.Time, NullLogger<StorePresence>.Instance))
        {
            await presence.AnnounceAsync(Cancellation);
            await RefusedAsync("memory:from is in use by process");

            var live = fixture.MoveAsync(live: true);
            await UntilAsync(() => fixture.Said.Any(
                line => line.StartsWith("Now stop what serves memory:from (process", StringComparison.Ordinal)));
            Assert.False(live.IsCompleted);
            await fixture.From.WriteAsync(Tables.Feeds, "feed", TableWrite.Upsert(new TableRow("late")), Cancellation);
            await presence.DisposeAsync();
            while (!live.IsCompleted)
            {
                fixture.Delivery.Advance(TimeSpan.FromSeconds(1));
                await Task.Yield();
            }

            Assert.Null((await live).Refusal);
        }

        Assert.NotNull(await fixture.To.GetAsync(Tables.Feeds, "feed", "late", Cancellation));
        Assert.Equal(MoveFixture.Rows(fixture.From), MoveFixture.Rows(fixture.To));
    }

    [Fact]
    public async Task A_served_destination_is_refused()
    {
        await using var presence = new StorePresence(fixture.To, fixture.Delivery.Time, NullLogger<StorePresence>.Instance);
        await presence.AnnounceAsync(Cancellation);

        await RefusedAsync("memory:to is in use by process");
    }

    private async Task RefusedAsync(string why)
    {
        var rows = MoveFixture.Rows(fixture.From);
        var moved = await fixture.MoveAsync();
        Assert.Contains(why, moved.Refusal, StringComparison.Ordinal);
        Assert.DoesNotContain(fixture.To.Everything, one => one.Table == Tables.Ledger);
        Assert.Equal(rows, MoveFixture.Rows(fixture.From));
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
        {
            Cancellation.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private sealed class WithTable(IStoreContents contents, string table) : IStoreContents
    {
        public async Task<IReadOnlyList<string>> ListTablesAsync(CancellationToken cancellationToken) =>
            [.. await contents.ListTablesAsync(cancellationToken), table];

        public Task<string?> NextPartitionAsync(string table, string? after, CancellationToken cancellationToken) =>
            contents.NextPartitionAsync(table, after, cancellationToken);
    }

    /// <summary>Adds an account while the last table of the last pass is read.</summary>
    private sealed class Spoiler(MemoryTableStore store) : PassThroughTableStore(store)
    {
        private int done;

        public override async Task<IReadOnlyList<TableRow>> QueryAsync(
            string table, string partition, RowRange range, int take, CancellationToken cancellationToken)
        {
            if (table == Tables.Subscribers && (await StoreMarks.ReadAsync(store, cancellationToken))?.State == MarkState.Closed
                && Interlocked.Increment(ref done) == 1)
            {
                await store.WriteAsync(Tables.Accounts, "account", TableWrite.Upsert(new TableRow("a-new")), cancellationToken);
            }

            return await base.QueryAsync(table, partition, range, take, cancellationToken);
        }
    }
}
