using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;

namespace DailyDigest.Tests.Fixtures;

/// <summary>A clock that advances only to the next timer that is waited for, so that it is never ahead of a busy machine.</summary>
internal sealed class WaitedTime(DateTimeOffset start) : FakeTimeProvider(start)
{
    private readonly ConcurrentDictionary<Alarm, DateTimeOffset> waiting = new();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var alarm = new Alarm(waiting, callback, state);
        alarm.Timer = base.CreateTimer(static one => ((Alarm)one!).Ring(), alarm, Timeout.InfiniteTimeSpan, period);
        alarm.Clock = this;
        alarm.Change(dueTime, period);
        return alarm;
    }

    /// <summary>Time passes from one wait's end to the next until the work is done.</summary>
    public async Task PassAsync(Task work)
    {
        while (!work.IsCompleted)
        {
            DeliveryFixture.Cancellation.ThrowIfCancellationRequested();
            var now = GetUtcNow();
            if (waiting.Values.Where(due => due > now).Order().FirstOrDefault() is var next && next > now)
            {
                SetUtcNow(next);
            }

            await Task.Yield();
        }
    }

    private sealed class Alarm(ConcurrentDictionary<Alarm, DateTimeOffset> waiting, TimerCallback callback, object? state) : ITimer
    {
        public ITimer Timer { get; set; } = null!;

        public TimeProvider Clock { get; set; } = null!;

        public void Ring()
        {
            waiting.TryRemove(this, out _);
            callback(state);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            // The timer is created first: if time passes in between, the recorded instant is later than the timer's and still fires it.
            var changed = Timer.Change(dueTime, period);
            if (dueTime == Timeout.InfiniteTimeSpan)
            {
                waiting.TryRemove(this, out _);
            }
            else
            {
                waiting[this] = Clock.GetUtcNow() + dueTime;
            }

            return changed;
        }

        public void Dispose()
        {
            waiting.TryRemove(this, out _);
            Timer.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
