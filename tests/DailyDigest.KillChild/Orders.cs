using System.Globalization;

namespace DailyDigest.KillChild;

/// <summary>What the test told this program.</summary>
internal sealed record Orders
{
    /// <summary><c>--shift S</c>: how many seconds this machine's clock is off from the real one.</summary>
    public TimeSpan Shift { get; init; }

    /// <summary><c>--store-shift S</c>: the same of the store's clock; as the machine's unless given.</summary>
    public TimeSpan StoreShift { get; init; }

    /// <summary><c>--die-before N</c>: SIGKILL before the Nth write of either port.</summary>
    public int? DieBefore { get; init; }

    /// <summary><c>--die-after N</c>: SIGKILL after the Nth write of either port, before anybody learns of its reply.</summary>
    public int? DieAfter { get; init; }

    /// <summary><c>--die-started MS</c>: SIGKILL so long after the start.</summary>
    public TimeSpan? DieStarted { get; init; }

    /// <summary><c>--die-sending MS</c>: SIGKILL so long after the first message was begun.</summary>
    public TimeSpan? DieSending { get; init; }

    /// <summary><c>--without-attempts</c>: the broken program, which does not commit its attempts before it sends.</summary>
    public bool WithoutAttempts { get; init; }

    /// <summary><c>--once</c>: ends with 3 when nothing is left to do now.</summary>
    public bool Once { get; init; }

    public static Orders Parse(string[] args)
    {
        var shift = TimeSpan.FromSeconds(Number("--shift") ?? 0);
        return new Orders
        {
            Shift = shift,
            StoreShift = Number("--store-shift") is { } store ? TimeSpan.FromSeconds(store) : shift,
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

/// <summary>A clock that is off.</summary>
internal sealed class ShiftedTime(TimeSpan shift) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + shift;
}
