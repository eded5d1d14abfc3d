using DailyDigest.Testing.Storage;
using Microsoft.Extensions.Time.Testing;

namespace DailyDigest.Storage.Tests;

public sealed class FaultStoreTests
{
    private readonly FaultPlan plan = new();
    private readonly FaultTableStore tables;
    private readonly FaultQueueStore queue;

    public FaultStoreTests()
    {
        tables = new FaultTableStore(new MemoryTableStore(new FakeTimeProvider()), plan);
        queue = new FaultQueueStore(new MemoryQueueStore(new FakeTimeProvider()), plan);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private Task<WriteResult> WriteAsync(string key) => tables.WriteAsync(Tables.Feeds, "feed", TableWrite.Upsert(new TableRow(key)), Stop);

    private async Task<string> KeysAsync() =>
        string.Join(' ', (await tables.QueryAsync(Tables.Feeds, "feed", RowRange.All, 10, Stop)).Select(row => row.Key));

    [Fact]
    public async Task A_program_stopped_before_its_second_write_has_done_one_and_does_no_more()
    {
        plan.StopBefore = 2;
        await WriteAsync("a");
        await KeysAsync();

        await Assert.ThrowsAsync<ProgramStoppedException>(() => queue.EnqueueAsync(Queues.Deliver, "x", TimeSpan.Zero, Stop));
        await Assert.ThrowsAsync<ProgramStoppedException>(() => WriteAsync("b"));
        await Assert.ThrowsAsync<ProgramStoppedException>(KeysAsync);

        Assert.True(plan.Stopped);
        Assert.Equal(["Write", "Query"], plan.Trace.Select(call => call.Operation));
        plan.Restart();
        Assert.Equal("a", await KeysAsync());
        Assert.Empty(await queue.ReceiveAsync(Queues.Deliver, 1, TimeSpan.FromMinutes(1), Stop));
    }

    [Fact]
    public async Task A_program_stopped_after_a_write_has_done_it_without_knowing()
    {
        plan.StopAfter = 1;

        await Assert.ThrowsAsync<ProgramStoppedException>(() => WriteAsync("a"));

        plan.Restart();
        Assert.Equal("a", await KeysAsync());
    }

    [Fact]
    public async Task A_hook_may_fail_the_call_it_chooses_before_or_after_it()
    {
        plan.Before = call => call is { Operation: "Write", OperationNumber: 1 }
            ? throw new StorageException("before") : Task.CompletedTask;
        plan.After = call => call is { Operation: "Write", OperationNumber: 2 } ? throw new StorageException("after") : Task.CompletedTask;

        Assert.Equal("before", (await Assert.ThrowsAsync<StorageException>(() => WriteAsync("a"))).Message);
        Assert.Equal("after", (await Assert.ThrowsAsync<StorageException>(() => WriteAsync("b"))).Message);
        await WriteAsync("c");

        Assert.Equal("b c", await KeysAsync());
        Assert.Equal((3, (Tables.Feeds, "feed")), (plan.Writes, (plan.Trace[0].Place, plan.Trace[0].Partition)));
    }

    [Fact]
    public async Task A_hook_may_let_another_program_in_between()
    {
        plan.Before = async call =>
        {
            if (call is { Operation: "Get", OperationNumber: 1 })
            {
                await WriteAsync("other");
            }
        };

        Assert.NotNull(await tables.GetAsync(Tables.Feeds, "feed", "other", Stop));
    }
}
