using Microsoft.Data.Sqlite;

namespace DailyDigest.Sqlite;

/// <summary>One connection with its prepared statements. Used by one thread at a time.</summary>
internal sealed class SqliteSession : IDisposable
{
    private readonly SqliteConnection connection;
    private readonly TimeSpan lockTimeout;
    private readonly Dictionary<string, SqliteCommand> prepared = [];

    /// <summary>Opens the file.</summary>
    /// <exception cref="SqliteException">The file cannot be opened.</exception>
    public SqliteSession(string path, SqliteOpenMode mode, TimeSpan lockTimeout)
    {
        // The driver polls a locked file every 150 ms until its own timeout. SQLite's busy handler, set below, is faster and runs first.
        // The driver's pool is off: it would keep the file open after Dispose.
        this.lockTimeout = lockTimeout;
        connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = mode,
            Pooling = false,
            DefaultTimeout = 1,
        }.ToString());
        try
        {
            connection.Open();
            SetLockTimeout(lockTimeout);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The prepared statement with its parameters $1, $2, and so on. Dispose its reader before the next use.</summary>
    public SqliteCommand Command(string sql, params ReadOnlySpan<object> values)
    {
        if (!prepared.TryGetValue(sql, out var command))
        {
            command = connection.CreateCommand();
#pragma warning disable CA2100 // Every statement is a constant of this project; values are parameters.
            command.CommandText = sql;
#pragma warning restore CA2100
            for (var i = 0; i < values.Length; i++)
            {
                command.Parameters.Add(new SqliteParameter { ParameterName = $"${i + 1}" });
            }

            prepared.Add(sql, command);
        }

        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i];
        }

        return command;
    }

    /// <summary>Runs a statement and returns the number of rows it changed.</summary>
    public int Execute(string sql, params ReadOnlySpan<object> values) => Command(sql, values).ExecuteNonQuery();

    /// <summary>Runs a statement and returns its first value, or null if there is none.</summary>
    public object? Scalar(string sql, params ReadOnlySpan<object> values) => Command(sql, values).ExecuteScalar();

    /// <summary>Does the work with another time for which it waits for locks.</summary>
    public T Within<T>(TimeSpan timeout, Func<T> work)
    {
        SetLockTimeout(timeout);
        try
        {
            return work();
        }
        finally
        {
            SetLockTimeout(lockTimeout);
        }
    }

    /// <summary>Copies the whole database, as it is at this moment, into the one that is open in the other session.</summary>
    /// <exception cref="SqliteException">The copy failed; the file is useless.</exception>
    public void CopyTo(SqliteSession copy) => connection.BackupDatabase(copy.connection);

    /// <summary>Rolls back the open transaction. Does nothing if SQLite has done so already, as it does when the disk is full.</summary>
    public void RollBack()
    {
        if (SQLitePCL.raw.sqlite3_get_autocommit(connection.Handle) == 0)
        {
            Execute("ROLLBACK");
        }
    }

    private void SetLockTimeout(TimeSpan timeout) => Execute($"PRAGMA busy_timeout = {(int)timeout.TotalMilliseconds}");

    public void Dispose()
    {
        foreach (var command in prepared.Values)
        {
            command.Dispose();
        }

        connection.Dispose();
    }
}
