namespace DailyDigest.Tests.Fixtures;

/// <summary>A wall clock that can be set. Timers and the clock since boot do not notice it.</summary>
internal sealed class SettableClock(TimeProvider time) : TimeProvider
{
    /// <summary>By how much the wall clock was set forward; negative for backward.</summary>
    public TimeSpan Offset { get; set; }

    public override long TimestampFrequency => time.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => time.GetUtcNow() + Offset;

    public override long GetTimestamp() => time.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        time.CreateTimer(callback, state, dueTime, period);
}
