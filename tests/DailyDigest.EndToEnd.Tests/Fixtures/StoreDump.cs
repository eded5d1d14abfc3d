using System.Globalization;
using Microsoft.Data.Sqlite;

namespace DailyDigest.EndToEnd.Tests.Fixtures;

/// <summary>Reads every row of every table in the embedded file.</summary>
internal static class StoreDump
{
    public static async Task<IReadOnlyList<string>> ReadAsync(string path, CancellationToken cancellationToken)
    {
        await using var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        await connection.OpenAsync(cancellationToken);
        var rows = new List<string>();
        foreach (var table in await ReadAsync(
            connection, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name", cancellationToken))
        {
            rows.AddRange((await ReadAsync(connection, $"SELECT * FROM \"{table}\"", cancellationToken)).Select(row => table + ": " + row));
        }

        rows.Sort(StringComparer.Ordinal);
        return rows;
    }

    private static async Task<List<string>> ReadAsync(SqliteConnection connection, string query, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = query;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<string>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(column => reader.GetValue(column) switch
            {
                byte[] bytes => Convert.ToHexStringLower(bytes),
                var value => Convert.ToString(value, CultureInfo.InvariantCulture),
            })));
        }

        return rows;
    }
}
