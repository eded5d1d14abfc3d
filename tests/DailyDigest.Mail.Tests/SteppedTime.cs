using Microsoft.Extensions.Time.Testing;

namespace DailyDigest.Mail.Tests;

/// <summary>
/// A clock that a test advances, also from timer to timer: the test does not have to know when code under test sets its timer.
/// </summary>
internal sealed class SteppedTime(DateTimeOffset start) : FakeTimeProvider(start)
{
    private readonly Lock gate = new();
    private readonly Dictionary<ITimer, DateTimeOffset> due = [];

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Watched(this, base.CreateTimer(callback, state, dueTime, period));
        timer.Note(dueTime, period);
        return timer;
    }

    /// <summary>
    /// Advances from timer to timer, each no further away than the given span, until the task is completed. Returns the time it took.
    /// </summary>
    public async Task<TimeSpan> AdvanceUntilAsync(Task met, TimeSpan furthest, CancellationToken cancellationToken)
    {
        var began = GetUtcNow();
        while (!met.IsCompleted)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (Next(furthest) is { } step)
            {
                Advance(step);
            }

            await Task.Yield();
        }

        return GetUtcNow() - began;
    }

    private TimeSpan? Next(TimeSpan furthest)
    {
        lock (gate)
        {
            var now = GetUtcNow();
            var next = due.Values.Where(at => at > now).DefaultIfEmpty(DateTimeOffset.MaxValue).Min() - now;
            return next <= furthest ? next : null;
        }
    }

    /// <summary>A timer that fires once is noted; one that repeats does not stand for a wait.</summary>
    private sealed class Watched(SteppedTime time, ITimer timer) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var changed = timer.Change(dueTime, period);
            Note(dueTime, period);
            return changed;
        }

        public void Note(TimeSpan dueTime, TimeSpan period)
        {
            lock (time.gate)
            {
                time.due.Remove(this);
                if (dueTime > TimeSpan.Zero && period <= TimeSpan.Zero)
                {
                    time.due.Add(this, time.GetUtcNow() + dueTime);
                }
            }
        }

        public void Dispose()
        {
            Forget();
            timer.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Forget();
            return timer.DisposeAsync();
        }

        private void Forget()
        {
            lock (time.gate)
            {
                time.due.Remove(this);
            }
        }
    }
}
