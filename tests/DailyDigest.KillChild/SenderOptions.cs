using System.Globalization;

namespace DailyDigest.KillChild;

/// <summary>The command line of this program.</summary>
internal sealed record SenderOptions
{
    /// <summary><c>--shift S</c>: the offset of this program's clock, in seconds.</summary>
    public TimeSpan Shift { get; init; }

    /// <summary><c>--store-shift S</c>: the offset of the store's clock; by default that of the program.</summary>
    public TimeSpan StoreShift { get; init; }

    /// <summary><c>--boot-shift S</c>: the offset of the clock since boot, by which the senders of one machine judge a lease.</summary>
    public TimeSpan BootShift { get; init; }

    /// <summary><c>--die-before N</c>: SIGKILL before the Nth write of either port.</summary>
    public int? DieBefore { get; init; }

    /// <summary><c>--die-after N</c>: SIGKILL after the Nth write of either port, before the caller gets its reply.</summary>
    public int? DieAfter { get; init; }

    /// <summary><c>--die-started MS</c>: SIGKILL this many milliseconds after the start.</summary>
    public TimeSpan? DieStarted { get; init; }

    /// <summary><c>--die-sending MS</c>: SIGKILL this many milliseconds after the first message was begun.</summary>
    public TimeSpan? DieSending { get; init; }

    /// <summary><c>--without-attempts</c>: does not commit attempts before sending, as a broken program would.</summary>
    public bool WithoutAttempts { get; init; }

    /// <summary><c>--once</c>: ends with 3 when nothing is left to do now.</summary>
    public bool Once { get; init; }

    public static SenderOptions Parse(string[] args)
    {
        var shift = TimeSpan.FromSeconds(Number("--shift") ?? 0);
        return new SenderOptions
        {
            Shift = shift,
            StoreShift = Number("--store-shift") is { } store ? TimeSpan.FromSeconds(store) : shift,
            BootShift = TimeSpan.FromSeconds(Number("--boot-shift") ?? 0),
            DieBefore = (int?)Number("--die-before"),
            DieAfter = (int?)Number("--die-after"),
            DieStarted = Number("--die-started") is { } started ? TimeSpan.FromMilliseconds(started) : null,
            DieSending = Number("--die-sending") is { } sending ? TimeSpan.FromMilliseconds(sending) : null,
            WithoutAttempts = args.Contains("--without-attempts"),
            Once = args.Contains("--once"),
        };

        double? Number(string name) =>
            Array.IndexOf(args, name) is >= 0 and var index ? double.Parse(args[index + 1], CultureInfo.InvariantCulture) : null;
    }
}

/// <summary>A clock with an offset, and with another since boot.</summary>
internal sealed class ShiftedTime(TimeSpan shift, TimeSpan boot = default) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + shift;

    public override long GetTimestamp() => base.GetTimestamp() + (long)(boot.TotalSeconds * TimestampFrequency);
}
