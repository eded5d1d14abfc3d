namespace DailyDigest.DeliveryBenchmark;

/// <summary>The machine's clock, set to another hour: timers run as always.</summary>
internal sealed class Clock : TimeProvider
{
    private TimeSpan offset;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + offset;

    public void SetTo(DateTimeOffset instant) => offset = instant - base.GetUtcNow();
}
