using DailyDigest.Calendar;

namespace DailyDigest.Subscribers;

/// <summary>The status of a subscriber.</summary>
public enum SubscriberStatus
{
    /// <summary>Signed up, not confirmed: gets only a confirmation mail.</summary>
    Pending,

    /// <summary>Gets the digest.</summary>
    Active,

    /// <summary>The person left, and may sign up again.</summary>
    Unsubscribed,

    /// <summary>Mail to the address bounced.</summary>
    Bounced,

    /// <summary>The person reported the digest as spam. Only a confirmed sign-up reactivates the subscription.</summary>
    Complained,

    /// <summary>Being erased: the row only has what the audience's tombstones need, and is deleted when they are written.</summary>
    Erased,
}

/// <summary>A person with address, consent and preferences. The audience is a projection of this record.</summary>
public sealed record Subscriber
{
    /// <summary>32 random lower-case hex digits; never changes.</summary>
    public required string Id { get; init; }

    /// <summary>The address as mail is sent to it.</summary>
    public required string Address { get; init; }

    /// <summary>The status.</summary>
    public required SubscriberStatus Status { get; init; }

    /// <summary>IANA zone.</summary>
    public required string Zone { get; init; }

    /// <summary>Local hour, 0 to 23.</summary>
    public required int Hour { get; init; }

    /// <summary>The dates on which the digest is sent.</summary>
    public Rhythm Rhythm { get; init; }

    /// <summary>Sections chosen; empty for all.</summary>
    public IReadOnlyList<string> Sections { get; init; } = [];

    /// <summary>Languages of stories (<see cref="Selection.StoryLanguages.Offered"/>); empty for <see cref="Language"/>.</summary>
    public IReadOnlyList<string> StoryLanguages { get; init; } = [];

    /// <summary>BCP 47 tag of the mails.</summary>
    public required string Language { get; init; }

    /// <summary>No digest before this local date; null when not paused.</summary>
    public DateOnly? PausedUntil { get; init; }

    /// <summary>The last rest; null if there was none, or if a digest is known to have been delivered since.</summary>
    public Rest? Rest { get; init; }

    /// <summary>
    /// Local dates of digests that were refused for reasons that may pass, oldest first, at most <see cref="Rest.MaxRefusals"/>. A digest
    /// that was delivered since does not remove them: the ledger is read before they count.
    /// </summary>
    public IReadOnlyList<DateOnly> RefusedOn { get; init; } = [];

    /// <summary>The rest of a subscriber that is on at the instant; null for none.</summary>
    public Rest? RestAt(DateTimeOffset now) =>
        Status == SubscriberStatus.Active && Rest?.IsOn(Zones.LocalDate(Zone, now)) == true ? Rest : null;

    /// <summary>No digest before this local date, because of a pause or a rest; null for neither.</summary>
    public DateOnly? QuietUntil => Rest?.Until > PausedUntil || PausedUntil is null ? Rest?.Until : PausedUntil;

    /// <summary>The consent of the sign-up or import.</summary>
    public required Consent Consent { get; init; }

    /// <summary>The consent of the confirmation; null while pending and for imported subscribers.</summary>
    public Consent? Confirmation { get; init; }

    /// <summary>First sign-up or import.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>When the subscription was confirmed; null while pending, and if a list gave no date of consent.</summary>
    public DateTimeOffset? Confirmed { get; init; }

    /// <summary>When the status last changed to unsubscribed, bounced or complained.</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>
    /// True if this change ends it because of a report, and not because an operator or a list says so. It is not stored: the figures count
    /// the change when it is written.
    /// </summary>
    internal bool IsReported { get; init; }

    /// <summary>A sign-up that waits for its confirmation; null when there is none.</summary>
    public PendingSignUp? SignUp { get; init; }

    /// <summary>When a service mail was last requested; null if the next may be sent at once.</summary>
    public DateTimeOffset? Asked { get; init; }

    /// <summary>Why the person left, one of <see cref="LeavingReasons.All"/>; null if not answered.</summary>
    public string? LeftFor { get; init; }

    /// <summary>The requested new address; null if there is no request.</summary>
    public NewAddress? NewAddress { get; init; }

    /// <summary>Former addresses whose owners can take the move back or wait for a notice about it, oldest first.</summary>
    public IReadOnlyList<FormerAddress> FormerAddresses { get; init; } = [];

    /// <summary>
    /// The version that moved the subscriber to the present address; 0 without a move. Links with a lower version went to a former address.
    /// </summary>
    public long AddressVersion { get; init; }

    /// <summary>Requests for a new address within 24 hours; null for none.</summary>
    internal Tries? AddressTries { get; init; }

    /// <summary>Confirmation mails within 24 hours; null for none.</summary>
    internal Tries? MailTries { get; init; }

    /// <summary>Requests for a link by mail within 24 hours; null for none.</summary>
    internal Tries? LinkTries { get; init; }

    /// <summary>Changes of hour, zone or rhythm within 24 hours; null for none.</summary>
    internal Tries? CohortTries { get; init; }

    /// <summary>
    /// The cohorts of the subscriber with their dates, at most one entry per cohort, oldest first. Each entry has a row in the audience,
    /// which can be rebuilt from it at any time.
    /// </summary>
    public IReadOnlyList<Placement> Placements { get; init; } = [];

    /// <summary>
    /// The last events for web hooks: stored with the change, so that a crash loses none. A later change publishes them before it
    /// overwrites them. Empty if no web hook takes them.
    /// </summary>
    internal IReadOnlyList<SubscriberEvent> Events { get; init; } = [];

    /// <summary>Counts the changes, from 1. The audience never accepts a lower version.</summary>
    public long Version { get; init; } = 1;

    /// <summary>The cohort of the present preferences.</summary>
    public Cohort Cohort => new(Zone, Hour, Rhythm);
}

/// <summary>An unconfirmed sign-up: preferences and consent.</summary>
/// <param name="Zone">IANA zone.</param>
/// <param name="Hour">Local hour, 0 to 23.</param>
/// <param name="Rhythm">The dates on which the digest is sent.</param>
/// <param name="Language">BCP 47 tag.</param>
/// <param name="Consent">The consent.</param>
public sealed record PendingSignUp(string Zone, int Hour, Rhythm Rhythm, string Language, Consent Consent)
{
    /// <summary>The sections, empty for all; null keeps those of the subscriber.</summary>
    public IReadOnlyList<string>? Sections { get; init; }
}

/// <summary>A request to send the digest to another address.</summary>
/// <param name="Address">As mail is sent to it.</param>
/// <param name="Asked">The instant of the request.</param>
/// <param name="Confirmation">The confirmation by its owner, null until then. A confirmed move is always completed.</param>
/// <param name="IsUndo">True if the owner of a former address takes a move back.</param>
public sealed record NewAddress(string Address, DateTimeOffset Asked, Consent? Confirmation = null, bool IsUndo = false);

/// <summary>An address to which the digest was sent before.</summary>
/// <param name="Address">As mail was sent to it.</param>
/// <param name="Left">When the digest moved away from it.</param>
/// <param name="IsUndone">True if that move was taken back, or went back: this address has no right to do the same.</param>
public sealed record FormerAddress(string Address, DateTimeOffset Left, bool IsUndone = false);

/// <summary>Counts uses of an action that is limited within 24 hours.</summary>
/// <param name="Since">The first use that counts.</param>
/// <param name="Count">Uses since then.</param>
internal sealed record Tries(DateTimeOffset Since, int Count)
{
    /// <summary>Adds one use; null if that exceeds <paramref name="max"/> within 24 hours.</summary>
    internal static Tries? Add(Tries? before, int max, DateTimeOffset now) =>
        before is null || now - before.Since >= TimeSpan.FromHours(24) ? new Tries(now, 1)
        : before.Count < max ? before with { Count = before.Count + 1 } : null;
}

/// <summary>The dates on which a subscriber belongs to a cohort.</summary>
/// <param name="Cohort">The cohort.</param>
/// <param name="From">First local date.</param>
/// <param name="Until">Last local date; null for no end.</param>
/// <param name="Removed">True for a tombstone: the dates no longer count.</param>
public sealed record Placement(Cohort Cohort, DateOnly From, DateOnly? Until = null, bool Removed = false)
{
    /// <summary>True if the date is in the range, also for a tombstone.</summary>
    public bool Covers(DateOnly date) => From <= date && (Until is null || date <= Until);
}

/// <summary>Proof of consent (GDPR Art. 7).</summary>
/// <param name="At">The instant; null if it is unknown, as for a row of a list without a date.</param>
/// <param name="Source">"page", "json", "import: NAME OF THE LIST" and so on.</param>
/// <param name="Wording">The version of the consent text (<see cref="SignUp.Wording"/>).</param>
/// <param name="Language">The language of the text.</param>
/// <param name="NetworkHash">Client network (IPv4 /24, IPv6 /56) as a keyed hash; null for an import.</param>
public sealed record Consent(DateTimeOffset? At, string Source, string Wording, string Language, string? NetworkHash);
