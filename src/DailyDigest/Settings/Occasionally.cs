namespace DailyDigest.Settings;

/// <summary>Limits how often something is said, such as a log line that every request could cause.</summary>
/// <param name="time">The clock.</param>
/// <param name="between">The shortest time between two lines.</param>
public sealed class Occasionally(TimeProvider time, TimeSpan between)
{
    private long next;

    /// <summary>True the first time, and then at most once in each period, for one of all concurrent callers.</summary>
    public bool IsDue()
    {
        var (now, due) = (time.GetUtcNow().Ticks, Interlocked.Read(ref next));
        return now >= due && Interlocked.CompareExchange(ref next, now + between.Ticks, due) == due;
    }
}
