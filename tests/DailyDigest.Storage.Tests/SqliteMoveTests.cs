using DailyDigest.AzureStorage;
using DailyDigest.Moving;
using DailyDigest.Sqlite;
using DailyDigest.Testing.Services;
using DailyDigest.Testing.Storage;
using Microsoft.Data.Sqlite;

namespace DailyDigest.Storage.Tests;

/// <summary>Moves between a real file and the emulator, with what people do to files by hand.</summary>
public sealed class SqliteMoveTests(AzureAccount account) : IClassFixture<AzureAccount>, IDisposable
{
    private readonly SqliteFile file = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => file.Dispose();

    [Fact]
    public async Task A_closed_file_takes_no_write_of_any_program_and_opens_again()
    {
        var (tables, queues, fence) = Open(file.Open());
        var (other, _, _) = Open(file.Open());
        await tables.WriteAsync(Tables.Feeds, "feed", TableWrite.Insert(new TableRow("a")), Stop);
        await queues.EnqueueAsync(Queues.Deliver, "hint", TimeSpan.Zero, Stop);

        await fence.CloseAsync(Stop);
        await fence.CloseAsync(Stop);

        TableWrite[] writes = [TableWrite.Insert(new TableRow("b")), TableWrite.Upsert(new TableRow("a")), TableWrite.Delete("a")];
        foreach (var write in writes)
        {
            var refused = await Assert.ThrowsAsync<StorageException>(() => other.WriteAsync(Tables.Feeds, "feed", write, Stop));
            Assert.Contains("was moved, or is being moved, so nothing is written", refused.Message, StringComparison.Ordinal);
        }

        await Assert.ThrowsAsync<StorageException>(() => queues.EnqueueAsync(Queues.Deliver, "hint", TimeSpan.Zero, Stop));
        await Assert.ThrowsAsync<StorageException>(() => queues.ReceiveAsync(Queues.Deliver, 1, TimeSpan.FromSeconds(1), Stop));
        Assert.NotNull(await tables.GetAsync(Tables.Feeds, "feed", "a", Stop));
        await StoreMarks.WriteAsync(other, new StoreMark("m", MarkState.Moved, "azure:a", DateTimeOffset.UnixEpoch), Stop);

        await fence.OpenAsync(Stop);
        Assert.True((await other.WriteAsync(Tables.Feeds, "feed", TableWrite.Delete("a"), Stop)).IsDone);
    }

    [Theory]
    [InlineData("VALUES ('Feeds', 'feed', 'bad', 'e', '2026-01-01T00:00:00.0000000Z', '{broken')", "row bad of the database is damaged")]
    [InlineData("VALUES ('Feeds', 'feed', 'a/b', 'e', '2026-01-01T00:00:00.0000000Z', '{}')",
        "A row of table Feeds, partition feed in sqlite cannot be stored in azure: Its key is not valid.")]
    [InlineData("VALUES ('Feeds', 'f/d', 'a', 'e', '2026-01-01T00:00:00.0000000Z', '{}')",
        "Table Feeds in sqlite has a partition that cannot be read")]
    [InlineData("SELECT 'Feeds', 'feed', 'big', 'e', '2026-01-01T00:00:00.0000000Z', '{\"text\":\"' || printf('%040000d', 0) || '\"}'",
        "The property text of row big has more than 64 KiB. Somebody wrote it by hand: correct or delete it there.")]
    [InlineData("VALUES ('Sponsors', 'p', 'a', 'e', '2026-01-01T00:00:00.0000000Z', '{}')",
        "a table that this version does not know: Sponsors")]
    public async Task A_row_that_somebody_wrote_by_hand_stops_the_move_by_name_and_it_goes_on_after(string values, string fault)
    {
        var database = file.Open();
        var (tables, _, _) = Open(database);
        var rows = Enumerable.Range(0, 90).Select(i => TableWrite.Insert(new TableRow($"{i}")));
        await tables.WriteAsync(Tables.Feeds, "feed", [.. rows], Stop);
        await ExecuteAsync("INSERT INTO rows " + values);
        var azure = await AzureAsync();

        var said = await Record.ExceptionAsync(async () =>
            throw new StorageException((await MoveAsync(Side(database), azure)).Refusal ?? "moved"));

        Assert.Contains(fault, Assert.IsType<StorageException>(said).Message, StringComparison.Ordinal);
        Assert.NotEqual(MarkState.Moved, (await StoreMarks.ReadAsync(tables, Stop))?.State);

        // Before the file is closed, so that it can be corrected there.
        await ExecuteAsync("DELETE FROM rows WHERE row IN ('bad', 'a/b', 'big') OR partition = 'f/d' OR table_name = 'Sponsors'");

        // The first call of this process took the destination; in life its process has ended.
        await azure.Tables.WriteAsync(Tables.Facts, StoreMarks.Partition, TableWrite.Delete("worker"), Stop);
        var moved = await MoveAsync(Side(database), azure);
        Assert.Null(moved.Refusal);
        Assert.Equal(90, moved.Tables.Sum(table => table.Sum.Rows));
    }

    /// <summary>
    /// Rows of 704 KiB: a page, a batch and a request have their limits. The emulator measures a row in base64, Azure does not.
    /// </summary>
    [Fact]
    public async Task Large_rows_go_to_the_account_and_back()
    {
        var database = file.Open();
        var (tables, _, _) = Open(database);
        foreach (var number in Enumerable.Range(0, 9))
        {
            var row = new TableRow($"{number}");
            for (var part = 0; part < 11; part++)
            {
                row.Add($"body{part}", Enumerable.Range(0, 65536).Select(i => (byte)(i * number)).ToArray());
            }

            await tables.WriteAsync(Tables.Variants, "p", TableWrite.Insert(row), Stop);
        }

        var azure = await AzureAsync();
        Assert.Null((await MoveAsync(Side(database), azure)).Refusal);
        using var back = new SqliteDatabase(new SqliteOptions { Path = file.Path + ".back" });
        var moved = await MoveAsync(azure, Side(back, "sqlite:back"));

        Assert.Null(moved.Refusal);
        Assert.Equal(9, moved.Tables.Sum(table => table.Sum.Rows));
        Assert.Equal(
            (await tables.GetAsync(Tables.Variants, "p", "7", Stop))!.Bytes("body9"),
            (await new SqliteTableStore(back, TimeProvider.System).GetAsync(Tables.Variants, "p", "7", Stop))!.Bytes("body9"));
    }

    [Fact]
    public async Task A_full_disk_stops_the_move_and_it_goes_on_with_more_room()
    {
        var azure = await AzureAsync();
        for (var number = 0; number < 40; number++)
        {
            await azure.Tables.WriteAsync(
                Tables.Variants, $"p{number:d2}", TableWrite.Insert(new TableRow("a") { { "body", new byte[60_000] } }), Stop);
        }

        var small = file.Open(options => options.MaxMegabytes = 1);
        var full = await Assert.ThrowsAsync<StorageException>(() => MoveAsync(azure, Side(small)));
        Assert.Contains("There is no room for the database", full.Message, StringComparison.Ordinal);
        small.Dispose();

        var large = file.Open();
        await new SqliteTableStore(large, TimeProvider.System).WriteAsync(
            Tables.Facts, StoreMarks.Partition, TableWrite.Delete("worker"), Stop);
        var moved = await MoveAsync(azure, Side(large));
        Assert.True(moved is { Refusal: null, Resumed: true });
        Assert.Equal(40, moved.Tables.Sum(table => table.Sum.Rows));
    }

    private static (SqliteTableStore Tables, SqliteQueueStore Queues, SqliteFence Fence) Open(SqliteDatabase database) => (
        new SqliteTableStore(database, TimeProvider.System), new SqliteQueueStore(database, TimeProvider.System),
        new SqliteFence(database));

    private static StoreSide Side(SqliteDatabase database, string name = "sqlite")
    {
        var (tables, queues, fence) = Open(database);
        return new StoreSide(name, tables, new SqliteContents(database), queues)
        {
            HoldsNothingElse = true,
            Journal = new SqliteStoreJournal(database),
            CloseAsync = fence.CloseAsync,
            OpenAsync = fence.OpenAsync,
        };
    }

    private async Task<StoreSide> AzureAsync()
    {
        var (tables, contents) = AzureStorageServices.CreateForMove(await account.OptionsAsync(Azurite.NewPrefix()));
        await tables.PrepareAsync(Stop);
        return new StoreSide("azure", tables, contents, new MemoryQueueStore(TimeProvider.System));
    }

    private static Task<MovedStore> MoveAsync(StoreSide from, StoreSide to) =>
        new MoveStore(TimeProvider.System).ExecuteAsync(from, to, live: false, _ => Task.CompletedTask, Stop);

    private async Task ExecuteAsync(string statement)
    {
        await using var connection = new SqliteConnection($"Data Source={file.Path};Pooling=False");
        await connection.OpenAsync(Stop);
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The statements are constants of this test.
        command.CommandText = statement;
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(Stop);
    }
}
