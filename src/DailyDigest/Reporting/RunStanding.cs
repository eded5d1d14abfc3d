using DailyDigest.Runs;

namespace DailyDigest.Reporting;

/// <summary>How far a run is, from counts that are kept: its row, and the control rows of its parts.</summary>
/// <param name="Run">The run.</param>
/// <param name="Sent">Messages that a relay accepted.</param>
/// <param name="NotSent">Deliveries that ended otherwise.</param>
/// <param name="Waiting">Readers who are still to get it; null while nobody knows how many there are.</param>
/// <param name="IsAbout">
/// True if <paramref name="Waiting"/> is an estimate from the cohort's last run, or from how far the parts are.
/// </param>
public sealed record RunStanding(Run Run, long Sent, long NotSent, long? Waiting, bool IsAbout)
{
    /// <summary>Parts of the run; 0 before they were made.</summary>
    public int Parts { get; init; }

    /// <summary>Parts in which every delivery is settled.</summary>
    public int PartsDone { get; init; }

    /// <summary>Parts that a worker holds.</summary>
    public int Busy { get; init; }

    /// <summary>The reply of the relay that stops a part; null if none is stopped.</summary>
    public string? Trouble { get; init; }

    /// <summary>When the first waiting part continues; null if a part is at work, or can be taken now.</summary>
    public DateTimeOffset? NextTry { get; init; }

    /// <summary>Messages a second over the last minute, or since the begin if that is not known; null if nothing is being sent.</summary>
    public double? PerSecond { get; init; }

    /// <summary>The time until the last message at this rate; null if it is not known, or the relay stops a part.</summary>
    public TimeSpan? Left =>
        Trouble is null && Waiting is > 0 and var waiting && PerSecond is > 0 and var rate && waiting / rate is < 1_000_000 and var seconds
            ? TimeSpan.FromSeconds(seconds) : null;

    /// <summary>All readers as far as they are known.</summary>
    public long Readers => Sent + NotSent + (Waiting ?? 0);
}
