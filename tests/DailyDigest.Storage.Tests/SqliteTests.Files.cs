using System.Text;
using DailyDigest.Sqlite;
using Microsoft.Data.Sqlite;

namespace DailyDigest.Storage.Tests;

/// <summary>The files of a database in use: what is in them, whether they are still the same, and copies of them.</summary>
public sealed partial class SqliteTests
{
    [Fact]
    public async Task What_is_deleted_leaves_database_and_log_with_the_next_checkpoint()
    {
        const string Secret = "erased.reader@example.org";
        var options = new SqliteOptions { Path = file.Path };
        using var database = new SqliteDatabase(options) { CheckpointAfter = TimeSpan.FromMilliseconds(50) };
        for (var i = 0; i < 50; i++)
        {
            await InsertAsync(database, $"{i:d2}", i == 20 ? Secret : new string('x', 300));
        }

        await Tables(database).WriteAsync(Storage.Tables.Feeds, "feed", TableWrite.Delete("20"), Stop);
        await CheckpointAsync();
        foreach (var path in Directory.GetFiles(Path.GetDirectoryName(file.Path)!))
        {
            await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(stream, Encoding.Latin1);
            Assert.DoesNotContain(Secret, await reader.ReadToEndAsync(Stop), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_file_that_is_replaced_while_it_is_open_takes_no_more_writes()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Device and inode are compared on Linux only.");
        foreach (var suffix in (string[])["", .. Log])
        {
            using var database = file.Open();
            await InsertAsync(database, "a" + suffix);
            File.Copy(file.Path + suffix, file.Path + ".new");
            File.Move(file.Path + suffix, file.Path + ".old");
            File.Move(file.Path + ".new", file.Path + suffix);

            var error = await Assert.ThrowsAsync<StorageException>(() => InsertAsync(database, "b" + suffix));
            Assert.Contains("was deleted or replaced", error.Message, StringComparison.Ordinal);
            File.Move(file.Path + ".old", file.Path + suffix, overwrite: true);
            Assert.True((await InsertAsync(database, "b" + suffix)).IsDone);
        }
    }

    [Fact]
    public async Task A_backup_under_load_is_consistent()
    {
        using var database = file.Open();
        await InsertAsync(database, "first");
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var written = 0;
        var load = Task.Run(
            async () =>
            {
                // A pair in one batch: a consistent copy has both or none.
                for (; !enough.IsCancellationRequested; Interlocked.Increment(ref written))
                {
                    await Tables(database).WriteAsync(
                        Storage.Tables.Feeds, "feed",
                        [TableWrite.Insert(new TableRow($"x{written:d6}")), TableWrite.Insert(new TableRow($"y{written:d6}"))], Stop);
                }
            }, Stop);
        while (Volatile.Read(ref written) <= 5 && !load.IsCompleted)
        {
            Stop.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        var copies = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            copies.Add($"{file.Path}.{i}");
            Assert.NotNull(new SqliteBackup(database).Execute(copies[^1]).Written);
        }

        await enough.CancelAsync();
        await load;
        foreach (var copy in copies)
        {
            using var opened = new SqliteConnection($"Data Source={copy};Pooling=False;Mode=ReadOnly");
            opened.Open();
            using var count = opened.CreateCommand();
            count.CommandText = "SELECT sum(row GLOB 'x*') - sum(row GLOB 'y*') FROM rows";
            Assert.Equal(0L, count.ExecuteScalar());
        }

        Assert.Throws<IOException>(() => new SqliteBackup(database).Execute(copies[0]));
    }

    /// <summary>Waits until the log is empty and the journal knows it.</summary>
    private async Task CheckpointAsync()
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        timeout.CancelAfter(TimeSpan.FromMinutes(3));
        while (new FileInfo(file.Path + "-wal").Length > 0
            || SqliteJournal.ReadHeader(JournalPath) is not { } header || header.Checkpoint != header.Sequence)
        {
            timeout.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
