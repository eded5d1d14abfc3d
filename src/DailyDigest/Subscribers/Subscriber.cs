using DailyDigest.Calendar;

namespace DailyDigest.Subscribers;

/// <summary>Where a subscriber stands.</summary>
public enum SubscriberStatus
{
    /// <summary>Signed up, not yet confirmed: gets a confirmation mail, nothing else.</summary>
    Pending,

    /// <summary>Gets the digest.</summary>
    Active,

    /// <summary>Left. May sign up again.</summary>
    Unsubscribed,

    /// <summary>The address does not take mail.</summary>
    Bounced,

    /// <summary>Reported the digest as spam. Only the person's own confirmation brings them back.</summary>
    Complained,

    /// <summary>Being erased: nothing is left but what the audience's tombstones need; the row goes when they stand.</summary>
    Erased,
}

/// <summary>An address with consent and choices: the truth, of which the audience is a projection.</summary>
public sealed record Subscriber
{
    /// <summary>32 lower-case hex digits, random, for life.</summary>
    public required string Id { get; init; }

    /// <summary>The address as mail is sent to it.</summary>
    public required string Address { get; init; }

    /// <summary>Where the subscriber stands.</summary>
    public required SubscriberStatus Status { get; init; }

    /// <summary>IANA zone.</summary>
    public required string Zone { get; init; }

    /// <summary>Local hour, 0 to 23.</summary>
    public required int Hour { get; init; }

    /// <summary>On which dates.</summary>
    public Rhythm Rhythm { get; init; }

    /// <summary>Sections chosen; empty for all.</summary>
    public IReadOnlyList<string> Sections { get; init; } = [];

    /// <summary>BCP 47 tag.</summary>
    public required string Language { get; init; }

    /// <summary>No digest before this local date; null when not paused.</summary>
    public DateOnly? PausedUntil { get; init; }

    /// <summary>What was agreed to, when and where.</summary>
    public required Consent Consent { get; init; }

    /// <summary>The confirmation of the address: when, where, and what was shown; null while pending and for who was imported.</summary>
    public Consent? Confirmation { get; init; }

    /// <summary>First sign-up or import.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>When the address was confirmed; null while pending.</summary>
    public DateTimeOffset? Confirmed { get; init; }

    /// <summary>When the status last changed to unsubscribed, bounced or complained.</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>A sign-up that waits for its confirmation; null when there is none.</summary>
    public PendingSignUp? SignUp { get; init; }

    /// <summary>When a service mail was last asked for; null when the next may go at once.</summary>
    public DateTimeOffset? Asked { get; init; }

    /// <summary>Why the person left, one of <see cref="LeavingReasons.All"/>; null if that was not said.</summary>
    public string? LeftFor { get; init; }

    /// <summary>The address that the digest is to go to once its owner confirms; null when none was asked for.</summary>
    public NewAddress? NewAddress { get; init; }

    /// <summary>Addresses that the digest went to before and whose owners are still to be told, oldest first.</summary>
    public IReadOnlyList<FormerAddress> FormerAddresses { get; init; } = [];

    /// <summary>The version that moved the subscriber to the present address; 0 for one who never moved. Links that are older went to a former address.</summary>
    public long AddressVersion { get; init; }

    /// <summary>Since when new addresses were asked for, and how many since; null for none.</summary>
    internal Tries? AddressTries { get; init; }

    /// <summary>Since when hour, zone or rhythm were changed, and how often since; null for never.</summary>
    internal Tries? CohortTries { get; init; }

    /// <summary>
    /// The audience rows there are, at most one per cohort, oldest first: which cohort's digest counts on which dates. Written with the truth, so that
    /// the audience can be made again from it at any time.
    /// </summary>
    public IReadOnlyList<Placement> Placements { get; init; } = [];

    /// <summary>Counts every change, from 1; the audience never takes a lower one.</summary>
    public long Version { get; init; } = 1;

    /// <summary>The cohort the choices put the subscriber in.</summary>
    public Cohort Cohort => new(Zone, Hour, Rhythm);
}

/// <summary>What a reader chose and agreed to when signing up, until it is confirmed.</summary>
/// <param name="Zone">IANA zone.</param>
/// <param name="Hour">Local hour, 0 to 23.</param>
/// <param name="Rhythm">On which dates.</param>
/// <param name="Language">BCP 47 tag.</param>
/// <param name="Consent">What was agreed to, when and where.</param>
public sealed record PendingSignUp(string Zone, int Hour, Rhythm Rhythm, string Language, Consent Consent);

/// <summary>An address that a subscriber wants the digest to go to.</summary>
/// <param name="Address">As mail is sent to it.</param>
/// <param name="Asked">When it was asked for.</param>
/// <param name="Confirmation">The confirmation by its owner; null until then. What is confirmed is carried through, whatever stops.</param>
public sealed record NewAddress(string Address, DateTimeOffset Asked, Consent? Confirmation = null);

/// <summary>An address that a digest went to before.</summary>
/// <param name="Address">As mail was sent to it.</param>
/// <param name="Left">When the digest moved away from it.</param>
public sealed record FormerAddress(string Address, DateTimeOffset Left);

/// <summary>How often a subscriber did what may be done only so often within 24 hours.</summary>
/// <param name="Since">The first time that counts.</param>
/// <param name="Count">How often since then.</param>
internal sealed record Tries(DateTimeOffset Since, int Count)
{
    /// <summary>Counts one more; null if that would be more than <paramref name="most"/> within 24 hours.</summary>
    internal static Tries? OneMore(Tries? before, int most, DateTimeOffset now) =>
        before is null || now - before.Since >= TimeSpan.FromHours(24) ? new Tries(now, 1)
        : before.Count < most ? before with { Count = before.Count + 1 } : null;
}

/// <summary>The dates on which a subscriber belongs to a cohort.</summary>
/// <param name="Cohort">The cohort.</param>
/// <param name="From">First local date.</param>
/// <param name="Until">Last local date; null for no end.</param>
/// <param name="Removed">True for a tombstone.</param>
public sealed record Placement(Cohort Cohort, DateOnly From, DateOnly? Until = null, bool Removed = false)
{
    /// <summary>True if the date is one of its dates, also after it was removed.</summary>
    public bool Covers(DateOnly date) => From <= date && (Until is null || date <= Until);
}

/// <summary>Proof of consent (GDPR Art. 7).</summary>
/// <param name="At">When.</param>
/// <param name="Source">Where: "page", "json", "import: NAME OF THE LIST".</param>
/// <param name="Wording">Version of the text that was shown.</param>
/// <param name="Language">Language it was shown in.</param>
/// <param name="NetworkHash">Client network (IPv4 /24, IPv6 /56) as a keyed hash; null for an import.</param>
public sealed record Consent(DateTimeOffset At, string Source, string Wording, string Language, string? NetworkHash);

/// <summary>What sending needs of a subscriber: a row of the audience of one cohort and slice.</summary>
/// <param name="SubscriberId">The subscriber.</param>
/// <param name="Address">Where the mail goes.</param>
/// <param name="Language">BCP 47 tag.</param>
/// <param name="Sections">Sections chosen; empty for all.</param>
/// <param name="From">First local date for which the row counts.</param>
/// <param name="Until">Last local date for which it counts; null for no end.</param>
/// <param name="Removed">A tombstone: the subscriber is not to be mailed through this row.</param>
/// <param name="Version">The subscriber's version it projects.</param>
public sealed record AudienceEntry(
    string SubscriberId, string Address, string Language, IReadOnlyList<string> Sections,
    DateOnly From, DateOnly? Until, bool Removed, long Version)
{
    /// <summary>True if the row says that the subscriber gets the digest of the date.</summary>
    public bool CountsOn(DateOnly date) => !Removed && From <= date && (Until is null || date <= Until);
}
