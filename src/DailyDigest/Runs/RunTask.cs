using DailyDigest.Storage;

namespace DailyDigest.Runs;

/// <summary>
/// Work on the deliveries of a run that an operator ordered. It reads every reader of the run, so a large run's work is left to the sweep.
/// </summary>
public enum RunTask
{
    /// <summary>The waiting readers are due now.</summary>
    Retry,

    /// <summary>It is sent again to readers who certainly did not get it.</summary>
    Missing,

    /// <summary>It is sent again to readers who may have it and are held.</summary>
    Held,

    /// <summary>Deliveries in doubt are held.</summary>
    Hold,
}

/// <summary>The result of such work.</summary>
/// <param name="Task">The work.</param>
/// <param name="At">When it ended.</param>
/// <param name="Readers">Readers whom it changed.</param>
/// <param name="Busy">Readers whom it left as they were, because a worker was sending to them.</param>
public sealed record RunTaskResult(RunTask Task, DateTimeOffset At, long Readers, long Busy)
{
    internal static RunTaskResult? Read(TableRow row) =>
        Enum.TryParse<RunTask>(row.Text("lastTask"), out var task) && row.Instant("lastTaskAt") is { } at
            ? new RunTaskResult(task, at, row.Whole("lastTaskReaders") ?? 0, row.Whole("lastTaskBusy") ?? 0) : null;

    internal void Write(TableRow row)
    {
        row.Add("lastTask", Task.ToString());
        row.Add("lastTaskAt", At);
        row.Add("lastTaskReaders", Readers);
        row.Add("lastTaskBusy", Busy);
    }
}
