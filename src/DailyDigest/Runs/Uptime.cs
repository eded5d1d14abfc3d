namespace DailyDigest.Runs;

/// <summary>The clock since boot.</summary>
internal static class Uptime
{
    /// <summary>
    /// The time since the machine was booted, without the time it slept. The processes of one machine read the same clock: on Linux it is
    /// CLOCK_MONOTONIC, the source of <see cref="TimeProvider.GetTimestamp"/>.
    /// </summary>
    public static TimeSpan GetUptime(this TimeProvider time) => time.GetElapsedTime(0);
}
