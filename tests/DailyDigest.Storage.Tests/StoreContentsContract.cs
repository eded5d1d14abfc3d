using DailyDigest.AzureStorage;
using DailyDigest.Moving;
using DailyDigest.Sqlite;
using DailyDigest.Testing.Services;
using DailyDigest.Testing.Storage;
using Microsoft.Extensions.Time.Testing;

namespace DailyDigest.Storage.Tests;

/// <summary>The contract of <see cref="IStoreContents"/>, and of a row's hash, which is the same on each adapter.</summary>
public abstract class StoreContentsContract : IAsyncLifetime
{
    private ITableStore tables = null!;
    private IStoreContents contents = null!;

    protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        (tables, contents) = await OpenAsync();
        await tables.PrepareAsync(Stop);
    }

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>An empty store.</summary>
    protected abstract Task<(ITableStore Tables, IStoreContents Contents)> OpenAsync();

    [Fact]
    public async Task Every_partition_with_rows_is_found_once_and_in_order()
    {
        Assert.Null(await contents.NextPartitionAsync(Tables.Ledger, null, Stop));
        string[] partitions = ["2026-03-02~all", "2026-03-01~f", "2026-03-01~a", "!", "~", "daily_07_America.New_York", "Z", "a", "é"];
        foreach (var partition in partitions)
        {
            // Rows before and behind, so that a page of rows is no page of partitions.
            await tables.WriteAsync(Tables.Ledger, partition, [Insert("0"), Insert("m"), Insert("~")], Stop);
        }

        await tables.WriteAsync(Tables.Feeds, "feed", Insert("a"), Stop);
        await tables.WriteAsync(Tables.Ledger, "a", [TableWrite.Delete("0"), TableWrite.Delete("m"), TableWrite.Delete("~")], Stop);
        Assert.Equal(
            partitions.Where(partition => partition != "a").Order(StringComparer.Ordinal), await PartitionsAsync(Tables.Ledger));
        Assert.Equal(["feed"], await PartitionsAsync(Tables.Feeds));
        Assert.Empty(((string[])[Tables.Feeds, Tables.Ledger]).Except(await contents.ListTablesAsync(Stop)));
    }

    [Fact]
    public async Task The_hash_of_a_row_is_that_of_the_row_that_was_written()
    {
        TableRow[] rows =
        [
            new("empty"),
            new("texts")
            {
                { "a", "" }, { "b", "é\"\\\r\n\u0001 \U0001f600" }, { "c", "{\"$bytes\":\"AA==\"}" }, { "d", new string('x', 32768) },
            },
            new("numbers") { { "a", 0 }, { "b", long.MinValue }, { "c", 5.0 }, { "d", 0.1 }, { "e", -0.0 }, { "f", 1e300 }, { "g", true } },
            new("instants") { { "a", new DateTimeOffset(2026, 3, 29, 1, 2, 3, TimeSpan.FromHours(2)).AddTicks(1) } },
            new("bytes") { { "a", Array.Empty<byte>() }, { "b", Enumerable.Range(0, 65536).Select(i => (byte)i).ToArray() } },
        ];
        await tables.WriteAsync(Tables.Variants, "p", [.. rows.Select(TableWrite.Insert)], Stop);

        foreach (var row in rows)
        {
            var stored = await tables.GetAsync(Tables.Variants, "p", row.Key, Stop);
            Assert.Equal((row.Key, ContentSum.Of(Tables.Variants, "p", row)), (row.Key, ContentSum.Of(Tables.Variants, "p", stored!)));
        }
    }

    private static TableWrite Insert(string key) => TableWrite.Insert(new TableRow(key));

    private async Task<List<string>> PartitionsAsync(string table)
    {
        var found = new List<string>();
        for (var next = await contents.NextPartitionAsync(table, null, Stop); next is not null;
            next = await contents.NextPartitionAsync(table, next, Stop))
        {
            found.Add(next);
        }

        return found;
    }
}

public sealed class Memory_keeps_the_contents_contract : StoreContentsContract
{
    protected override Task<(ITableStore, IStoreContents)> OpenAsync()
    {
        var store = new MemoryTableStore(new FakeTimeProvider());
        return Task.FromResult<(ITableStore, IStoreContents)>((store, store));
    }
}

public sealed class Sqlite_keeps_the_contents_contract : StoreContentsContract
{
    private readonly SqliteFile file = new();

    protected override Task<(ITableStore, IStoreContents)> OpenAsync()
    {
        var database = file.Open();
        return Task.FromResult<(ITableStore, IStoreContents)>(
            (new SqliteTableStore(database, TimeProvider.System), new SqliteContents(database)));
    }

    public override ValueTask DisposeAsync()
    {
        file.Dispose();
        return base.DisposeAsync();
    }
}

public sealed class Azure_keeps_the_contents_contract(AzureAccount account) : StoreContentsContract, IClassFixture<AzureAccount>
{
    protected override async Task<(ITableStore, IStoreContents)> OpenAsync() =>
        AzureStorageServices.CreateForMove(await account.OptionsAsync(Azurite.NewPrefix()));
}

/// <summary>The hash of a row distinguishes each of its parts.</summary>
public sealed class ContentSumTests
{
    [Fact]
    public void Rows_that_differ_anywhere_have_different_hashes_and_order_does_not_count()
    {
        ContentSum[] sums =
        [
            Of("t", "p", new TableRow("k")), Of("t2", "p", new TableRow("k")), Of("t", "pk", new TableRow("k")),
            Of("t", "p", new TableRow("k2")), Of("t", "p", new TableRow("k") { { "a", "1" } }),
            Of("t", "p", new TableRow("k") { { "a", 1 } }),
            Of("t", "p", new TableRow("k") { { "a", 1.0 } }), Of("t", "p", new TableRow("k") { { "a", true } }),
            Of("t", "p", new TableRow("k") { { "a", "1"u8.ToArray() } }), Of("t", "p", new TableRow("k") { { "b", "1" } }),
            Of("t", "p", new TableRow("k") { { "a", "1" }, { "b", "" } }), Of("t", "p", new TableRow("k") { { "ab", "1" } }),
        ];
        Assert.Equal(sums.Length, sums.Distinct().Count());
        Assert.Equal(
            Of("t", "p", new TableRow("k") { { "a", "1" }, { "b", 2 } }), Of("t", "p", new TableRow("k") { { "b", 2 }, { "a", "1" } }));
        Assert.Equal(sums[0] + sums[1] + sums[2], sums[2] + sums[0] + sums[1]);
        Assert.NotEqual(sums[0] + sums[0], sums[1] + sums[1]);
        Assert.Equal(12, sums.Aggregate((one, other) => one + other).Rows);
    }

    private static ContentSum Of(string table, string partition, TableRow row) => ContentSum.Of(table, partition, row);
}
