using DailyDigest.Sqlite;
using DailyDigest.Testing.Storage;

namespace DailyDigest.Storage.Tests;

/// <summary>The contract of every journal.</summary>
public abstract class StoreJournalContract : IDisposable
{
    private static readonly DateTimeOffset At = new(2026, 3, 2, 7, 0, 0, TimeSpan.Zero);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    protected abstract IStoreJournal Open();

    [Fact]
    public async Task A_new_store_lacks_nothing()
    {
        var journal = Open();
        Assert.Null(await journal.FindGapAsync(Stop));
        Assert.Equal((false, null), (journal.WasMissing, journal.Fault));
        Assert.Empty(await journal.ReadAsync(0, Stop));
    }

    [Fact]
    public async Task Entries_are_read_in_the_order_in_which_they_were_appended()
    {
        var journal = Open();
        JournalEntry[] first = [new("left", At, "a", "1"), new("erased", At, "b", "1")];
        JournalEntry[] second = [new("blocked", At.AddTicks(1), "c", null), new("moved", At, null, "2")];
        await journal.AppendAsync(first, Stop);
        await journal.AppendAsync(second, Stop);

        Assert.Equal([.. first, .. second], await journal.ReadAsync(0, Stop));
        Assert.Equal(second, (await journal.ReadAsync(1, Stop)).TakeLast(2));
        Assert.Empty(await journal.ReadAsync(1000, Stop));
    }

    [Fact]
    public async Task Concurrent_entries_are_all_kept()
    {
        var journal = Open();
        await Task.WhenAll(Enumerable.Range(0, 50).Select(
            i => Task.Run(() => journal.AppendAsync([new JournalEntry("left", At, $"{i}", null)], Stop), Stop)));

        Assert.Equal(50, (await journal.ReadAsync(0, Stop)).Select(entry => entry.AddressHash).Distinct().Count());
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}

public sealed class Memory_keeps_the_journal_contract : StoreJournalContract
{
    protected override IStoreJournal Open() => new MemoryStoreJournal();
}

public sealed class Sqlite_keeps_the_journal_contract : StoreJournalContract
{
    private readonly SqliteFile file = new();

    protected override IStoreJournal Open() => new SqliteStoreJournal(file.Open());

    protected override void Dispose(bool disposing)
    {
        file.Dispose();
        base.Dispose(disposing);
    }
}
