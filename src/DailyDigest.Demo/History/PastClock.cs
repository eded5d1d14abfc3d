namespace DailyDigest.Demo;

/// <summary>
/// The clock of the history. It stands still until it is set, or until a message that is sent moves it on. Only the history has it: the
/// program itself goes by the machine's clock.
/// </summary>
internal sealed class PastClock(DateTimeOffset start) : TimeProvider
{
    private long ticks = start.UtcTicks;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref ticks), TimeSpan.Zero);

    /// <summary>Sets the clock; it never goes back.</summary>
    public void Set(DateTimeOffset at) => Interlocked.Exchange(ref ticks, Math.Max(at.UtcTicks, Interlocked.Read(ref ticks)));

    /// <summary>Moves the clock on.</summary>
    public void Advance(TimeSpan by) => Interlocked.Add(ref ticks, by.Ticks);
}
