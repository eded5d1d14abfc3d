using System.Text;
using DailyDigest.Sqlite;
using Microsoft.Data.Sqlite;

namespace DailyDigest.Storage.Tests;

/// <summary>A lost log and a copy that was put back are noticed. Erased data leaves the files.</summary>
public sealed partial class SqliteTests
{
    private static readonly string[] Log = ["-wal", "-shm"];

    private string JournalPath => Path.ChangeExtension(file.Path, ".journal");

    [Fact]
    public async Task A_log_that_is_gone_after_a_crash_is_a_gap_with_its_span()
    {
        using (var database = file.Open())
        {
            await InsertAsync(database, "kept");
        }

        using var crashed = await CrashAsync("lost");
        Array.ForEach(Log, suffix => File.Delete(crashed.Path + suffix));

        using var again = new SqliteDatabase(new SqliteOptions { Path = crashed.Path });
        var journal = new SqliteStoreJournal(again);
        var gap = Assert.IsType<StoreGap>(await journal.FindGapAsync(Stop));
        Assert.Equal((1, 2), (gap.StoreSequence, gap.JournalSequence));
        Assert.True(gap.From < gap.Until);
        Assert.Equal("kept", await KeysAsync(again));
    }

    [Fact]
    public async Task A_log_that_was_torn_is_a_gap_and_a_whole_one_is_none()
    {
        using (var crashed = await CrashAsync("a", "b"))
        {
            using var whole = new SqliteDatabase(new SqliteOptions { Path = crashed.Path });
            Assert.Null(await new SqliteStoreJournal(whole).FindGapAsync(Stop));
            Assert.Equal("a b", await KeysAsync(whole));
        }

        using var torn = await CrashAsync("c", "d");
        await using (var log = File.OpenWrite(torn.Path + "-wal"))
        {
            log.SetLength(log.Length - 100);
        }

        using var again = new SqliteDatabase(new SqliteOptions { Path = torn.Path });
        var gap = Assert.IsType<StoreGap>(await new SqliteStoreJournal(again).FindGapAsync(Stop));
        Assert.Equal(1, gap.JournalSequence - gap.StoreSequence);
        Assert.Equal("a b c", await KeysAsync(again));
    }

    [Fact]
    public async Task A_gap_is_found_again_until_it_is_closed_and_not_afterwards()
    {
        await PutBackAsync();
        StoreGap? first;
        using (var database = file.Open())
        {
            first = await new SqliteStoreJournal(database).FindGapAsync(Stop);
            await InsertAsync(database, "meanwhile");
        }

        using (var database = file.Open())
        {
            var journal = new SqliteStoreJournal(database);
            Assert.Equal(first, await journal.FindGapAsync(Stop));
            await journal.CloseGapAsync(first!, Stop);
            await InsertAsync(database, "after");
        }

        using var last = file.Open();
        Assert.Null(await new SqliteStoreJournal(last).FindGapAsync(Stop));
        Assert.Equal("after copied meanwhile", await KeysAsync(last));
    }

    [Fact]
    public async Task Entries_after_a_copy_are_read_in_order_and_a_torn_line_is_left_out()
    {
        var at = DateTimeOffset.UnixEpoch;
        using (var database = file.Open())
        {
            var journal = new SqliteStoreJournal(database);
            await journal.AppendAsync([new JournalEntry("left", at, "before", null)], Stop);
        }

        File.Move(file.Path, file.Path + ".copy");
        File.Copy(file.Path + ".copy", file.Path);
        using (var database = file.Open())
        {
            var journal = new SqliteStoreJournal(database);
            await journal.AppendAsync([new JournalEntry("left", at, "one", "1"), new JournalEntry("erased", at, null, "2")], Stop);
        }

        await File.AppendAllTextAsync(JournalPath, "77 2026-01-0", Stop);
        using (var database = file.Open())
        {
            await new SqliteStoreJournal(database).AppendAsync([new JournalEntry("left", at, "three", null)], Stop);
        }

        File.Move(file.Path + ".copy", file.Path, overwrite: true);
        using var back = file.Open();
        var found = new SqliteStoreJournal(back);
        var gap = await found.FindGapAsync(Stop);
        Assert.Equal(
            [
                new JournalEntry("left", at, "one", "1"),
                new JournalEntry("erased", at, null, "2"),
                new JournalEntry("left", at, "three", null),
            ],
            await found.ReadAsync(gap!.StoreSequence, Stop));
    }

    [Fact]
    public async Task A_missing_database_with_a_journal_is_refused_and_so_is_an_empty_one()
    {
        using (var database = file.Open())
        {
            await InsertAsync(database, "a");
        }

        File.Delete(file.Path);
        Assert.Contains("restore FILE", Refusal(), StringComparison.Ordinal);
        Assert.False(File.Exists(file.Path));
        await File.WriteAllBytesAsync(file.Path, [], Stop);
        Assert.Contains("restore FILE", Refusal(), StringComparison.Ordinal);
        File.Move(JournalPath, JournalPath + ".old");
        using var anew = file.Open();
        Assert.Equal("", await KeysAsync(anew));
    }

    [Fact]
    public async Task A_journal_of_another_database_and_a_file_that_is_none_are_refused()
    {
        using (var database = file.Open())
        {
            await InsertAsync(database, "a");
        }

        await File.WriteAllTextAsync(JournalPath, (await File.ReadAllTextAsync(JournalPath, Stop)).Replace(
            (string)Sql("SELECT id FROM store")!, new string('0', 32), StringComparison.Ordinal), Stop);
        Assert.Contains("belongs to another database", Refusal(), StringComparison.Ordinal);
        await File.WriteAllTextAsync(JournalPath, "what is this", Stop);
        Assert.Contains("cannot be read", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_journal_that_is_gone_is_begun_again_and_the_loss_is_told()
    {
        using (var database = file.Open())
        {
            await InsertAsync(database, "a");
            Assert.False(new SqliteStoreJournal(database).WasMissing);
        }

        File.Delete(JournalPath);
        using var again = file.Open();
        var journal = new SqliteStoreJournal(again);
        Assert.Null(await journal.FindGapAsync(Stop));
        Assert.True(journal.WasMissing);
    }

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
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        timeout.CancelAfter(TimeSpan.FromSeconds(30));
        while (new FileInfo(file.Path + "-wal").Length > 0)
        {
            timeout.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }

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
                for (; !enough.IsCancellationRequested; written++)
                {
                    await Tables(database).WriteAsync(
                        Storage.Tables.Feeds, "feed",
                        [TableWrite.Insert(new TableRow($"x{written:d6}")), TableWrite.Insert(new TableRow($"y{written:d6}"))], Stop);
                }
            }, Stop);
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

        Assert.True(written > 5);
        Assert.Throws<IOException>(() => new SqliteBackup(database).Execute(copies[0]));
    }

    /// <summary>Writes the rows and copies the files as a crash would leave them, to a folder of their own.</summary>
    private async Task<CrashedFiles> CrashAsync(params string[] keys)
    {
        using var database = file.Open();
        foreach (var key in keys)
        {
            await InsertAsync(database, key);
        }

        return new CrashedFiles(file.Path, JournalPath);
    }

    /// <summary>Puts a copy from before the last write back.</summary>
    private async Task PutBackAsync()
    {
        using (var database = file.Open())
        {
            await InsertAsync(database, "copied");
        }

        File.Copy(file.Path, file.Path + ".copy");
        using (var database = file.Open())
        {
            await InsertAsync(database, "lost");
        }

        File.Move(file.Path + ".copy", file.Path, overwrite: true);
    }

    private sealed class CrashedFiles : IDisposable
    {
        private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("dailydigest-");

        public CrashedFiles(string database, string journal)
        {
            Path = System.IO.Path.Combine(folder.FullName, "test.db");
            foreach (var suffix in (string[])["", .. Log])
            {
                File.Copy(database + suffix, Path + suffix);
            }

            File.Copy(journal, System.IO.Path.ChangeExtension(Path, ".journal"));
        }

        public string Path { get; }

        public void Dispose() => folder.Delete(recursive: true);
    }
}
