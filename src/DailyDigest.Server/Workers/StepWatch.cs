using System.Collections.Concurrent;

namespace DailyDigest.Server.Workers;

/// <summary>Knows since when each watched step has been running, and so whether one hangs. Uses the clock that cannot be set.</summary>
internal sealed class StepWatch(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, (long Begun, TimeSpan Limit)> running = new();

    /// <summary>Begins to watch a step; disposing of the result ends it. A worker has one step at a time.</summary>
    /// <param name="worker">The worker's name.</param>
    /// <param name="limit">A step that takes longer hangs: far more than the longest one that still works.</param>
    public IDisposable Begin(string worker, TimeSpan limit)
    {
        running[worker] = (time.GetTimestamp(), limit);
        return new Step(() => running.TryRemove(worker, out _));
    }

    /// <summary>The name of a worker whose step hangs; null if none does.</summary>
    public string? FindHanging() => running
        .Where(step => time.GetElapsedTime(step.Value.Begun) > step.Value.Limit).Select(step => step.Key).FirstOrDefault();

    private sealed class Step(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
