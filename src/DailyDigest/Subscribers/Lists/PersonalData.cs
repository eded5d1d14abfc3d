namespace DailyDigest.Subscribers;

/// <summary>All data about a person, for that person (GDPR Art. 15 and 20). Serialized as JSON.</summary>
/// <param name="Id">The subscriber's id.</param>
/// <param name="Address">The address.</param>
/// <param name="Status">active, pending, unsubscribed and so on.</param>
/// <param name="Suppressed">Why the address is not mailed; null if it may be mailed.</param>
/// <param name="Choices">The preferences.</param>
/// <param name="Consents">The consents, oldest first.</param>
/// <param name="NewAddress">An address that waits for its confirmation.</param>
/// <param name="FormerAddresses">Addresses of moves that can still be taken back.</param>
/// <param name="Created">The first sign-up or import.</param>
/// <param name="Confirmed">The confirmation of the subscription.</param>
/// <param name="Ended">The end of the subscription.</param>
/// <param name="LeftFor">Why the person left; null if not answered.</param>
/// <param name="Deliveries">The digests of the last days.</param>
/// <param name="Notices">Service mails of the last days.</param>
public sealed record PersonalData(
    string Id, string Address, string Status, string? Suppressed, PersonalChoices Choices, IReadOnlyList<PersonalConsent> Consents,
    NewAddress? NewAddress, IReadOnlyList<FormerAddress> FormerAddresses, DateTimeOffset Created, DateTimeOffset? Confirmed,
    DateTimeOffset? Ended, string? LeftFor, IReadOnlyList<PersonalDelivery> Deliveries, IReadOnlyList<PersonalNotice> Notices)
{
    /// <summary>The last rest after refused digests; null for none.</summary>
    public Rest? Rest { get; init; }

    /// <summary>Local dates of refused digests, as they are noted for such a rest.</summary>
    public IReadOnlyList<DateOnly> RefusedOn { get; init; } = [];
}

/// <summary>A person's preferences.</summary>
/// <param name="Zone">IANA zone.</param>
/// <param name="Hour">Local hour.</param>
/// <param name="Rhythm">On which dates.</param>
/// <param name="Language">BCP 47 tag.</param>
/// <param name="Sections">Sections; empty for all.</param>
/// <param name="PausedUntil">No digest before this date; null when not paused.</param>
public sealed record PersonalChoices(
    string Zone, int Hour, string Rhythm, string Language, IReadOnlyList<string> Sections, DateOnly? PausedUntil)
{
    /// <summary>Languages of stories; empty for the language of the mails.</summary>
    public IReadOnlyList<string> StoryLanguages { get; init; } = [];
}

/// <summary>A consent of a person.</summary>
/// <param name="Act">sign-up, confirmation, sign-up that waits, new address that waits.</param>
/// <param name="At">The instant of consent; null if it is unknown, because the imported list gave no date.</param>
/// <param name="Where">The page or the imported list.</param>
/// <param name="Wording">Version of the text that was shown.</param>
/// <param name="Language">Language it was shown in.</param>
/// <param name="Network">Keyed hash of the client's network (IPv4 /24, IPv6 /56).</param>
public sealed record PersonalConsent(string Act, DateTimeOffset? At, string Where, string Wording, string Language, string? Network);

/// <summary>The delivery of one digest.</summary>
/// <param name="Date">The local date.</param>
/// <param name="State">sent, withheld and so on.</param>
/// <param name="At">The last change of the state.</param>
/// <param name="Reason">Why it was not sent.</param>
public sealed record PersonalDelivery(DateOnly Date, string State, DateTimeOffset At, string? Reason)
{
    /// <summary>The report that came back: complained, bounced, delivered or delayed; null for none.</summary>
    public string? CameBack { get; init; }
}

/// <summary>A service mail.</summary>
/// <param name="About">sign-up, new address, address left, link.</param>
/// <param name="Asked">When it was requested.</param>
/// <param name="Settled">When it was sent or given up; null while it is due.</param>
/// <param name="Outcome">sent, not needed, or why it failed.</param>
public sealed record PersonalNotice(string About, DateTimeOffset? Asked, DateTimeOffset? Settled, string? Outcome)
{
    /// <summary>The report that came back: complained, bounced, delivered or delayed; null for none.</summary>
    public string? CameBack { get; init; }

    /// <summary>The reason why it bounced; null if it did not.</summary>
    public string? Reason { get; init; }
}
