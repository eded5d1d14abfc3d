using DailyDigest.Moving;
using DailyDigest.Storage;
using DailyDigest.Testing.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace DailyDigest.Tests.Moving;

/// <summary>How a process learns that its store was moved, and what it may write until then.</summary>
public sealed class StorePresenceTests : IAsyncDisposable
{
    private readonly FakeTimeProvider time = new();
    private readonly FaultPlan plan = new();
    private readonly MemoryTableStore store;
    private readonly StorePresence presence;
    private readonly GuardedTableStore guarded;

    public StorePresenceTests()
    {
        store = new MemoryTableStore(time);
        var faulty = new FaultTableStore(store, plan);
        presence = new StorePresence(faulty, time, NullLogger<StorePresence>.Instance);
        guarded = new GuardedTableStore(faulty, presence);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => presence.DisposeAsync();

    [Fact]
    public async Task A_process_is_seen_until_it_ends_or_was_silent_for_a_minute_and_a_half()
    {
        await presence.AnnounceAsync(Cancellation);
        Assert.Contains("process", await FindServing.ExecuteAsync(store, Cancellation), StringComparison.Ordinal);

        // The timer renews it.
        time.Advance(TimeSpan.FromMinutes(10));
        Assert.NotNull(await FindServing.ExecuteAsync(store, Cancellation));

        plan.Before = _ => throw new StorageException("out of reach");
        time.Advance(StorePresence.Expiry - TimeSpan.FromSeconds(1));
        Assert.NotNull(await FindServing.ExecuteAsync(store, Cancellation));
        time.Advance(TimeSpan.FromSeconds(21));
        Assert.Null(await FindServing.ExecuteAsync(store, Cancellation));

        plan.Before = null;
        await presence.DisposeAsync();
        Assert.DoesNotContain(store.Everything, one => one.Partition == StorePresence.Partition);
    }

    [Fact]
    public async Task A_process_that_runs_stops_when_the_store_is_closed()
    {
        var stopped = 0;
        presence.OnRefused = () => stopped++;
        await presence.AnnounceAsync(Cancellation);
        await CloseAsync();
        Assert.Equal(0, stopped);

        time.Advance(TimeSpan.FromSeconds(30));
        time.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal(1, stopped);
        Assert.Contains("being moved to memory:to", presence.Refusal, StringComparison.Ordinal);
        await RefusedAsync();
    }

    [Fact]
    public async Task A_start_that_meets_the_mark_is_refused()
    {
        await CloseAsync();

        await Assert.ThrowsAsync<StorageException>(() => presence.AnnounceAsync(Cancellation));
        await RefusedAsync();
    }

    /// <summary>Its timer did not run meanwhile: here the store was out of reach, in life the machine may have slept.</summary>
    [Fact]
    public async Task A_process_that_slept_asks_before_it_writes()
    {
        await presence.AnnounceAsync(Cancellation);
        plan.Before = _ => throw new StorageException("out of reach");
        time.Advance(TimeSpan.FromSeconds(69));
        plan.Before = null;
        await CloseAsync();
        Assert.True((await guarded.WriteAsync(Tables.Feeds, "feed", TableWrite.Insert(new TableRow("in time")), Cancellation)).IsDone);

        plan.Before = _ => throw new StorageException("out of reach");
        time.Advance(TimeSpan.FromSeconds(1));
        plan.Before = null;
        await RefusedAsync();
    }

    [Fact]
    public async Task A_store_that_takes_no_writes_does_not_prevent_the_start()
    {
        plan.Before = call => call.Writes ? throw new StorageException("full") : Task.CompletedTask;

        await presence.AnnounceAsync(Cancellation);

        Assert.Null(presence.Refusal);
    }

    [Fact]
    public async Task Rows_of_processes_that_ended_long_ago_are_deleted()
    {
        await store.WriteAsync(Tables.Facts, StorePresence.Partition, TableWrite.Insert(new TableRow("elsewhere:1:-:x")), Cancellation);
        time.Advance(TimeSpan.FromHours(25));

        await presence.AnnounceAsync(Cancellation);

        Assert.Single(store.Everything, one => one.Partition == StorePresence.Partition);
    }

    private Task<bool> CloseAsync() => StoreMarks.WriteAsync(
        store, new StoreMark("m", MarkState.Closed, "memory:to", time.GetUtcNow()), Cancellation);

    private async Task RefusedAsync()
    {
        var refused = await Assert.ThrowsAsync<StorageException>(
            () => guarded.WriteAsync(Tables.Feeds, "feed", TableWrite.Insert(new TableRow("late")), Cancellation));
        Assert.Contains("being moved to memory:to", refused.Message, StringComparison.Ordinal);
        Assert.Null(await store.GetAsync(Tables.Feeds, "feed", "late", Cancellation));
    }
}
