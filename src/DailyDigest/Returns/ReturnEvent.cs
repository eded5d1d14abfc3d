using DailyDigest.Runs;

namespace DailyDigest.Returns;

/// <summary>
/// A report that came back, from the mailbox or from a provider's web hook: parsed, not yet proven. Everything in it is a claim of its
/// sender.
/// </summary>
/// <param name="Source">mailbox, api, ses, azure, sendgrid, mailgun or postmark; at most 16 characters.</param>
/// <param name="Id">
/// Identifies the report at its source, so that a repetition is recognised: a hash of the message for the mailbox, otherwise the
/// provider's id of the event.
/// </param>
/// <param name="Kind">The kind.</param>
public sealed record ReturnEvent(string Source, string Id, ReturnKind Kind)
{
    /// <summary>Tokens and Message-IDs, the strongest first.</summary>
    public IReadOnlyList<ReturnCandidate> Candidates { get; init; } = [];

    /// <summary>The recipient's address as reported; null if the source names none.</summary>
    public string? Recipient { get; init; }

    /// <summary>When it happened; null if the source does not say.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>
    /// When it arrived, by a clock that its sender does not set: the mailbox's own date of a message. It chooses the day of the record, so
    /// it must be the same each time the report is brought. Null for <see cref="At"/>, or now.
    /// </summary>
    public DateTimeOffset? Arrived { get; init; }

    /// <summary>Why it bounced; null for other kinds.</summary>
    public Verdict? Verdict { get; init; }

    /// <summary>The server's reply in one line without addresses (<see cref="RefusalReasons.Clean"/>); null for none.</summary>
    public string? Reply { get; init; }

    /// <summary>
    /// True for an event with a provider's verified signature: without a token or Message-ID, recipient and instant say what it is about.
    /// </summary>
    public bool IsVouched { get; init; }

    /// <summary>Bytes of the raw report.</summary>
    public long Size { get; init; }
}

/// <summary>The result of <see cref="SettleReturn"/>.</summary>
public enum ReturnResult
{
    /// <summary>Recorded, and its effects are complete.</summary>
    Done,

    /// <summary>It was settled before: nothing changed.</summary>
    Repeated,

    /// <summary>Its delivery is still being sent: bring it again in a few minutes. Nothing is recorded.</summary>
    NotYet,

    /// <summary>Nothing in it proves what it is about: it is forged, guessed or too old. Counted; it changes nothing.</summary>
    Unproven,

    /// <summary>Counted; it changes nothing: an automatic reply, a challenge.</summary>
    Counted,

    /// <summary>The kind is not known. Counted; the mailbox leaves the message where it is.</summary>
    Unknown,
}

/// <summary>Makes events of what was read.</summary>
public static class ReturnEvents
{
    /// <summary>The source of messages of the bounce mailbox.</summary>
    public const string Mailbox = "mailbox";

    /// <summary>The event of a message of the bounce mailbox.</summary>
    /// <param name="mail">The parsed message.</param>
    /// <param name="id">A hash of the message.</param>
    /// <param name="size">Its bytes.</param>
    public static ReturnEvent Of(ReturnedMail mail, string id, long size) => new(Mailbox, id, mail.Kind)
    {
        Candidates = mail.Candidates,
        Arrived = mail.Arrived,
        Recipient = mail.Recipients.Select(one => one.Address).FirstOrDefault(address => address is not null),
        Verdict = mail.Verdict,
        Reply = mail.Recipients.FirstOrDefault(one => one.Verdict == mail.Verdict)?.Reply,
        Size = size,
    };
}
