using DailyDigest.Runs;
using DailyDigest.Subscribers;

namespace DailyDigest.Returns;

/// <summary>The kinds of messages in the bounce mailbox.</summary>
public enum ReturnKind
{
    /// <summary>Nothing that is known: it stays in the mailbox.</summary>
    Other,

    /// <summary>The message was not delivered, and nobody tries any more.</summary>
    Bounced,

    /// <summary>The message is late; a server still tries.</summary>
    Delayed,

    /// <summary>The message was delivered, or handed to a system that reports nothing.</summary>
    Delivered,

    /// <summary>The reader called it spam or fraud (RFC 5965).</summary>
    Complained,

    /// <summary>A mail to an unsubscribe address with a token.</summary>
    Unsubscribe,

    /// <summary>An automatic reply (RFC 3834), or a receipt of reading. It changes nothing.</summary>
    AutoReply,

    /// <summary>A filter wants a person to confirm the message. It changes nothing.</summary>
    Challenge,
}

/// <summary>The things that may prove whom a returned message is about, the strongest first. An address alone proves nothing.</summary>
public enum ReturnProof
{
    /// <summary>The signed token of an envelope or unsubscribe address.</summary>
    Token,

    /// <summary>The Message-ID of the returned mail, to be recomputed for the recipient and the date in it.</summary>
    MessageId,

    /// <summary>Recipient and instant of an event that a provider has signed. No returned message offers this.</summary>
    Vouched,
}

/// <summary>Something in a returned message that may prove whom it is about. Nothing of it is verified.</summary>
/// <param name="Proof">Token or Message-ID.</param>
/// <param name="Value">The token, or the Message-ID without angle brackets.</param>
/// <param name="Recipient">The recipient's address as reported; null if the report names none.</param>
public sealed record ReturnCandidate(ReturnProof Proof, string Value, string? Recipient);

/// <summary>The answer of one recipient's server, as reported.</summary>
/// <param name="Address">As reported, at most 320 characters; null if the report names none.</param>
/// <param name="Kind">Bounced, delayed or delivered.</param>
/// <param name="Verdict">Why it bounced; null unless it did.</param>
/// <param name="Reply">The server's last reply without addresses, one line; null if it is not quoted.</param>
public sealed record ReturnedRecipient(string? Address, ReturnKind Kind, Verdict? Verdict, string? Reply);

/// <summary>A message of the bounce mailbox, parsed. Everything in it is a claim of its sender.</summary>
public sealed record ReturnedMail(ReturnKind Kind)
{
    /// <summary>The claims of a report about each recipient; empty unless it bounced, is delayed or was delivered.</summary>
    public IReadOnlyList<ReturnedRecipient> Recipients { get; init; } = [];

    /// <summary>The things that may prove whom it is about, the strongest first.</summary>
    public IReadOnlyList<ReturnCandidate> Candidates { get; init; } = [];

    /// <summary>True if it has the fields of a report and a token, the strongest proof: a message that goes on adds nothing.</summary>
    public bool SaysEnough { get; init; }

    /// <summary>
    /// When it arrived, as the mailbox's own server noted it in the first Received header, which nobody else can write; null if there is
    /// none.
    /// </summary>
    public DateTimeOffset? Arrived { get; init; }

    /// <summary>True if the message was longer than what is read of it.</summary>
    public bool IsCut { get; init; }

    /// <summary>
    /// Why it bounced; null unless it did. Of several recipients with different verdicts a soft one counts: a report about several people
    /// says nothing certain about one of them.
    /// </summary>
    public Verdict? Verdict => Kind != ReturnKind.Bounced ? null
        : Recipients.Where(one => one.Verdict is { IsPermanent: false }).Select(one => one.Verdict).FirstOrDefault()
            ?? (Recipients.Any(one => one.Kind != ReturnKind.Bounced) ? new Verdict("other") : (Verdict?)null)
            ?? Recipients.FirstOrDefault(one => one.Verdict is not null)?.Verdict ?? new Verdict("other");
}

/// <summary>The result of verifying a candidate: the mail that the returned message is proven to be about.</summary>
/// <param name="Proof">How it was proven.</param>
/// <param name="Date">The local date of the digest; null for a service mail or an unsubscribe request.</param>
/// <param name="SubscriberId">The subscriber.</param>
/// <param name="Copy">Which copy of the delivery; null if the proof does not say.</param>
public sealed record ProvenReturn(ReturnProof Proof, DateOnly? Date, string SubscriberId, int? Copy)
{
    /// <summary>The service mail; null for a digest or an unsubscribe request.</summary>
    public NoticeName? Notice { get; init; }
}
