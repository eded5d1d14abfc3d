using DailyDigest.Sqlite;
using Microsoft.Data.Sqlite;

namespace DailyDigest.Storage.Tests;

/// <summary>Behavior that only a file has.</summary>
public sealed partial class SqliteTests : IDisposable
{
    private readonly SqliteFile file = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static SqliteTableStore Tables(SqliteDatabase database) => new(database, TimeProvider.System);

    private static Task<WriteResult> InsertAsync(SqliteDatabase database, string key, object? value = null) =>
        Tables(database).WriteAsync(Storage.Tables.Feeds, "feed", TableWrite.Insert(new TableRow(key) { { "value", value } }), Stop);

    private static async Task<string> KeysAsync(SqliteDatabase database) =>
        string.Join(' ', (await Tables(database).QueryAsync(Storage.Tables.Feeds, "feed", RowRange.All, 1000, Stop)).Select(
            row => row.Key));

    private IEnumerable<string?> NamesInFolder() =>
        Directory.GetFiles(Path.GetDirectoryName(file.Path)!).Select(Path.GetFileName).Order(StringComparer.Ordinal);

    private object? Sql(string sql)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file.Path)!);
        using var connection = new SqliteConnection($"Data Source={file.Path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The tests' own statements.
        command.CommandText = sql;
#pragma warning restore CA2100
        return command.ExecuteScalar();
    }

    [Fact]
    public async Task Written_rows_survive_closing_and_no_log_remains()
    {
        using (var database = file.Open())
        {
            await InsertAsync(database, "a");
        }

        Assert.Equal(["test.db", "test.journal"], NamesInFolder());
        using var again = file.Open();
        Assert.Equal("a", await KeysAsync(again));
    }

    [Fact]
    public async Task After_concurrent_reads_closing_leaves_no_log()
    {
        for (var i = 0; i < 10; i++)
        {
            using (var database = file.Open())
            {
                await InsertAsync(database, $"{i}");

                // Each concurrent reader has its own connection.
                using var together = new Barrier(16);
                await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Factory.StartNew(
                    () =>
                    {
                        together.SignalAndWait(Stop);
                        return KeysAsync(database);
                    },
                    Stop, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap()));
            }

            Assert.Equal(["test.db", "test.journal"], NamesInFolder());
        }
    }

    [Fact]
    public async Task An_operator_can_read_the_rows_in_the_sqlite3_shell()
    {
        using (var database = file.Open())
        {
            await Tables(database).WriteAsync(Storage.Tables.Feeds, "feed", TableWrite.Insert(new TableRow("a")
            {
                { "title", "صباح <b>" }, { "n", 1 }, { "x", 2.0 }, { "at", DateTimeOffset.UnixEpoch }, { "raw", new byte[] { 1 } },
            }), Stop);
        }

        Assert.Equal(
            """{"title":"صباح <b>","n":1,"x":2.0,"at":{"$instant":"1970-01-01T00:00:00.0000000Z"},"raw":{"$bytes":"AQ=="}}""",
            Sql("SELECT properties FROM rows WHERE table_name = 'Feeds' AND partition = 'feed' AND row = 'a'"));
        Assert.Equal("صباح <b>", Sql("SELECT properties ->> 'title' FROM rows"));
    }

    [Fact]
    public void The_file_has_a_write_ahead_log_and_strict_tables()
    {
        using var database = file.Open();
        database.Open();

        Assert.Equal("wal", Sql("PRAGMA journal_mode"));
        Assert.Equal(2L, Sql("SELECT count(*) FROM pragma_table_list WHERE strict AND name IN ('rows', 'messages')"));
    }

    [Fact]
    public async Task An_older_file_is_brought_up_to_date_and_keeps_its_rows()
    {
        // Version 1: rows, no queue.
        Sql("""
            CREATE TABLE rows (table_name TEXT NOT NULL, partition TEXT NOT NULL, row TEXT NOT NULL, etag TEXT NOT NULL,
                timestamp TEXT NOT NULL, properties TEXT NOT NULL, PRIMARY KEY (table_name, partition, row)) STRICT, WITHOUT ROWID;
            INSERT INTO rows VALUES ('Feeds', 'feed', 'old', 'e', '2026-01-02T03:04:05.0000000Z', '{"value":7}');
            PRAGMA user_version = 1;
            PRAGMA application_id = 1145334119;
            """);
        using var database = file.Open();
        var queue = new SqliteQueueStore(database, TimeProvider.System);
        await queue.PrepareAsync(Stop);
        await queue.EnqueueAsync(Queues.Deliver, "new", TimeSpan.Zero, Stop);

        Assert.Equal(7, (await Tables(database).GetAsync(Storage.Tables.Feeds, "feed", "old", Stop))?.Count("value"));
        Assert.Single(await queue.ReceiveAsync(Queues.Deliver, 1, TimeSpan.FromMinutes(1), Stop));
        Assert.Equal(3L, Sql("PRAGMA user_version"));
    }

    [Fact]
    public async Task Concurrent_openings_of_a_new_file_all_succeed()
    {
        var databases = Enumerable.Range(0, 8).Select(_ => file.Open()).ToList();

        await Task.WhenAll(databases.Select(database => Task.Run(database.Open, Stop)));
        await Task.WhenAll(databases.Select((database, i) => InsertAsync(database, $"{i}")));

        Assert.Equal("0 1 2 3 4 5 6 7", await KeysAsync(databases[0]));
    }

    [Fact]
    public async Task A_full_disk_rolls_a_batch_back_and_smaller_writes_continue()
    {
        using var database = file.Open(options => options.MaxMegabytes = 1);
        await InsertAsync(database, "first");
        var batch = Enumerable.Range(0, 40)
            .Select(i => TableWrite.Insert(new TableRow($"x{i}") { { "value", new byte[60_000] } })).ToList();

        var error = await Assert.ThrowsAsync<StorageException>(
            () => Tables(database).WriteAsync(Storage.Tables.Feeds, "feed", batch, Stop));

        Assert.Contains("no room", error.Message, StringComparison.Ordinal);
        Assert.Equal("first", await KeysAsync(database));
        await InsertAsync(database, "second");
        Assert.Equal("first second", await KeysAsync(database));
    }

    [Fact]
    public async Task A_file_locked_by_another_program_is_an_outage_not_a_loss()
    {
        using var database = file.Open(options => options.LockTimeout = TimeSpan.FromMilliseconds(100));
        await InsertAsync(database, "a");
        using (var other = new SqliteConnection($"Data Source={file.Path};Pooling=False"))
        {
            other.Open();
            using var begin = other.CreateCommand();
            begin.CommandText = "BEGIN IMMEDIATE";
            begin.ExecuteNonQuery();

            var error = await Assert.ThrowsAsync<StorageException>(() => InsertAsync(database, "b"));

            Assert.Contains("locked by another program", error.Message, StringComparison.Ordinal);
            Assert.Equal("a", await KeysAsync(database));
        }

        await InsertAsync(database, "c");
        Assert.Equal("a c", await KeysAsync(database));
    }

    [Fact]
    public async Task Two_programs_on_one_file_lose_and_duplicate_nothing()
    {
        using var one = file.Open();
        using var two = file.Open();
        var results = await Task.WhenAll(Enumerable.Range(0, 400).Select(i =>
            Task.Run(() => InsertAsync(i % 2 == 0 ? one : two, $"{i / 2:d3}"), Stop)));

        Assert.Equal(200, results.Count(result => result.IsDone));
        Assert.Equal(200, (await KeysAsync(one)).Split(' ').Length);
        Assert.Equal(await KeysAsync(one), await KeysAsync(two));
    }

    [Fact]
    public async Task Eight_concurrent_writers_each_get_their_own_answer()
    {
        using var database = file.Open();
        var store = Tables(database);

        // Every fifth batch is refused. That must not affect the others in the same transaction.
        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(async () =>
        {
            var done = new List<bool>();
            for (var i = 0; i < 50; i++)
            {
                var result = await store.WriteAsync(
                    Storage.Tables.Feeds, $"w{writer}",
                    [
                        TableWrite.Insert(new TableRow($"{i:d3}")),
                        i % 5 == 4 ? TableWrite.Delete("missing") : TableWrite.Insert(new TableRow($"{i:d3}|twin")),
                    ], Stop);
                done.Add(result.IsDone);
            }

            return done;
        }, Stop)));

        Assert.All(results, done => Assert.Equal(40, done.Count(ok => ok)));
        for (var writer = 0; writer < 8; writer++)
        {
            Assert.Equal(80, (await store.QueryAsync(Storage.Tables.Feeds, $"w{writer}", RowRange.All, 1000, Stop)).Count);
        }
    }

    [Fact]
    public async Task Work_accepted_before_closing_is_finished_and_later_work_refused()
    {
        var database = file.Open();
        var writes = Enumerable.Range(0, 100).Select(i => InsertAsync(database, $"{i:d3}")).ToList();
        database.Dispose();

        Assert.All(await Task.WhenAll(writes), result => Assert.True(result.IsDone));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => InsertAsync(database, "late"));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => KeysAsync(database));
        using var again = file.Open();
        Assert.Equal(100, (await KeysAsync(again)).Split(' ').Length);
    }

    public void Dispose() => file.Dispose();
}
