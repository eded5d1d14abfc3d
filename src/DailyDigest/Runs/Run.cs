using DailyDigest.Calendar;

namespace DailyDigest.Runs;

/// <summary>Where a run stands.</summary>
public enum RunState
{
    /// <summary>Begun; its digest is being frozen.</summary>
    Preparing,

    /// <summary>Frozen; its parts are being delivered.</summary>
    Open,

    /// <summary>Every delivery is settled.</summary>
    Closed,

    /// <summary>Nothing was sent, and <see cref="Run.Why"/> says why.</summary>
    Skipped,
}

/// <summary>One cohort's digest and its delivery on one local date.</summary>
public sealed record Run
{
    /// <summary>
    /// How many days before today (UTC) a date may lie for which a run is begun or sent again. An unsubscribe does not reach mail of older dates.
    /// </summary>
    public const int MaxDaysBack = 2;

    /// <summary>The local date.</summary>
    public required DateOnly Date { get; init; }

    /// <summary>The cohort's key.</summary>
    public required string Cohort { get; init; }

    /// <summary>Where it stands.</summary>
    public required RunState State { get; init; }

    /// <summary>When the cohort's hour came.</summary>
    public required DateTimeOffset Due { get; init; }

    /// <summary>When it was begun: the Date header of every mail.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>When what is not delivered expires.</summary>
    public required DateTimeOffset Deadline { get; init; }

    /// <summary>When it was closed; null while open.</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>Slices of the date: 1 or 16; 0 before the parts were made.</summary>
    public int Slices { get; init; }

    /// <summary>Why nothing was sent; null otherwise.</summary>
    public string? Why { get; init; }

    /// <summary><see cref="Why"/> of a run whose cohort nobody was in when its hour came.</summary>
    public const string NoReaders = "it had no readers when its hour came";

    /// <summary>True unless it ended without telling anybody anything: then its stories may come again, and the next digest reaches back beyond it.</summary>
    public bool Told { get; init; } = true;

    /// <summary>True if it was skipped because the service did not run in time: an operator should know.</summary>
    public bool Missed { get; init; }

    /// <summary>Set by an operator: nothing more is begun until it is unset. The parts' control rows follow it.</summary>
    public bool Paused { get; init; }

    /// <summary>Set by an operator: what was not sent is withheld. The parts' control rows follow it.</summary>
    public bool Cancelled { get; init; }

    /// <summary>Deliveries refused for a reason about their recipient, those of later reports included.</summary>
    public long Refused { get; init; }

    /// <summary>Of those the ones by later reports, as last read from the ledger (<see cref="LateRefusals"/>).</summary>
    public long RefusedLate { get; init; }

    /// <summary>True if those are more than can be believed: then nobody's subscription is ended for them, and an operator should look.</summary>
    public bool Distrusted { get; init; }

    /// <summary>The last subscriber of a closed run up to whom such subscriptions were ended; null before the first, <see cref="EndedAll"/> after the last.</summary>
    public string? EndedUpTo { get; init; }

    /// <summary>Stands after every subscriber's id.</summary>
    public const string EndedAll = "g";

    /// <summary>True while it is not closed or skipped.</summary>
    public bool IsOpen => State is RunState.Preparing or RunState.Open;

    /// <summary>
    /// True if it has closed and subscriptions are still to be ended for what it met, or nobody has looked yet: a report that came in during the close may
    /// have been too late for its counts.
    /// </summary>
    public bool HasRefusedLeft => State == RunState.Closed && !Distrusted && EndedUpTo != EndedAll;

    /// <summary>Deliveries by state when it was closed; empty before. What was reported later is in the ledger only.</summary>
    public IReadOnlyDictionary<DeliveryState, long> Counts { get; init; } = new Dictionary<DeliveryState, long>();

    /// <summary>The row's version as read.</summary>
    public string? ETag { get; init; }
}
