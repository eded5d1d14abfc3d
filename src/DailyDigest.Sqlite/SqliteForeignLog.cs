using System.Globalization;
using DailyDigest.Storage;
using Microsoft.Data.Sqlite;

namespace DailyDigest.Sqlite;

/// <summary>
/// A copy that was put in the place of the database by hand, while the log of the database before lay beside it. SQLite would apply that
/// log to the copy, and mix the two. The journal knows how much a checkpoint had moved into the database file; a copy has less.
/// </summary>
internal static class SqliteForeignLog
{
    private static readonly string[] Companions = ["-wal", "-shm"];

    /// <summary>
    /// Renames a log that does not belong to the database file. Call it before the database is opened. If the file cannot be read without
    /// its log, for example while another process moves the log into it, nothing is known and nothing is done. Returns the number of the
    /// last write in the file alone; 0 if unknown.
    /// </summary>
    public static long MoveAside(string path, string journalPath, TimeProvider time)
    {
        var header = SqliteJournal.ReadHeader(journalPath);
        var sequence = Sequence(path);
        if (sequence is null || header is null || sequence >= header.Checkpoint)
        {
            return Math.Max(0, sequence ?? 0);
        }

        // Again: another process may have been first, and the log may be its own by now.
        if (SqliteJournal.ReadHeader(journalPath)?.Checkpoint > 0)
        {
            var ending = $".foreign-{time.GetUtcNow().ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture)}";
            foreach (var suffix in Companions.Where(suffix => File.Exists(path + suffix)))
            {
                File.Move(path + suffix, path + suffix + ending, overwrite: true);
            }

            using var journal = new SqliteJournal(journalPath);
            journal.Open(header.Store, header.Sequence, header.Written);
            journal.ForgetCheckpoint();
            journal.Sync();
        }

        return 0;
    }

    /// <summary>The number of the last write in the database file alone, without its log; -1 if it is of an older version.</summary>
    private static long? Sequence(string path)
    {
        try
        {
            using var session = new SqliteSession(
                new Uri(path).AbsoluteUri + "?immutable=1", SqliteOpenMode.ReadOnly, TimeSpan.FromMilliseconds(100));
            return SqliteStore.TryRead(session)?.Sequence ?? -1;
        }
        catch (SqliteException)
        {
            return null;
        }
    }
}
