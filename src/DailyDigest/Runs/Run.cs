using DailyDigest.Calendar;

namespace DailyDigest.Runs;

/// <summary>The state of a run.</summary>
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
    /// How many days before today (UTC) a date may lie for which a run is begun or sent again. An unsubscribe does not reach mail of older
    /// dates.
    /// </summary>
    public const int MaxDaysBack = 2;

    /// <summary>The local date.</summary>
    public required DateOnly Date { get; init; }

    /// <summary>The cohort's key.</summary>
    public required string Cohort { get; init; }

    /// <summary>The state.</summary>
    public required RunState State { get; init; }

    /// <summary>The cohort's hour on the date.</summary>
    public required DateTimeOffset Due { get; init; }

    /// <summary>When it began: the Date header of every mail.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>When undelivered digests expire.</summary>
    public required DateTimeOffset Deadline { get; init; }

    /// <summary>When it was closed; null while open.</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>Slices of the date: 1 or 16; 0 before the parts were made.</summary>
    public int Slices { get; init; }

    /// <summary>Why nothing was sent; null otherwise.</summary>
    public string? Why { get; init; }

    /// <summary><see cref="Why"/> of a run whose cohort had no readers at its hour.</summary>
    public const string NoReaders = "it had no readers when its hour came";

    /// <summary><see cref="Why"/> of a date that the store does not know, because an older copy was put back.</summary>
    public const string Forgotten = "the store was put back to an older copy, which does not know whether it was sent";

    /// <summary>False if it ended and nothing was sent: its stories may be chosen again, and the next digest includes its period.</summary>
    public bool CountsAsSent { get; init; } = true;

    /// <summary>True if it was skipped because the service was not running in time; an operator is alerted.</summary>
    public bool Missed { get; init; }

    /// <summary>Set by an operator: no message is begun until it is unset. Copied to the parts' control rows.</summary>
    public bool Paused { get; init; }

    /// <summary>Set by an operator: deliveries that were not sent are withheld. Copied to the parts' control rows.</summary>
    public bool Cancelled { get; init; }

    /// <summary>
    /// True if the run may have been sent without the store's knowledge (<see cref="RestoreHold"/>): no message is begun until an operator
    /// releases it. It stays set if the operator skips it.
    /// </summary>
    public bool Held { get; init; }

    /// <summary>Its digest waits until this instant for an editor's approval; null if it does not wait.</summary>
    public DateTimeOffset? AwaitsApprovalUntil { get; init; }

    /// <summary>True if no message is begun, unless it is cancelled: what was not sent is then withheld.</summary>
    public bool IsStopped => Paused || Held;

    /// <summary>True while an operator has to decide whether the run is sent.</summary>
    public bool IsUndecided => Held && IsOpen && !Cancelled;

    /// <summary>Deliveries refused for a reason about their recipient, including those refused by later reports.</summary>
    public long Refused { get; init; }

    /// <summary>
    /// The part of <see cref="Refused"/> that later reports refused, as last read from the ledger (<see cref="LateRefusals"/>).
    /// </summary>
    public long RefusedLate { get; init; }

    /// <summary>
    /// True if the refusals are not believed (<see cref="RefusalPolicy"/>): no subscription ends for them, and an operator is alerted.
    /// </summary>
    public bool Distrusted { get; init; }

    /// <summary>
    /// Deliveries that the readers' side refused for a reason that may pass, when it was closed (<see cref="SoftRefusals"/>), without those
    /// that later reports refused.
    /// </summary>
    public long Soft { get; init; }

    /// <summary>True if these refusals are not believed: nobody is put to rest for them.</summary>
    public bool SoftDistrusted { get; init; }

    /// <summary>
    /// Progress of ending the refused readers' subscriptions: the last subscriber that was handled; null before the first, <see
    /// cref="AllRefusedDone"/> at the end.
    /// </summary>
    public string? RefusedCursor { get; init; }

    /// <summary>Sorts after every subscriber's id.</summary>
    public const string AllRefusedDone = "g";

    /// <summary>True until it is closed or skipped.</summary>
    public bool IsOpen => State is RunState.Preparing or RunState.Open;

    /// <summary>
    /// True if it is closed and refused readers' subscriptions are still to be ended. Also true before the first check, because a report
    /// that arrived during the close may be missing in its counts.
    /// </summary>
    public bool HasRefusedToEnd => State == RunState.Closed && !Distrusted && RefusedCursor != AllRefusedDone;

    /// <summary>Deliveries by state when it was closed; empty before. Later reports are in the ledger only.</summary>
    public IReadOnlyDictionary<DeliveryState, long> Counts { get; init; } = new Dictionary<DeliveryState, long>();

    /// <summary>When the last message was accepted, when it was closed; null if none was.</summary>
    public DateTimeOffset? LastSent { get; init; }

    /// <summary>
    /// Outcomes by receiving domain when it was closed, as <see cref="DomainCounts"/> counted them. Text, because few readers need it.
    /// </summary>
    public string? Domains { get; init; }

    /// <summary>
    /// The most frequent causes of deliveries that were not sent, when it was closed; at most <see cref="ReasonCounts.MaxKept"/>.
    /// </summary>
    public IReadOnlyList<ReasonCount> Reasons { get; init; } = [];

    /// <summary>The work that an operator ordered and nobody has finished yet; null for none.</summary>
    public RunTask? Ordered { get; init; }

    /// <summary>When it was ordered; null for never.</summary>
    public DateTimeOffset? OrderedAt { get; init; }

    /// <summary>The result of the work that was ordered last, as far as it is done; null for none.</summary>
    public RunTaskResult? LastTask { get; init; }

    /// <summary>The row's version as read.</summary>
    public string? ETag { get; init; }
}
