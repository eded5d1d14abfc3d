using DailyDigest.Storage;

namespace DailyDigest.Sqlite;

/// <summary>The contents of the database file.</summary>
public sealed class SqliteContents(SqliteDatabase database) : IStoreContents
{
    // Each answer is one seek in the primary key.
    private const string FirstTable = "SELECT min(table_name) FROM rows WHERE table_name > $1";
    private const string FirstPartition = "SELECT min(partition) FROM rows WHERE table_name = $1";
    private const string Following = FirstPartition + " AND partition > $2";

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> ListTablesAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(database.Read<IReadOnlyList<string>>(session =>
        {
            var tables = new List<string>();
            while (session.Scalar(FirstTable, tables.LastOrDefault("")) is string table)
            {
                tables.Add(table);
            }

            return tables;
        }));
    }

    /// <inheritdoc/>
    public Task<string?> NextPartitionAsync(string table, string? after, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(database.Read(
            session => (after is null ? session.Scalar(FirstPartition, table) : session.Scalar(Following, table, after)) as string));
    }
}
