using DailyDigest.Sqlite;

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
    public async Task A_copy_put_back_beside_an_older_log_is_not_mixed_with_it()
    {
        using (var database = file.Open())
        {
            await InsertAsync(database, "copied");
        }

        File.Copy(file.Path, file.Path + ".copy");
        using var running = new SqliteDatabase(new SqliteOptions { Path = file.Path }) { CheckpointAfter = TimeSpan.FromMilliseconds(50) };
        for (var i = 0; i < 300; i++)
        {
            await InsertAsync(running, $"lost{i}", new string('x', 500));
        }

        await CheckpointAsync();
        await InsertAsync(running, "logged");
        using var crashed = new CrashedFiles(file.Path, JournalPath);
        File.Copy(file.Path + ".copy", crashed.Path, overwrite: true);

        using (var again = new SqliteDatabase(new SqliteOptions { Path = crashed.Path }))
        {
            Assert.IsType<StoreGap>(await new SqliteStoreJournal(again).FindGapAsync(Stop));
            Assert.Equal("copied", await KeysAsync(again));

            // A second program must not take the log of the first for a foreign one.
            using var second = new SqliteDatabase(new SqliteOptions { Path = crashed.Path });
            await InsertAsync(second, "second");
            await InsertAsync(again, "again");
            Assert.Equal("again copied second", await KeysAsync(second));
        }

        Assert.NotEmpty(Directory.GetFiles(Path.GetDirectoryName(crashed.Path)!, "*-wal.foreign-*"));
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
    public void Two_processes_never_set_the_first_line_back()
    {
        var (store, at) = (new string('a', 32), DateTimeOffset.UnixEpoch);
        using SqliteJournal one = new(JournalPath), two = new(JournalPath);
        one.Open(store, 1, at);
        two.Open(store, 1, at);
        two.Mark(9, at.AddHours(9));
        one.NoteCheckpoint(7);
        Assert.Equal(new JournalHeader(store, 9, at.AddHours(9), 7), SqliteJournal.ReadHeader(JournalPath));

        one.Mark(8, at.AddHours(8));
        two.NoteCheckpoint(5);
        two.Mark(10, at.AddHours(10));
        Assert.Equal(new JournalHeader(store, 10, at.AddHours(10), 7), SqliteJournal.ReadHeader(JournalPath));
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
