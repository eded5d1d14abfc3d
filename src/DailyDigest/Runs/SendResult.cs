namespace DailyDigest.Runs;

/// <summary>The outcome of one message handed to the relay.</summary>
public enum SendOutcome
{
    /// <summary>The relay accepted it (2xx after the final dot), or the file is in the pickup folder.</summary>
    Sent,

    /// <summary>Refused permanently (5xx), for a reason about this message or recipient.</summary>
    Rejected,

    /// <summary>Refused temporarily (4xx), or the connection failed before the final dot was sent: certainly not delivered.</summary>
    Deferred,

    /// <summary>The connection broke after the final dot may have been sent: it is not known whether the message was delivered.</summary>
    Unknown,

    /// <summary>
    /// The relay refuses us (connect, greeting, TLS, login, sender). It says nothing about the recipient, and sending stops; but a refusal
    /// <see cref="SendResult.AtRecipient"/> stops it only after many in a row (<see cref="RefusalPolicy"/>).
    /// </summary>
    RelayRefused,
}

/// <summary>Outcome and reply of one message.</summary>
/// <param name="Outcome">The outcome.</param>
/// <param name="Reply">
/// The server's reply or the error, one line, without addresses, at most 300 characters; e.g. "550 5.1.1 no such user".
/// </param>
/// <param name="Reason">
/// The reason of a rejection, one word; null otherwise. About the recipient: <c>no-such-user</c> (no such mailbox or domain),
/// <c>mailbox-disabled</c> (there was one; closed, locked or unused), <c>mailbox-full</c>. About the message: <c>too-big</c>,
/// <c>content-refused</c> (spam, virus, form). About us as the recipient's server sees us: <c>policy</c> (its rules, block lists, SPF,
/// DKIM, DMARC, reputation), <c>sender-refused</c> (it does not accept our sender). <c>relay-trouble</c>: loops, routes and broken systems
/// on the way. <c>temporary</c>: a 5xx that asks for another try. <c>other</c>: everything that is not certain. A refusal of us by the
/// relay itself is <see cref="SendOutcome.RelayRefused"/>, without a reason.
/// </param>
public sealed record SendResult(SendOutcome Outcome, string Reply, string? Reason = null)
{
    /// <summary>How the reply begins if the relay refuses us at a recipient or at a message (<see cref="AtRecipient"/>).</summary>
    public const string RefusesUs = "the relay refuses us: ";

    /// <summary>
    /// False if the reply is about the relay and not about this message: the message counts as not begun, and no attempt is counted.
    /// </summary>
    public bool Begun { get; init; } = true;

    /// <summary>
    /// For <see cref="SendOutcome.RelayRefused"/>: true if the relay had accepted the sender and refused at the recipient or later. It may
    /// then be about this one reader, because a relay that holds mailboxes uses the same words for a reader's account as others for ours.
    /// </summary>
    public bool AtRecipient { get; init; }

    /// <summary>The relay it was handed to, as host and port; null if to none.</summary>
    public string? Relay { get; init; }
}
