using DailyDigest.Runs;
using DailyDigest.Sending;
using Microsoft.Data.Sqlite;

namespace DailyDigest.Sqlite;

/// <summary>Work that waits for the writer. It is either claimed or cancelled.</summary>
internal abstract class SqliteJob
{
    private int settled;

    /// <summary>Claims the job for the writer; false if its caller has cancelled it.</summary>
    public bool TryClaim() => Interlocked.Exchange(ref settled, 1) == 0;

    /// <summary>Cancels the job unless the writer has claimed it.</summary>
    public void TryCancel()
    {
        if (TryClaim())
        {
            Cancel();
        }
    }

    /// <summary>Does the work; false if it must be rolled back. It throws only SQLite errors, which concern the whole group.</summary>
    public abstract bool Run(SqliteSession session);

    /// <summary>Returns the result to the caller, after the commit or rollback.</summary>
    public abstract void Complete();

    /// <summary>Fails the caller, because the transaction failed.</summary>
    public abstract void Fail(Exception error);

    protected abstract void Cancel();
}

/// <inheritdoc/>
internal sealed class SqliteJob<T>(Func<SqliteSession, (T Result, bool Keep)> work, CancellationToken cancellationToken) : SqliteJob
{
    // The writer's thread must not run the callers' continuations.
    private readonly TaskCompletionSource<T> completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T result = default!;
    private Exception? fault;

    public Task<T> Task => completion.Task;

    public override bool Run(SqliteSession session)
    {
        try
        {
            (result, var keep) = work(session);
            return keep;
        }
        catch (Exception error) when (error is not SqliteException)
        {
            fault = error;
            return false;
        }
    }

    public override void Complete()
    {
        if (fault is null)
        {
            completion.TrySetResult(result);
        }
        else
        {
            completion.TrySetException(fault);
        }
    }

    public override void Fail(Exception error) => completion.TrySetException(fault ?? error);

    protected override void Cancel() => completion.TrySetCanceled(cancellationToken);
}
