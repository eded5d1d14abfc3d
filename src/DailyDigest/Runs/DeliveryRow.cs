using DailyDigest.Calendar;
using DailyDigest.Storage;

namespace DailyDigest.Runs;

/// <summary>The states of a delivery; docs/delivery.md describes each.</summary>
public enum DeliveryState
{
    /// <summary>Committed before the first byte is sent. It never remains: a new owner of the part turns it to unknown or held.</summary>
    Attempting,

    /// <summary>The relay accepted it.</summary>
    Sent,

    /// <summary>Refused permanently, with a reason.</summary>
    Rejected,

    /// <summary>To be retried at an instant.</summary>
    Deferred,

    /// <summary>
    /// In doubt: a copy may have left. It is sent again with the same Message-ID, until the second broken connection or the eleventh crash.
    /// </summary>
    Unknown,

    /// <summary>
    /// In doubt, and sent again only if an operator decides so: it was in doubt too often, its deadline passed, its run was cancelled, or
    /// the policy is <see cref="InDoubtPolicy.Hold"/>.
    /// </summary>
    Held,

    /// <summary>Not sent: the reader left or changed after the freeze, or the run was cancelled.</summary>
    Withheld,

    /// <summary>The deadline passed.</summary>
    Expired,

    /// <summary>Too little in the sections and languages that the subscriber chose.</summary>
    Empty,
}

/// <summary>One digest to one subscriber: a row of the ledger.</summary>
public sealed record DeliveryRow
{
    /// <summary>The reason of a delivery that was withheld because an operator cancelled the run.</summary>
    public const string RunCancelled = "run cancelled";

    /// <summary>The reason of a delivery that was withheld because an operator recorded that the run was sent before a restore.</summary>
    public const string SentBefore = "sent before the restore";

    /// <summary>The subscriber: the row's key.</summary>
    public required string SubscriberId { get; init; }

    /// <summary>The cohort in whose run it is sent.</summary>
    public required string Cohort { get; init; }

    /// <summary>The state.</summary>
    public required DeliveryState State { get; init; }

    /// <summary>Attempts begun, this one included.</summary>
    public int Attempts { get; init; }

    /// <summary>How often the relay broke off after the message may have left.</summary>
    public int Breaks { get; init; }

    /// <summary>How often this side broke off an attempt: a crash, a stop, or the end of the lease.</summary>
    public int Crashes { get; init; }

    /// <summary>
    /// Copies that left or may have left; the next copy has this number in its envelope sender. A failed attempt is not counted, because a
    /// server that uses greylisting recognises a retry by the envelope sender.
    /// </summary>
    public int Copies { get; init; }

    /// <summary>The relay's last reply, or what happened; null before the first.</summary>
    public string? Reply { get; init; }

    /// <summary>Why it was rejected or not sent, in a few words; null otherwise.</summary>
    public string? Reason { get; init; }

    /// <summary>The last change by the sending side. Reports do not change it, so that it tells when the digest was sent.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>When it is retried; deferred and unknown only.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>The reports of relays after they accepted it.</summary>
    internal Reports Reports { get; init; }

    /// <summary>When the last report with something new arrived; null if there was none.</summary>
    public DateTimeOffset? Reported { get; init; }

    /// <summary>True if a later report refused it for a reason about its recipient; <see cref="LateRefusals"/> counts these rows.</summary>
    public bool RefusedLate { get; init; }

    /// <summary>The row's version as read.</summary>
    public string? ETag { get; init; }

    /// <summary>The reply that led to the present state; null during an attempt.</summary>
    public string? LastReply => State == DeliveryState.Attempting ? null : Reply;

    /// <summary>True if an attempt ended in doubt: a copy may be in the inbox, whatever happened later.</summary>
    public bool WasInDoubt => Breaks + Crashes > 0;

    /// <summary>True for states after which nothing is sent without an operator's order.</summary>
    public bool IsSettled => State is not (DeliveryState.Attempting or DeliveryState.Deferred or DeliveryState.Unknown);

    /// <summary>True if it was refused for a reason about its recipient.</summary>
    public bool IsRefused => State == DeliveryState.Rejected && RefusalPolicy.IsAboutRecipient(Reason);

    /// <summary>True if a later report says that it was returned.</summary>
    public bool IsReturned => Reports.HasFlag(Reports.Bounced);

    /// <summary>The strongest report of a relay: complained, bounced, delivered or delayed; null if there was none.</summary>
    public string? ReportedAs => Reports.Strongest();

    /// <summary>True for a row of the ledger that is a delivery: not a control row, not an index row.</summary>
    public static bool IsDelivery(TableRow row) => row.Key[0] is not ('!' or '~' or '$');

    /// <summary>The cohort of the run; null if the row is not one or cannot be read. Far cheaper than the whole.</summary>
    public static string? CohortOf(TableRow row) => IsDelivery(row) ? row.Text("cohort") : null;

    /// <summary>Reads a row; null if it is not a delivery or cannot be read.</summary>
    public static DeliveryRow? Read(TableRow row) =>
        CohortOf(row) is { } cohort && Enum.TryParse<DeliveryState>(row.Text("state"), out var state)
            ? new DeliveryRow
            {
                SubscriberId = row.Key,
                Cohort = cohort,
                State = state,
                Attempts = row.Count("attempts"),
                Breaks = row.Count("breaks"),
                Crashes = row.Count("crashes"),
                Copies = row.Count("copies"),
                Reply = row.Text("reply"),
                Reason = row.Text("reason"),
                At = row.Instant("at") ?? DateTimeOffset.UnixEpoch,
                Until = row.Instant("until"),
                Reports = Enum.TryParse<Reports>(row.Text("reports"), out var reports) ? reports : Reports.None,
                Reported = row.Instant("reported"),
                RefusedLate = row.Flag("refusedLate"),
                ETag = row.ETag,
            }
            : null;

    /// <summary>The row as written.</summary>
    public TableRow ToRow() => new(SubscriberId)
    {
        { "cohort", Cohort },
        { "state", State.ToString() },
        { "attempts", Attempts },
        { "breaks", Breaks == 0 ? null : Breaks },
        { "crashes", Crashes == 0 ? null : Crashes },
        { "copies", Copies == 0 ? null : Copies },
        { "reply", Reply },
        { "reason", Reason },
        { "at", At },
        { "until", Until },
        { "reports", Reports == Reports.None ? null : Reports.ToString() },
        { "reported", Reported },
        { "refusedLate", RefusedLate ? true : null },
    };
}
