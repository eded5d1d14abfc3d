using DailyDigest.Storage;
using Microsoft.Data.Sqlite;

namespace DailyDigest.Sqlite;

/// <summary>A verified copy of the database.</summary>
/// <param name="Bytes">The size of its file.</param>
/// <param name="Written">Its last write; null if unknown.</param>
public sealed record SqliteCopy(long Bytes, DateTimeOffset? Written);

/// <summary>Copies the database while it is in use.</summary>
public sealed class SqliteBackup(SqliteDatabase database)
{
    private static readonly TimeSpan LockTimeout = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Writes a copy, as the database is at one moment, checks it, and syncs it to the disk. The file appears under its name only when it
    /// is complete. Writers do not wait for it.
    /// </summary>
    /// <exception cref="IOException">The file exists, or cannot be written.</exception>
    /// <exception cref="StorageException">The database cannot be read, or the copy is damaged.</exception>
    public SqliteCopy Execute(string file)
    {
        var temporary = file + ".part";
        try
        {
            OwnerOnly.Create(temporary).Dispose();
            database.Read(session =>
            {
                using var copy = new SqliteSession(temporary, SqliteOpenMode.ReadWrite, LockTimeout);
                session.CopyTo(copy);

                // The copy is one file: with the setting of the original, each opening would create two more.
                copy.Scalar("PRAGMA journal_mode = DELETE");
                return true;
            });
            var verified = Verify(temporary, file);
            using (var written = File.OpenHandle(temporary, FileMode.Open, FileAccess.ReadWrite))
            {
                RandomAccess.FlushToDisk(written);
            }

            File.Move(temporary, file, overwrite: false);
            return verified;
        }
        finally
        {
            File.Delete(temporary);
            File.Delete(temporary + "-journal");
        }
    }

    /// <summary>Reads the whole file and checks it. Messages call it <paramref name="name"/>.</summary>
    /// <exception cref="StorageException">It is damaged, newer, or not a database of this program.</exception>
    public static SqliteCopy Verify(string file, string name)
    {
        try
        {
            using var session = new SqliteSession(file, SqliteOpenMode.ReadWrite, LockTimeout);
            if (!SqliteSchema.IsOurs(session, name))
            {
                throw new StorageException($"The file {name} is not a database of this program.");
            }

            if (session.Scalar("PRAGMA integrity_check(1)") is not "ok")
            {
                throw new StorageException($"The file {name} is damaged: use another copy.");
            }

            return new SqliteCopy(new FileInfo(file).Length, SqliteStore.TryRead(session)?.Written);
        }
        catch (SqliteException error)
        {
            throw new StorageException(
                $"The file {name} is damaged, or not a database ({error.SqliteErrorCode}): use another copy.", error);
        }
    }
}
