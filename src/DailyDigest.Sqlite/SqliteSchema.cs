using DailyDigest.Storage;

namespace DailyDigest.Sqlite;

/// <summary>
/// The schema and its migrations. A released step never changes; new steps are added at the end. The file's <c>user_version</c> is the
/// number of applied steps. Its <c>application_id</c> distinguishes it from other programs' files.
/// </summary>
internal static class SqliteSchema
{
    /// <summary>"DDig" in ASCII.</summary>
    private const long ApplicationId = 0x44446967;

    private static readonly string[] Steps =
    [
        // 1: the rows. WITHOUT ROWID stores a partition contiguously, in the order of its keys.
        """
        CREATE TABLE rows (
            table_name TEXT NOT NULL,
            partition TEXT NOT NULL,
            row TEXT NOT NULL,
            etag TEXT NOT NULL,
            timestamp TEXT NOT NULL,
            properties TEXT NOT NULL,
            PRIMARY KEY (table_name, partition, row)) STRICT, WITHOUT ROWID;
        """,

        // 2: the queue.
        """
        CREATE TABLE messages (
            id TEXT NOT NULL PRIMARY KEY,
            queue TEXT NOT NULL,
            visible_at TEXT NOT NULL,
            receipt TEXT NOT NULL,
            receptions INTEGER NOT NULL,
            body TEXT NOT NULL) STRICT, WITHOUT ROWID;
        CREATE INDEX messages_visible ON messages (queue, visible_at);
        """,

        // 3: the store itself: its id, and the number and instant of its last write. The journal has the same.
        """
        CREATE TABLE store (
            id TEXT NOT NULL,
            sequence INTEGER NOT NULL,
            written TEXT NOT NULL) STRICT;
        INSERT INTO store VALUES ('', 0, '');
        """,
    ];

    /// <summary>True if the open file is one of ours, of this or an older version.</summary>
    /// <exception cref="StorageException">It is newer, or of another program.</exception>
    public static bool IsOurs(SqliteSession session, string path) => Version(session, path) > 0;

    /// <summary>Creates the schema in a new file, migrates an older one, and refuses any other.</summary>
    /// <exception cref="StorageException">The file is newer, of another program, damaged, or on an unsuitable file system.</exception>
    public static void Prepare(SqliteSession session, string path)
    {
        if (Version(session, path) > 0 && new FileInfo(path).Length <= QuickCheckBytes
            && session.Scalar("PRAGMA quick_check(1)") is not "ok")
        {
            throw new StorageException($"The database {path} is damaged: restore a backup, or move the file away to begin anew.");
        }

        if (session.Scalar("PRAGMA journal_mode = WAL") is not "wal")
        {
            throw new StorageException(
                $"The database {path} is on a file system without shared memory (a network share?): "
                + "set Storage__Path to a file on a local disk.");
        }

        session.Execute("PRAGMA synchronous = FULL");
        session.Execute("PRAGMA journal_size_limit = 67108864");

        // The undo log of a group of writes is small, and readers' data must not be in a temporary file elsewhere.
        session.Execute("PRAGMA temp_store = MEMORY");

        // Deleted data is overwritten. Its former pages leave the log with the next checkpoint.
        session.Execute("PRAGMA secure_delete = ON");
        if (Version(session, path) < Steps.Length)
        {
            Migrate(session, path);
        }
    }

    /// <summary>
    /// A file up to this size is checked when it is opened, in at most about 0.2 s. Damage in a larger file is found when it is read.
    /// </summary>
    private const long QuickCheckBytes = 64 << 20;

    private static void Migrate(SqliteSession session, string path)
    {
        session.Execute("BEGIN IMMEDIATE");
        try
        {
            // Read again: another process may have migrated the file.
            for (var version = Version(session, path); version < Steps.Length; version++)
            {
                session.Execute(Steps[version]);
            }

            session.Execute($"PRAGMA user_version = {Steps.Length}");
            session.Execute($"PRAGMA application_id = {ApplicationId}");
            session.Execute("COMMIT");
        }
        finally
        {
            session.RollBack();
        }
    }

    private static int Version(SqliteSession session, string path)
    {
        // One statement, so one snapshot: another process may be creating the file.
        using var row = session.Command(
            "SELECT v.user_version, a.application_id, (SELECT count(*) FROM sqlite_schema) "
            + "FROM pragma_user_version v, pragma_application_id a").ExecuteReader();
        row.Read();
        var (version, application, tables) = (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2));
        if (application != ApplicationId)
        {
            return tables == 0
                ? 0
                : throw new StorageException($"The database {path} belongs to another program: set Storage__Path to a file of its own.")
                {
                    IsRefusal = true,
                };
        }

        return version <= Steps.Length
            ? (int)version
            : throw new StorageException(
                $"The database {path} has version {version}, this program knows {Steps.Length}: "
                + "use a newer DailyDigest, or restore an older backup.")
            { IsRefusal = true };
    }
}
