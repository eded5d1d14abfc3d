using DailyDigest.Moving;
using DailyDigest.Storage;
using DailyDigest.Testing.Storage;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Moving;

/// <summary>Two stores in memory, and what a move makes of them.</summary>
internal sealed class MoveFixture(DeliveryFixture delivery)
{
    public MoveFixture() : this(new DeliveryFixture()) { }

    public DeliveryFixture Delivery { get; } = delivery;

    public MemoryTableStore From { get; set; } = delivery.Tables;

    public MemoryTableStore To { get; set; } = new(delivery.Clock);

    public MemoryStoreJournal? Journal { get; set; }

    public List<string> Said { get; } = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Moves, with faults or stores of the test's own.</summary>
    public Task<MovedStore> MoveAsync(
        FaultPlan? plan = null, bool live = false, Func<ITableStore, ITableStore>? from = null, string to = "memory:to",
        IStoreContents? contents = null) => new MoveStore(Delivery.Time).ExecuteAsync(
        Side("memory:from", From, plan, from) with { Journal = Journal, Contents = contents ?? From, HoldsNothingElse = true },
        Side(to, To, plan, null), live, line =>
        {
            Said.Add(line);
            return Task.CompletedTask;
        }, Cancellation);

    /// <summary>Gives the move up.</summary>
    public Task<ReopenedStore> ReopenAsync() => new ReopenStore(Delivery.Time).ExecuteAsync(
        Side("memory:from", From, null, null) with { Journal = Journal }, Cancellation);

    public static Task<StoreMark?> MarkAsync(ITableStore tables) => StoreMarks.ReadAsync(tables, Cancellation);

    /// <summary>The rows that a move copies, as text.</summary>
    public static IReadOnlyList<string> Rows(MemoryTableStore store) =>
    [
        .. store.Everything.Where(one => !(one.Table == Tables.Facts && one.Partition is "move" or "serving" or "ready"))
            .Select(one => $"{one.Table} {one.Partition} {one.Row.Key} {ContentSum.Of(one.Table, one.Partition, one.Row)}")
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>A store with the same rows.</summary>
    public async Task<MemoryTableStore> CopyAsync(MemoryTableStore store)
    {
        var copy = new MemoryTableStore(Delivery.Clock);
        foreach (var (table, partition, row) in store.Everything)
        {
            await copy.WriteAsync(table, partition, TableWrite.Upsert(row), Cancellation);
        }

        return copy;
    }

    /// <summary>Readers of hour seven and a story; then the sender dies after this many writes of the run.</summary>
    public async Task<IReadOnlyList<string>> BeginRunAsync(int readers, int writes)
    {
        var ids = await Delivery.SubscribeAsync(readers);
        await Delivery.PublishAsync();
        Delivery.GoTo(2, 7);
        var dying = Delivery.Start(new FaultPlan { StopAfter = writes });
        await Assert.ThrowsAnyAsync<Exception>(dying.RunOnceAsync);
        Assert.True(dying.Plan.Stopped);
        return ids;
    }

    private StoreSide Side(string name, MemoryTableStore store, FaultPlan? plan, Func<ITableStore, ITableStore>? wrap)
    {
        var tables = plan is null ? (ITableStore)store : new FaultTableStore(store, plan);
        return new StoreSide(name, wrap?.Invoke(tables) ?? tables, store, Delivery.Queues);
    }
}
