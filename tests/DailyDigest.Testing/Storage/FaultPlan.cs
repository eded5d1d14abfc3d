using System.Collections.Concurrent;

namespace DailyDigest.Testing.Storage;

/// <summary>A call of a storage port.</summary>
/// <param name="Operation">Its method without Async: Get, Query, Write, Enqueue, Receive, Complete, Abandon, Prepare.</param>
/// <param name="Place">The table or queue; empty for Prepare.</param>
/// <param name="Partition">The partition; empty for queues.</param>
/// <param name="Number">1 for the first call of all, counted over the plan.</param>
/// <param name="OperationNumber">1 for the first call of this operation.</param>
public sealed record StorageCall(string Operation, string Place, string Partition, int Number, int OperationNumber)
{
    /// <summary>True for calls that change something.</summary>
    public bool Writes => Operation is "Write" or "Enqueue" or "Receive" or "Complete" or "Abandon";

    /// <summary>True for a request to the table store: a batch is one. False for the queue.</summary>
    public bool IsOfTables => Operation is "Get" or "Query" or "Write";
}

/// <summary>
/// Scripted faults, shared by the table and queue decorators of one program, so that one count covers both. A hook that throws
/// before a call prevents it. A hook that throws after a call hides its outcome from the caller, as a lost reply does.
/// After <see cref="StopBefore"/> or <see cref="StopAfter"/> has taken effect, every later call fails too, as if the process were dead.
/// </summary>
public sealed class FaultPlan
{
    private readonly ConcurrentQueue<StorageCall> trace = new();
    private readonly ConcurrentDictionary<string, int> counts = new();
    private int writes;
    private int calls;
    private volatile bool stopped;

    /// <summary>Runs before a call. Its exception replaces the call.</summary>
    public Func<StorageCall, Task>? Before { get; set; }

    /// <summary>Runs after a call. Its exception is thrown although the call was carried out.</summary>
    public Func<StorageCall, Task>? After { get; set; }

    /// <summary>The program stops before its Nth write (1 is the first); null for never.</summary>
    public int? StopBefore { get; set; }

    /// <summary>The program stops after its Nth write, before it learns the outcome; null for never.</summary>
    public int? StopAfter { get; set; }

    /// <summary>True once the program has been stopped.</summary>
    public bool Stopped => stopped;

    /// <summary>How many writes were begun.</summary>
    public int Writes => Volatile.Read(ref writes);

    /// <summary>The calls begun so far, in order.</summary>
    public IReadOnlyList<StorageCall> Trace => [.. trace];

    /// <summary>Resets the plan for a restarted program: counts are zero, no fault is planned, the trace is empty.</summary>
    public void Restart()
    {
        stopped = false;
        writes = 0;
        calls = 0;
        counts.Clear();
        trace.Clear();
        (Before, After, StopBefore, StopAfter) = (null, null, null, null);
    }

    internal async Task<T> RunAsync<T>(string operation, string place, string partition, Func<Task<T>> call)
    {
        ThrowIfStopped();
        var begun = new StorageCall(
            operation, place, partition, Interlocked.Increment(ref calls), counts.AddOrUpdate(operation, 1, (_, count) => count + 1));
        var write = begun.Writes ? Interlocked.Increment(ref writes) : 0;
        stopped |= write > 0 && write == StopBefore;
        ThrowIfStopped();
        trace.Enqueue(begun);
        if (Before is { } before)
        {
            await before(begun);
        }

        var result = await call();
        stopped |= write > 0 && write == StopAfter;
        ThrowIfStopped();
        if (After is { } after)
        {
            await after(begun);
        }

        return result;
    }

    private void ThrowIfStopped()
    {
        if (stopped)
        {
            throw new ProgramStoppedException();
        }
    }
}

/// <summary>The plan stopped the program here. No code of the product may catch it, except to rethrow it.</summary>
public sealed class ProgramStoppedException : Exception
{
    /// <summary>Creates the exception.</summary>
    public ProgramStoppedException() : base("The fault plan stopped the program here.") { }

    /// <summary>Creates the exception.</summary>
    public ProgramStoppedException(string message) : base(message) { }

    /// <summary>Creates the exception.</summary>
    public ProgramStoppedException(string message, Exception inner) : base(message, inner) { }
}
