using DailyDigest.Sqlite;
using DailyDigest.Testing.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace DailyDigest.Storage.Tests;

/// <summary>A disk that is really full.</summary>
public sealed partial class SqliteTests
{
    [Fact]
    public async Task A_full_disk_is_noticed_by_a_write_and_so_is_its_recovery()
    {
        using var disk = SmallDisk.Mount();
        using var database = new SqliteDatabase(new SqliteOptions { Path = disk.File("test.db") });
        var probe = new ProbeStorage(Tables(database), NullLogger<ProbeStorage>.Instance);
        await InsertAsync(database, "a");
        await probe.ExecuteAsync(Stop);
        Assert.Null(probe.Fault);

        disk.Fill();
        await probe.ExecuteAsync(Stop);
        Assert.Contains("no room", probe.Fault, StringComparison.Ordinal);
        Assert.Equal("a", await KeysAsync(database));

        disk.Free();
        await probe.ExecuteAsync(Stop);
        Assert.Null(probe.Fault);
        Assert.True((await InsertAsync(database, "b")).IsDone);
    }

    [Fact]
    public async Task A_journal_on_a_full_disk_stops_no_write_and_is_completed_later()
    {
        using var disk = SmallDisk.Mount();
        using var database = file.Open(options => options.Journal = disk.File("test.journal"));
        var journal = new SqliteStoreJournal(database);
        var entry = new JournalEntry("left", DateTimeOffset.UnixEpoch, new string('a', 64), new string('b', 64));
        await journal.AppendAsync([entry], Stop);
        disk.Fill();
        for (var i = 0; i < 100; i++)
        {
            await journal.AppendAsync([entry], Stop);
        }

        Assert.Contains("cannot be written", journal.Fault, StringComparison.Ordinal);
        Assert.True((await InsertAsync(database, "a")).IsDone);

        disk.Free();
        await InsertAsync(database, "b");
        Assert.Null(journal.Fault);

        // A write that failed half way may have left some of its lines.
        Assert.True((await journal.ReadAsync(0, Stop)).Count >= 101);
    }
}
