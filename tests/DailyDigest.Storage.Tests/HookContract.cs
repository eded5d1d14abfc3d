using DailyDigest.Hooks;
using DailyDigest.Testing.Storage;
using Microsoft.Extensions.Time.Testing;

namespace DailyDigest.Storage.Tests;

/// <summary>The log and the queue of web hooks on every store.</summary>
public abstract class HookContract
{
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 3, 2, 8, 0, 0, TimeSpan.Zero));

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private DateTimeOffset Now => time.GetUtcNow();

    protected abstract Task<ITableStore> OpenAsync();

    [Fact]
    public async Task A_delivery_is_stored_once_taken_by_one_and_again_after_its_lease()
    {
        var calls = new HookCallStore(await OpenAsync());
        var hook = Guid.NewGuid().ToString("n");
        var events = Enumerable.Range(0, 12).Select(Event).ToList();
        await Task.WhenAll(events.Concat(events).Select(one => calls.InsertAsync(hook, one, false, Now, Stop)));

        var taken = await Task.WhenAll(Enumerable.Range(0, 4).Select(
            _ => calls.TakeAsync(hook, Now, Now.AddMinutes(1), 20, Stop)));
        Assert.Equal(
            events.Select(one => one.Id).Order(), taken.SelectMany(calls => calls).Select(call => call.Id).Order());
        Assert.Empty(await calls.TakeAsync(hook, Now.AddSeconds(59), Now.AddMinutes(2), 20, Stop));
        var again = await calls.TakeAsync(hook, Now.AddMinutes(1), Now.AddMinutes(2), 20, Stop);
        Assert.Equal(12, again.Count);
        Assert.All(again, call => Assert.Equal(2, call.Attempts));

        // The worker whose lease ended cannot settle it any more.
        var late = taken.SelectMany(one => one).First();
        Assert.Null(await calls.MoveAsync(hook, late, late with { State = HookCallState.Delivered, Next = null }, Stop));
    }

    [Fact]
    public async Task The_log_is_newest_first_and_a_settled_delivery_is_not_due()
    {
        var calls = new HookCallStore(await OpenAsync());
        var hook = Guid.NewGuid().ToString("n");
        for (var number = 0; number < 5; number++)
        {
            await calls.InsertAsync(hook, Event(number), false, Now, Stop);
        }

        var first = (await calls.TakeAsync(hook, Now, Now.AddMinutes(1), 1, Stop)).Single();
        await calls.MoveAsync(hook, first, first with { State = HookCallState.Delivered, Next = null, Status = 204 }, Stop);
        var log = await calls.ListAsync(hook, null, 3, Stop);
        Assert.Equal([4, 3, 2], log.Select(call => (int)(call.At - Now).TotalSeconds));
        Assert.Equal([1, 0], (await calls.ListAsync(hook, log[^1].Key, 3, Stop)).Select(call => (int)(call.At - Now).TotalSeconds));
        Assert.Equal(4, (await calls.TakeAsync(hook, Now.AddDays(1), Now.AddDays(2), 20, Stop)).Count);
        var found = await calls.FindByIdAsync(hook, first.Id[..12], Stop);
        Assert.Equal((HookCallState.Delivered, 204, first.Body), (found!.State, found.Status, found.Body));
    }

    [Fact]
    public async Task Eight_changes_of_a_hook_at_once_are_all_kept()
    {
        var hooks = new HookStore(await OpenAsync(), time);
        var hook = await hooks.AddAsync("https://hooks.example.com/", [HookTypes.RunBegun], true, [1, 2, 3], Stop);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(
            _ => hooks.ChangeAsync(hook.Id, known => known with { Failures = known.Failures + 1 }, Stop)));

        var after = (await hooks.GetAsync(hook.Id, Stop))!;
        Assert.Equal(8, after.Failures);
        Assert.Equal((hook.Url, true, hook.Since), (after.Url, after.WithAddress, after.Since));
        Assert.Equal(hook.Events, after.Events);
        Assert.Equal(hook.Secret, after.Secret);
    }

    private HookEvent Event(int number) =>
        new(HookTypes.RunBegun, Now.AddSeconds(number), $"run {number}", new Dictionary<string, object?> { ["number"] = number });
}

public sealed class Memory_keeps_the_hook_contract : HookContract
{
    protected override Task<ITableStore> OpenAsync() => Task.FromResult<ITableStore>(new MemoryTableStore(new FakeTimeProvider()));
}

public sealed class Sqlite_keeps_the_hook_contract : HookContract, IDisposable
{
    private readonly SqliteFile file = new();

    public void Dispose() => file.Dispose();

    protected override async Task<ITableStore> OpenAsync()
    {
        var store = new Sqlite.SqliteTableStore(file.Open(), new FakeTimeProvider());
        await store.PrepareAsync(TestContext.Current.CancellationToken);
        return store;
    }
}

public sealed class Azure_keeps_the_hook_contract(AzureAccount account) : HookContract, IClassFixture<AzureAccount>
{
    protected override Task<ITableStore> OpenAsync() => account.TablesAsync();
}
