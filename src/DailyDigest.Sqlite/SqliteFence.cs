namespace DailyDigest.Sqlite;

/// <summary>
/// Lets the file refuse each write but those to the mark of a move. The triggers are in the file: they also stop a program of an older
/// version, one that runs now, and one that opens a copy.
/// </summary>
public sealed class SqliteFence(SqliteDatabase database)
{
    /// <summary>The words of the refusal. <see cref="SqliteDatabase"/> turns the error into advice.</summary>
    private const string Words = "the store is closed, because it was moved";

    private static readonly string[] Writes = ["INSERT", "UPDATE", "DELETE"];

    private static readonly (string Table, string Write)[] Fences =
        [.. ((string[])["rows", "messages"]).SelectMany(table => Writes.Select(write => (table, write)))];

    /// <summary>Refuses writes from now on. Writes that have returned are in the file.</summary>
    /// <exception cref="Storage.StorageException">The file cannot be written.</exception>
    public Task CloseAsync(CancellationToken cancellationToken) => ExecuteAsync(
        fence =>
        {
            var row = fence.Write == "DELETE" ? "OLD" : "NEW";
            var when = fence.Table == "rows" ? $" WHEN NOT ({row}.table_name = 'Facts' AND {row}.partition = 'move')" : "";
            return $"CREATE TRIGGER IF NOT EXISTS {Name(fence)} BEFORE {fence.Write} ON {fence.Table}{when} "
                + $"BEGIN SELECT RAISE(ABORT, '{Words}'); END";
        }, cancellationToken);

    /// <summary>Takes writes again.</summary>
    /// <exception cref="Storage.StorageException">The file cannot be written.</exception>
    public Task OpenAsync(CancellationToken cancellationToken) =>
        ExecuteAsync(fence => $"DROP TRIGGER IF EXISTS {Name(fence)}", cancellationToken);

    private Task<bool> ExecuteAsync(Func<(string Table, string Write), string> statement, CancellationToken cancellationToken) =>
        database.WriteAsync(
            session =>
            {
                Array.ForEach(Fences, fence => session.Execute(statement(fence)));
                return (true, true);
            }, cancellationToken);

    private static string Name((string Table, string Write) fence) => $"moved_{fence.Table}_{fence.Write.ToLowerInvariant()}";
}
