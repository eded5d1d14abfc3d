using System.ComponentModel;
using System.Globalization;
using DailyDigest.Accounts;
using DailyDigest.Calendar;
using DailyDigest.Mailing;
using DailyDigest.Subscribers;

namespace DailyDigest.Web;

[Description("A reader.")]
internal sealed record ApiReader(
    [property: Description("32 hexadecimal digits that never change.")] string Id,
    [property: Description("The address as mail is sent to it.")] string Address,
    [property: Description("pending: signed up and not confirmed; active: gets the digest.")] SubscriberStatus Status,
    [property: Description("IANA zone.")] string Zone,
    [property: Description("Local hour of the digest, 0 to 23.")] int Hour,
    [property: Description("daily, weekdays, weekly-monday and so on.")] string Rhythm,
    [property: Description("BCP 47 tag of the mails.")] string Language,
    [property: Description("Sections; empty for all.")] IReadOnlyList<string> Sections,
    [property: Description("Languages of stories; empty for the language of the mails.")] IReadOnlyList<string> StoryLanguages,
    [property: Description("No digest before this local date.")] DateOnly? PausedUntil,
    [property: Description("A rest, because several digests in a row were refused.")] ApiRest? Rest,
    [property: Description("First sign-up or import.")] DateTimeOffset Created,
    [property: Description("When the subscription was confirmed.")] DateTimeOffset? Confirmed,
    [property: Description("When it ended.")] DateTimeOffset? Ended,
    [property: Description("True if a sign-up waits for its confirmation.")] bool Waits,
    [property: Description("The version, for If-Match.")] string Etag)
{
    public static ApiReader Of(Subscriber person, DateTimeOffset now) => new(
        person.Id, person.Address, person.Status, person.Zone, person.Hour, person.Rhythm.ToString(), person.Language, person.Sections,
        person.StoryLanguages, PauseOf(person, now), ApiRest.Of(person, now), person.Created, person.Confirmed, person.Ended,
        person.SignUp is not null || person.Status == SubscriberStatus.Pending, ApiTag.Of(VersionOf(person)));

    /// <summary>The end of a pause; null for a pause that is over.</summary>
    public static DateOnly? PauseOf(Subscriber person, DateTimeOffset now) =>
        person.PausedUntil > Zones.LocalDate(person.Zone, now) ? person.PausedUntil : null;

    public static string VersionOf(Subscriber person) => person.Version.ToString(CultureInfo.InvariantCulture);
}

[Description("No digest is sent for some days, because the reader's server refused several in a row.")]
internal sealed record ApiRest(
    [property: Description("The local date on which it began.")] DateOnly Since,
    [property: Description("The local date on which a digest is tried again.")] DateOnly Until,
    [property: Description("Why the last one was refused, such as mailbox-full.")] string Reason)
{
    /// <summary>The rest that is on; null for none.</summary>
    public static ApiRest? Of(Subscriber person, DateTimeOffset now) =>
        person.RestAt(now) is { } rest ? new ApiRest(rest.Since, rest.Until, rest.Reason) : null;
}

[Description("A reader after an act. It has no address, because the answer is kept for a day.")]
internal sealed record ApiReaderState(
    [property: Description("The reader.")] string Id,
    [property: Description("The status after the act.")] SubscriberStatus Status,
    [property: Description("No digest before this local date.")] DateOnly? PausedUntil,
    [property: Description("A rest, because several digests in a row were refused.")] ApiRest? Rest,
    [property: Description("The version, for If-Match.")] string Etag);

[Description("The address to look for.")]
internal sealed record ApiFindReader
{
    [Description("An e-mail address.")]
    public required string Address { get; init; }
}

[Description("The reader who has an address. Both fields are left out if the address is unknown.")]
internal sealed record ApiFoundReader(
    [property: Description("The reader.")] ApiReader? Reader,
    [property: Description("Why no mail is sent to the address.")] Suppression? Suppressed);

[Description("Everything that is known about a reader's mails, and who changed the reader.")]
internal sealed record ApiReaderHistory(
    [property: Description("The digests of 14 days, oldest first.")] IReadOnlyList<ApiReaderDelivery> Deliveries,
    [property: Description("Consents, oldest first.")] IReadOnlyList<PersonalConsent> Consents,
    [property: Description("Service mails of 14 days.")] IReadOnlyList<PersonalNotice> Notices,
    [property: Description("The last 50 changes by people and programs, newest first.")] IReadOnlyList<ApiChange> Changes);

[Description("A digest of a reader.")]
internal sealed record ApiReaderDelivery(
    [property: Description("The local date.")] DateOnly Date,
    [property: Description("sent, rejected, withheld and so on.")] string State,
    [property: Description("The last change of the state.")] DateTimeOffset At,
    [property: Description("Why it was not sent.")] string? Reason,
    [property: Description("The reply of the mail server.")] string? Reply,
    [property: Description("The report that came back: complained, bounced, delivered or delayed.")] string? CameBack);

[Description("A change by a person or a program.")]
internal sealed record ApiChange(
    [property: Description("The instant.")] DateTimeOffset At,
    [property: Description("The name of the account or the key.")] string Who,
    [property: Description("Such as reader.pause.")] string Verb,
    [property: Description("The id of what was changed.")] string Subject,
    [property: Description("The state before.")] string? Before,
    [property: Description("The state after.")] string? After)
{
    public static ApiChange Of(AuditEntry entry) =>
        new(entry.At, entry.Actor.Name, entry.Verb, entry.Subject, entry.Before, entry.After);
}

[Description("A sign-up on behalf of a reader, who then confirms by mail.")]
internal sealed record ApiSignUp
{
    [Description("The reader's address.")]
    public required string Address { get; init; }

    [Description("IANA zone; the publication's if it is left out.")]
    public string? Zone { get; init; }

    [Description("Local hour, 0 to 23; the publication's if it is left out.")]
    public int? Hour { get; init; }

    [Description("daily, weekdays, weekly-monday and so on; daily if it is left out.")]
    public string? Rhythm { get; init; }

    [Description("BCP 47 tag; the closest language of the publication is used.")]
    public string? Language { get; init; }

    [Description("Sections of the publication; all if it is left out or empty.")]
    public IReadOnlyList<string>? Sections { get; init; }
}

[Description("The sign-up was taken. The answer is the same for known, new and blocked addresses.")]
internal sealed record ApiSignUpTaken([property: Description("Always accepted.")] string Status);

[Description("New preferences. A field that is left out keeps its value.")]
internal sealed record ApiReaderChange
{
    [Description("IANA zone.")]
    public string? Zone { get; init; }

    [Description("Local hour, 0 to 23.")]
    public int? Hour { get; init; }

    [Description("daily, weekdays, weekly-monday and so on.")]
    public string? Rhythm { get; init; }

    [Description("BCP 47 tag of the mails.")]
    public string? Language { get; init; }

    [Description("Sections; empty for all.")]
    public IReadOnlyList<string>? Sections { get; init; }

    [Description("Languages of stories.")]
    public IReadOnlyList<string>? StoryLanguages { get; init; }
}

[Description("A pause.")]
internal sealed record ApiPause
{
    [Description("The first local date with a digest again, at most a year ahead.")]
    public required DateOnly Until { get; init; }
}

/// <summary>Why an operator stops mail. Erasing has a route of its own.</summary>
internal enum ApiSuppressReason
{
    Unsubscribed = Suppression.Unsubscribed,
    Bounced = Suppression.Bounced,
    Complained = Suppression.Complained,
    Blocked = Suppression.Blocked,
}

[Description("Why no mail is to be sent to a reader.")]
internal sealed record ApiSuppress
{
    [Description("The reason.")]
    public required ApiSuppressReason Reason { get; init; }
}

[Description("An address that gets no mail, whether a reader has it or not.")]
internal sealed record ApiSuppressAddress
{
    [Description("An e-mail address.")]
    public required string Address { get; init; }

    [Description("The reason.")]
    public required ApiSuppressReason Reason { get; init; }
}

[Description("The address of the reader to erase, as a check.")]
internal sealed record ApiErase
{
    [Description("The reader's address.")]
    public required string Address { get; init; }
}
