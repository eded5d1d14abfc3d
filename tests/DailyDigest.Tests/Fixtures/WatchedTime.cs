using Microsoft.Extensions.Time.Testing;

namespace DailyDigest.Tests.Fixtures;

/// <summary>Calls back when a wait begins, with its duration.</summary>
internal sealed class WatchedTime(FakeTimeProvider time, Action<TimeSpan> waits) : TimeProvider
{
    public override long TimestampFrequency => time.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => time.GetUtcNow();

    public override long GetTimestamp() => time.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = time.CreateTimer(callback, state, dueTime, period);
        waits(dueTime);
        return timer;
    }
}
