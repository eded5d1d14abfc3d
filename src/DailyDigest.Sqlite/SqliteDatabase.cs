using System.Collections.Concurrent;
using DailyDigest.Runs;
using DailyDigest.Storage;
using Microsoft.Data.Sqlite;

namespace DailyDigest.Sqlite;

/// <summary>
/// The database file. One thread writes: it commits the waiting jobs of all callers in one transaction and then completes them, so that one
/// disk sync serves many. Readers have their own connections and never wait. Several processes may share the file; a writer waits for
/// another process at most <see cref="SqliteOptions.LockTimeout"/>.
/// </summary>
public sealed class SqliteDatabase : IDisposable
{
    private const int MaxGroup = 256;

    private readonly SqliteOptions options;
    private readonly string path;
    private readonly Lock opening = new();
    private readonly BlockingCollection<SqliteJob> jobs = [];
    private readonly ConcurrentBag<SqliteSession> readers = [];
    private Thread? writer;
    private volatile bool disposed;

    /// <summary>Does not open the file yet.</summary>
    public SqliteDatabase(SqliteOptions options)
    {
        this.options = options;
        path = Path.GetFullPath(options.Path);
    }

    /// <summary>Opens or creates the file, migrates its schema and starts the writer. Further calls do nothing.</summary>
    /// <exception cref="StorageException">The file is damaged, newer, of another program, locked or read-only.</exception>
    public void Open()
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (writer is not null)
        {
            return;
        }

        lock (opening)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            if (writer is not null)
            {
                return;
            }

            var session = OpenWriter();
            var thread = new Thread(() => Write(session)) { IsBackground = true, Name = "SQLite writer" };
            thread.Start();
            writer = thread;
        }
    }

    /// <summary>Reads on a connection that no other caller uses meanwhile.</summary>
    internal T Read<T>(Func<SqliteSession, T> read)
    {
        Open();
        SqliteSession? session = null;
        try
        {
            session = readers.TryTake(out var idle) ? idle : new SqliteSession(path, SqliteOpenMode.ReadOnly, options.LockTimeout);
            var result = read(session);
            readers.Add(session);
            session = null;
            return result;
        }
        catch (SqliteException error)
        {
            throw Explain(error);
        }
        finally
        {
            session?.Dispose();
            if (disposed)
            {
                CloseReaders();
            }
        }
    }

    /// <summary>
    /// Runs the work on the writer thread. On return its changes are synced to disk, or rolled back if it returned false for Keep.
    /// A cancellation before the work begins cancels it. A later one has no effect, and the result is returned.
    /// </summary>
    internal async Task<T> WriteAsync<T>(Func<SqliteSession, (T Result, bool Keep)> work, CancellationToken cancellationToken)
    {
        Open();
        var job = new SqliteJob<T>(work, cancellationToken);
        using var registration = cancellationToken.Register(static state => ((SqliteJob)state!).TryCancel(), job);
        try
        {
            jobs.Add(job, CancellationToken.None);
        }
        catch (InvalidOperationException)
        {
            throw new ObjectDisposedException(nameof(SqliteDatabase));
        }

        return await job.Task;
    }

    private SqliteSession OpenWriter()
    {
        SqliteSession? session = null;
        var opened = false;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            session = new SqliteSession(path, SqliteOpenMode.ReadWriteCreate, options.LockTimeout);
            SqliteSchema.Prepare(session, path);
            if (options.MaxMegabytes > 0)
            {
                session.Execute(
                    $"PRAGMA max_page_count = {options.MaxMegabytes * ((1 << 20) / (long)session.Scalar("PRAGMA page_size")!)}");
            }

            opened = true;
            return session;
        }
        catch (SqliteException error)
        {
            throw Explain(error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StorageException(
                $"The folder of {path} cannot be created: set Storage__Path to a file in a folder that this program may write to.", error);
        }
        finally
        {
            if (!opened)
            {
                session?.Dispose();
            }
        }
    }

    private void Write(SqliteSession session)
    {
        using (session)
        {
            var group = new List<SqliteJob>();
            foreach (var first in jobs.GetConsumingEnumerable())
            {
                group.Clear();
                for (var job = first; job is not null; job = group.Count < MaxGroup && jobs.TryTake(out var next) ? next : null)
                {
                    if (job.TryClaim())
                    {
                        group.Add(job);
                    }
                }

                if (group.Count > 0)
                {
                    Commit(session, group);
                }
            }
        }
    }

    private void Commit(SqliteSession session, List<SqliteJob> group)
    {
        try
        {
            session.Execute("BEGIN IMMEDIATE");
            foreach (var job in group)
            {
                session.Execute("SAVEPOINT job");
                if (!job.Run(session))
                {
                    session.Execute("ROLLBACK TO job");
                }

                session.Execute("RELEASE job");
            }

            session.Execute("COMMIT");
        }
#pragma warning disable CA1031 // Every caller of the group gets the exception, and the writer continues.
        catch (Exception error)
#pragma warning restore CA1031
        {
            RollBack(session);
            foreach (var job in group)
            {
                job.Fail(error is SqliteException sqlite ? Explain(sqlite) : error);
            }

            return;
        }

        foreach (var job in group)
        {
            job.Complete();
        }
    }

    private static void RollBack(SqliteSession session)
    {
        try
        {
            session.RollBack();
        }
        catch (SqliteException)
        {
            // The first error is reported. If this one persists, the next transaction fails with it.
        }
    }

    /// <summary>The error with advice for an operator. The numbers are SQLite's primary result codes, sqlite.org/rescode.html.</summary>
    private StorageException Explain(SqliteException error) => new(
        error.SqliteErrorCode switch
        {
            5 or 6 => $"The database {path} is locked by another program: end that program; nothing was written.",
            8 => $"The database {path} cannot be written: give this program the right to write the file and its folder.",
            10 => $"The disk failed under the database {path} ({error.SqliteExtendedErrorCode}): check the disk, then start again.",
            11 => $"The database {path} is damaged: restore a backup, or move the file away to begin anew.",
            13 => $"There is no room for the database {path}: free space on its disk, or raise Storage__MaxMegabytes; nothing was written.",
            14 => $"The database {path} cannot be opened: set Storage__Path to a file in a folder that this program may write to.",
            26 => $"The file {path} is not a database: set Storage__Path to another file.",
            _ => $"The database {path} failed: {error.Message}",
        }, error);

    /// <summary>Ends the writer after its accepted jobs, and closes the file.</summary>
    public void Dispose()
    {
        lock (opening)
        {
            if (disposed)
            {
                return;
            }

            disposed = true;
        }

        // The readers close first: the last connection to close removes the write-ahead log, which a read-only connection cannot do.
        CloseReaders();
        jobs.CompleteAdding();
        writer?.Join();
        jobs.Dispose();
    }

    private void CloseReaders()
    {
        while (readers.TryTake(out var reader))
        {
            reader.Dispose();
        }
    }
}
