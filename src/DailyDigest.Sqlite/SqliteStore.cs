using System.Globalization;
using DailyDigest.Storage;

namespace DailyDigest.Sqlite;

/// <summary>The store's own row: its id, and the number and instant of its last write.</summary>
/// <param name="Id">32 hex digits; empty before the first opening.</param>
/// <param name="Sequence">Counts the transactions.</param>
/// <param name="Written">The instant of the last one; null if unknown.</param>
internal sealed record SqliteStore(string Id, long Sequence, DateTimeOffset? Written)
{
    private const string Select = "SELECT id, sequence, written FROM store";
    private const string Stamp = "UPDATE store SET sequence = sequence + 1, written = $1 RETURNING sequence";
    private const string Name = "UPDATE store SET id = $1 WHERE id = ''";
    private const string Advance = "UPDATE store SET sequence = max(sequence, $1)";

    /// <summary>Reads the row.</summary>
    public static SqliteStore Read(SqliteSession session)
    {
        using var row = session.Command(Select).ExecuteReader();
        row.Read();
        var written = row.GetString(2);
        return new SqliteStore(row.GetString(0), row.GetInt64(1), written == "" ? null : SqliteProperties.ParseInstant(written));
    }

    /// <summary>Reads the row; null if the file is of a version that has none.</summary>
    public static SqliteStore? TryRead(SqliteSession session) =>
        session.Scalar("SELECT count(*) FROM sqlite_schema WHERE name = 'store'") is 1L ? Read(session) : null;

    /// <summary>Opens the store's journal. Names a new store, or takes the name from its journal. Returns what the store lacks,
    /// and whether its journal was gone.</summary>
    /// <exception cref="StorageException">The journal cannot be opened, or belongs to another store.</exception>
    public static (StoreGap? Gap, bool WasMissing) Join(
        SqliteSession session, string journalPath, SqliteJournal journal, DateTimeOffset now)
    {
        // The journal first: another process may be writing, and the store is never behind a line that was read before.
        var header = SqliteJournal.ReadHeader(journalPath);
        var store = Read(session);
        if (header is null || store.Id == "")
        {
            session.Execute("BEGIN IMMEDIATE");
            try
            {
                header = SqliteJournal.ReadHeader(journalPath);
                session.Execute(Name, header?.Store ?? Guid.NewGuid().ToString("n", CultureInfo.InvariantCulture));
                store = Read(session);
                journal.Open(store.Id, store.Sequence, store.Written ?? now);
                session.Execute("COMMIT");
            }
            finally
            {
                session.RollBack();
            }
        }
        else
        {
            journal.Open(store.Id, store.Sequence, store.Written ?? now);
        }

        return header is null ? (null, store.Sequence > 0)
            : header.Sequence > store.Sequence ? (new StoreGap(store.Written, header.Written, store.Sequence, header.Sequence), false)
            : (null, false);
    }

    /// <summary>Counts the open transaction, and returns its number.</summary>
    public static long Count(SqliteSession session, DateTimeOffset now) =>
        (long)session.Scalar(Stamp, SqliteProperties.Format(now))!;

    /// <summary>Counts on from the number, if it is higher.</summary>
    public static void CountFrom(SqliteSession session, long sequence) => session.Execute(Advance, sequence);
}
