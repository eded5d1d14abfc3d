using System.Globalization;
using DailyDigest.Storage;
using Microsoft.Data.Sqlite;

namespace DailyDigest.Sqlite;

/// <summary>A database that was put back.</summary>
/// <param name="Written">Its last write; null if unknown.</param>
/// <param name="Aside">The present path of the database that was replaced; null if there was none.</param>
public sealed record SqliteRestored(DateTimeOffset? Written, string? Aside);

/// <summary>
/// Puts a copy in the place of the database. It does not open the store: at its next opening the journal says what the copy does not know.
/// </summary>
public sealed class SqliteRestore(SqliteDatabase database, TimeProvider time)
{
    private static readonly string[] Companions = ["-wal", "-shm"];
    private static readonly TimeSpan LockTimeout = TimeSpan.FromSeconds(1);

    /// <summary>Checks the copy, moves the present database aside, and puts the copy in its place. The copy itself stays.</summary>
    /// <exception cref="StorageException">The copy is damaged or of another store, or a program uses the database.</exception>
    /// <exception cref="IOException">A file cannot be read or written.</exception>
    public SqliteRestored Execute(string copy)
    {
        var path = database.FullPath;
        var temporary = path + ".restoring";
        OwnerOnly.CreateFolder(Path.GetDirectoryName(path)!);
        try
        {
            var (written, store) = Prepare(copy, temporary);
            var journal = SqliteJournal.ReadHeader(database.JournalPath);
            if (journal is not null && store is { Id.Length: > 0 } && store.Id != journal.Store)
            {
                throw new StorageException(
                    $"The copy {copy} is of another database than the journal {database.JournalPath}: use a copy of this one, or move the "
                        + "journal away to begin with another.");
            }

            var aside = MoveAside(path);
            File.Move(temporary, path);
            if (journal is null)
            {
                // Nobody knows what was written after the copy. All until now may have been.
                using var begun = new SqliteJournal(database.JournalPath);
                begun.Open(
                    store is { Id.Length: > 0 } ? store.Id : Guid.NewGuid().ToString("n", CultureInfo.InvariantCulture),
                    (store?.Sequence ?? 0) + 1, time.GetUtcNow());
            }

            return new SqliteRestored(written, aside);
        }
        finally
        {
            Array.ForEach(["", .. Companions, "-journal"], suffix => File.Delete(temporary + suffix));
        }
    }

    /// <summary>Copies the copy, with its log if it has one, so that looking at it changes nothing, and checks it.</summary>
    private static (DateTimeOffset? Written, SqliteStore? Store) Prepare(string copy, string temporary)
    {
        foreach (var suffix in (string[])["", "-wal"])
        {
            if (suffix == "" || File.Exists(copy + suffix))
            {
                using var source = File.OpenRead(copy + suffix);
                using var target = OwnerOnly.Create(temporary + suffix);
                source.CopyTo(target);
                target.Flush(flushToDisk: true);
            }
        }

        var written = SqliteBackup.Verify(temporary, copy).Written;
        using var session = new SqliteSession(temporary, SqliteOpenMode.ReadWrite, LockTimeout);
        session.Scalar("PRAGMA journal_mode = DELETE");
        return (written, SqliteStore.TryRead(session));
    }

    /// <summary>Renames the database and its log. Returns the new name; null if there is no database.</summary>
    private string? MoveAside(string path)
    {
        if (!File.Exists(path))
        {
            // A log without a database belongs to the one that is lost.
            Array.ForEach(Companions, suffix => File.Delete(path + suffix));
            return null;
        }

        RefuseIfInUse(path);
        var aside = $"{path}.before-restore-{time.GetUtcNow().ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture)}";
        File.Move(path, aside);
        foreach (var suffix in Companions.Where(suffix => File.Exists(path + suffix)))
        {
            File.Move(path + suffix, aside + suffix);
        }

        return aside;
    }

    private static void RefuseIfInUse(string path)
    {
        try
        {
            using var session = new SqliteSession(path, SqliteOpenMode.ReadWrite, LockTimeout);
            session.Scalar("PRAGMA locking_mode = EXCLUSIVE");
            session.Execute("BEGIN IMMEDIATE");
            session.RollBack();
            session.Dispose();

            // The last ordinary connection moves the log into the database and removes it, so that one file is moved aside.
            using var last = new SqliteSession(path, SqliteOpenMode.ReadWrite, LockTimeout);
            last.Scalar("PRAGMA user_version");
        }
        catch (SqliteException error) when (error.SqliteErrorCode is 5 or 6)
        {
            throw new StorageException($"A program uses the database {path}: stop it, then restore.", error);
        }
        catch (SqliteException)
        {
            // Damaged; that is why it is replaced.
        }
    }
}
