using System.Collections.Concurrent;
using DailyDigest.Runs;
using DailyDigest.Storage;
using Microsoft.Data.Sqlite;

namespace DailyDigest.Sqlite;

/// <summary>
/// The database file. One thread writes (<see cref="SqliteWriter"/>). Readers have their own connections and never wait. Several processes
/// may share the file; a writer waits for another process at most <see cref="SqliteOptions.LockTimeout"/>.
/// </summary>
public sealed class SqliteDatabase : IDisposable
{
    // SQLITE_CONSTRAINT_TRIGGER: the fence of SqliteFence.
    private const int TriggerRefused = 1811;

    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(1);

    private readonly SqliteOptions options;
    private readonly TimeProvider time;
    private readonly string path;
    private readonly string journalPath;
    private readonly SqliteFiles files;
    private readonly Lock opening = new();
    private readonly BlockingCollection<SqliteJob> jobs = [];
    private readonly ConcurrentBag<SqliteSession> readers = [];
    private Thread? thread;
    private SqliteWriter? writer;
    private long lastCheck;
    private volatile bool disposed;

    /// <summary>Does not open the file yet.</summary>
    public SqliteDatabase(SqliteOptions options, TimeProvider? time = null)
    {
        this.options = options;
        this.time = time ?? TimeProvider.System;
        path = Path.GetFullPath(options.Path);
        journalPath = options.Journal.Length > 0 ? Path.GetFullPath(options.Journal) : Path.ChangeExtension(path, ".journal");
        files = new SqliteFiles(path, journalPath);
        Journal = new SqliteJournal(journalPath);
    }

    /// <summary>The full path of the database file.</summary>
    public string FullPath => path;

    /// <summary>The full path of the journal.</summary>
    public string JournalPath => journalPath;

    /// <summary>The database file, its write-ahead log and index, and its journal, as far as they exist.</summary>
    public IEnumerable<string> Files => files.Existing;

    /// <summary>True if neither the database nor its journal exists.</summary>
    public bool IsNew => !Files.Any();

    /// <summary>False for a program that only looks: a missing file is then an error, and is not created.</summary>
    public bool MayCreate { get; set; } = true;

    /// <summary>
    /// False for a file that is thrown away if the program dies before it is complete: its commits do not wait for the disk.
    /// </summary>
    public bool WaitsForDisk { get; init; } = true;

    /// <summary>Time from a write to the checkpoint that empties the log.</summary>
    internal TimeSpan CheckpointAfter { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The journal beside the database.</summary>
    internal SqliteJournal Journal { get; }

    /// <summary>True if the store was written before and its journal was gone, so that a new one was begun.</summary>
    internal bool JournalWasMissing { get; private set; }

    /// <summary>The writes that the store lacks according to its journal; null if it lacks none. Known after <see cref="Open"/>.</summary>
    internal StoreGap? Gap { get; private set; }

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
            var opened = new SqliteWriter(session, jobs, files, Journal, Explain, CheckpointAfter, time) { HasGap = Gap is not null };
            thread = new Thread(opened.Run) { IsBackground = true, Name = "SQLite writer" };
            thread.Start();
            writer = opened;
        }
    }

    /// <summary>Reads on a connection that no other caller uses meanwhile.</summary>
    internal T Read<T>(Func<SqliteSession, T> read)
    {
        Open();
        CheckFiles();
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

    /// <summary>Writes that follow are counted again. Call it on the writer's thread, when the gap was dealt with.</summary>
    internal void CloseGap()
    {
        writer!.HasGap = false;
        Gap = null;
    }

    /// <summary>Writes check the files each time, reads once a second.</summary>
    private void CheckFiles()
    {
        var last = Interlocked.Read(ref lastCheck);
        if (last == 0 || time.GetElapsedTime(last) >= CheckInterval)
        {
            files.Check();
            Interlocked.Exchange(ref lastCheck, time.GetTimestamp());
        }
    }

    private SqliteSession OpenWriter()
    {
        SqliteSession? session = null;
        var opened = false;
        try
        {
            files.Prepare(MayCreate);
            var moved = SqliteForeignLog.MoveAside(path, journalPath, time);
            session = new SqliteSession(path, SqliteOpenMode.ReadWrite, options.LockTimeout);
            SqliteSchema.Prepare(session, path);
            if (!WaitsForDisk)
            {
                session.Execute("PRAGMA synchronous = OFF");
            }

            (Gap, JournalWasMissing) = SqliteStore.Join(session, journalPath, Journal, time.GetUtcNow());
            if (Gap is null && moved > Journal.Checkpoint)
            {
                Journal.NoteCheckpoint(moved);
            }

            files.Remember();
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

    /// <summary>The error with advice for an operator. The numbers are SQLite's primary result codes, sqlite.org/rescode.html.</summary>
    private StorageException Explain(SqliteException error) => new(
        error.SqliteErrorCode switch
        {
            5 or 6 => $"The database {path} is locked by another program: end that program; nothing was written.",
            8 => $"The database {path} cannot be written: give this program the right to write the file and its folder.",
            10 => $"The disk failed under the database {path} ({error.SqliteExtendedErrorCode}): check the disk, then start again.",
            11 => $"The database {path} is damaged: restore a backup, or move the file away to begin anew.",
            13 => $"There is no room for the database {path}: free space on its disk, or raise Storage__MaxMegabytes; nothing was written.",
            19 when error.SqliteExtendedErrorCode == TriggerRefused =>
                $"The database {path} was moved, or is being moved, so nothing is written: serve the store that it was moved to.",
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
        thread?.Join();
        jobs.Dispose();
        Journal.Dispose();
    }

    private void CloseReaders()
    {
        while (readers.TryTake(out var reader))
        {
            reader.Dispose();
        }
    }
}
