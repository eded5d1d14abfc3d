using System.Collections.Concurrent;
using DailyDigest.Storage;
using Microsoft.Data.Sqlite;

namespace DailyDigest.Sqlite;

/// <summary>
/// The thread that writes: it commits the waiting jobs of all callers in one transaction and then completes them, so that one disk sync
/// serves many. Half a minute after a commit it moves the log into the database and empties it: a copy of the file lacks little, and erased
/// data leaves the log.
/// </summary>
internal sealed class SqliteWriter(
    SqliteSession session, BlockingCollection<SqliteJob> jobs, SqliteFiles files, SqliteJournal journal,
    Func<SqliteException, StorageException> explain, TimeSpan checkpointAfter, TimeProvider time)
{
    private const int MaxGroup = 256;
    private static readonly TimeSpan CheckpointTimeout = TimeSpan.FromSeconds(1);

    private long? dirtySince;
    private long last;

    /// <summary>True while the store lacks writes that the journal has seen: then writes are not counted, so that the gap stays.</summary>
    public bool HasGap { get; set; }

    /// <summary>Works until no job is accepted any more and all are done; then closes the session.</summary>
    public void Run()
    {
        using (session)
        {
            var group = new List<SqliteJob>();
            while (!jobs.IsCompleted)
            {
                group.Clear();
                _ = jobs.TryTake(out var job, UntilCheckpoint());
                for (; job is not null; job = group.Count < MaxGroup && jobs.TryTake(out var next) ? next : null)
                {
                    if (job.TryClaim())
                    {
                        group.Add(job);
                    }
                }

                if (group.Count > 0)
                {
                    Commit(group);
                }

                if (UntilCheckpoint() == 0)
                {
                    Checkpoint();
                }
            }

            journal.Sync();
        }
    }

    private void Commit(List<SqliteJob> group)
    {
        try
        {
            files.Check();
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

            journal.AppendWaiting();
            var now = time.GetUtcNow();
            var sequence = HasGap ? 0 : SqliteStore.Count(session, now);
            session.Execute("COMMIT");
            dirtySince ??= time.GetTimestamp();
            journal.Mark(sequence, now);
            last = sequence;
        }
#pragma warning disable CA1031 // Every caller of the group gets the exception, and the writer continues.
        catch (Exception error)
#pragma warning restore CA1031
        {
            RollBack();
            foreach (var job in group)
            {
                job.Fail(error is SqliteException sqlite ? explain(sqlite) : error);
            }

            return;
        }

        foreach (var job in group)
        {
            job.Complete();
        }
    }

    private void NoteCheckpoint()
    {
        if (HasGap || last == 0)
        {
            journal.ForgetCheckpoint();
        }
        else
        {
            journal.NoteCheckpoint(last);
        }
    }

    private void RollBack()
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

    /// <summary>Milliseconds until the log is to be emptied; -1 for never, because nothing was written since.</summary>
    private int UntilCheckpoint() => dirtySince is not { } since ? Timeout.Infinite
        : (int)Math.Max(0, Math.Ceiling((checkpointAfter - time.GetElapsedTime(since)).TotalMilliseconds));

    /// <summary>A reader of the log can prevent it, or the disk fail. It is then tried again after the same time.</summary>
    private void Checkpoint()
    {
        dirtySince = time.GetTimestamp();
        try
        {
            files.Check();
            journal.Sync();
            if (session.Within(CheckpointTimeout, () => session.Scalar("PRAGMA wal_checkpoint(TRUNCATE)")) is 0L)
            {
                dirtySince = null;
                NoteCheckpoint();
            }
        }
        catch (Exception error) when (error is SqliteException or StorageException)
        {
            // The next write reports it.
        }
    }
}
