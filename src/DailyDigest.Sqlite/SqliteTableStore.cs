using System.Text.Json;
using DailyDigest.Storage;
using Microsoft.Data.Sqlite;

namespace DailyDigest.Sqlite;

/// <summary>The tables in one embedded file. A write that has returned is on the disk.</summary>
public sealed class SqliteTableStore(SqliteDatabase database, TimeProvider time) : ITableStore
{
    private const string Columns = "SELECT row, etag, timestamp, properties FROM rows WHERE table_name = $1 AND partition = $2";
    private const string Get = Columns + " AND row = $3";
    private const string From = Columns + " AND row >= $3 ORDER BY row LIMIT $4";
    private const string After = Columns + " AND row > $3 ORDER BY row LIMIT $4";
    private const string FromBefore = Columns + " AND row >= $3 AND row < $5 ORDER BY row LIMIT $4";
    private const string AfterBefore = Columns + " AND row > $3 AND row < $5 ORDER BY row LIMIT $4";

    private const string Key = " WHERE table_name = $1 AND partition = $2 AND row = $3";
    private const string Exists = "SELECT 1 FROM rows" + Key;
    private const string Values = "INSERT INTO rows (table_name, partition, row, etag, timestamp, properties)"
        + " VALUES ($1, $2, $3, $4, $5, $6)";
    private const string Insert = Values + " ON CONFLICT DO NOTHING";
    private const string Upsert = Values
        + " ON CONFLICT DO UPDATE SET etag = excluded.etag, timestamp = excluded.timestamp, properties = excluded.properties";
    private const string Update = "UPDATE rows SET etag = $4, timestamp = $5, properties = $6" + Key + " AND etag = $7";
    private const string Delete = "DELETE FROM rows" + Key;
    private const string DeleteIf = Delete + " AND etag = $4";

    /// <inheritdoc/>
    public Task PrepareAsync(CancellationToken cancellationToken) => Task.Run(database.Open, cancellationToken);

    /// <inheritdoc/>
    public Task<TableRow?> GetAsync(string table, string partition, string row, CancellationToken cancellationToken)
    {
        TableRules.Check(table, partition, row);
        return Read(session => ReadRows(session.Command(Get, table, partition, row)) is [var found] ? found : null, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<TableRow>> QueryAsync(
        string table, string partition, RowRange range, int take, CancellationToken cancellationToken)
    {
        TableRules.Check(table, partition, take);

        // One lower bound only: with two, SQLite seeks to one and scans to the other, which makes paging quadratic.
        var after = range.After is not null && string.CompareOrdinal(range.After, range.From) >= 0;
        var low = (after ? range.After : range.From) ?? "";
        return Read<IReadOnlyList<TableRow>>(
            session => ReadRows(range.Before is { } before
                ? session.Command(after ? AfterBefore : FromBefore, table, partition, low, take, before)
                : session.Command(after ? After : From, table, partition, low, take)),
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task<WriteResult> WriteAsync(
        string table, string partition, IReadOnlyList<TableWrite> writes, CancellationToken cancellationToken)
    {
        TableRules.Check(table, partition, writes);
        var changes = new Change[writes.Count];
        for (var i = 0; i < changes.Length; i++)
        {
            // An ETag is never used twice, not even for a row that was deleted and inserted again.
            var deletes = writes[i].Kind == WriteKind.Delete;
            changes[i] = new Change(
                writes[i].Kind, writes[i].Row.Key, writes[i].ETag,
                deletes ? "" : Random.Shared.NextInt64().ToString("x16", null), deletes ? "" : SqliteProperties.Format(writes[i].Row));
        }

        return database.WriteAsync(session => Apply(session, table, partition, changes), cancellationToken);
    }

    private (WriteResult, bool) Apply(SqliteSession session, string table, string partition, Change[] changes)
    {
        var now = SqliteProperties.Format(time.GetUtcNow());
        for (var i = 0; i < changes.Length; i++)
        {
            var outcome = Apply(session, table, partition, changes[i], now);
            if (outcome != WriteOutcome.Done)
            {
                return (WriteResult.Refused(outcome, i), false);
            }
        }

        return (WriteResult.Done(Array.ConvertAll(changes, change => change.NewETag)), true);
    }

    private static WriteOutcome Apply(SqliteSession session, string table, string partition, in Change change, string now)
    {
        var (kind, key, etag, newETag, json) = change;
        var changed = (kind, etag) switch
        {
            (WriteKind.Insert, _) => session.Execute(Insert, table, partition, key, newETag, now, json),
            (WriteKind.Upsert, _) => session.Execute(Upsert, table, partition, key, newETag, now, json),
            (WriteKind.Update, not null) => session.Execute(Update, table, partition, key, newETag, now, json, etag),
            (WriteKind.Delete, null) => session.Execute(Delete, table, partition, key),
            (WriteKind.Delete, not null) => session.Execute(DeleteIf, table, partition, key, etag),
            _ => throw new InvalidOperationException($"A write of kind {kind} without an ETag."),
        };
        return changed > 0 ? WriteOutcome.Done
            : kind == WriteKind.Insert ? WriteOutcome.Exists
            : session.Scalar(Exists, table, partition, key) is null ? WriteOutcome.Missing
            : WriteOutcome.Changed;
    }

    private Task<T> Read<T>(Func<SqliteSession, T> read, CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested
            ? Task.FromCanceled<T>(cancellationToken)
            : Task.FromResult(database.Read(read));

    private static List<TableRow> ReadRows(SqliteCommand command)
    {
        using var reader = command.ExecuteReader();
        var rows = new List<TableRow>();
        while (reader.Read())
        {
            var key = reader.GetString(0);
            try
            {
                var row = new TableRow(key) { ETag = reader.GetString(1), Timestamp = SqliteProperties.ParseInstant(reader.GetString(2)) };
                SqliteProperties.Read(reader.GetFieldValue<byte[]>(3), row);
                rows.Add(row);
            }
            catch (Exception error) when (error is FormatException or JsonException or InvalidOperationException)
            {
                throw new StorageException(
                    $"The row {key} of the database is damaged: restore it, or delete it in the sqlite3 shell.", error);
            }
        }

        return rows;
    }

    private readonly record struct Change(WriteKind Kind, string Key, string? ETag, string NewETag, string Json);
}
