namespace DailyDigest.Runs;

/// <summary>What became of one message handed to the relay.</summary>
public enum SendOutcome
{
    /// <summary>The relay took it (2xx after the final dot), or the file is in the pickup folder.</summary>
    Sent,

    /// <summary>Refused for good (5xx) for a reason about this message or recipient.</summary>
    Rejected,

    /// <summary>Not now (4xx), or the connection failed before the final dot may have left: certainly not delivered.</summary>
    Deferred,

    /// <summary>The connection broke after the final dot may have left: delivered or not, nobody knows.</summary>
    Unknown,

    /// <summary>
    /// The relay refuses us (connect, greeting, TLS, login, sender): says nothing about the recipient; stop and say so. Unless it came
    /// <see cref="SendResult.AtRecipient"/>: then only many in a row are believed.
    /// </summary>
    RelayRefused,
}

/// <summary>Outcome and reply of one message.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Reply">The server's reply or the trouble, one line, without addresses, at most 300 characters; e.g. "550 5.1.1 no such user".</param>
/// <param name="Reason">
/// For rejected a word for why, otherwise null. About the recipient: <c>no-such-user</c> (no such mailbox or domain), <c>mailbox-disabled</c>
/// (there was one; closed, locked or unused), <c>mailbox-full</c>. About the message: <c>too-big</c>, <c>content-refused</c> (spam, virus, form).
/// About us as the recipient's server sees us: <c>policy</c> (its rules, block lists, SPF, DKIM, DMARC, fame), <c>sender-refused</c> (it does
/// not take our sender). <c>relay-trouble</c>: loops, routes and broken systems on the way. <c>other</c>: whatever is not known for certain.
/// What the relay itself says against us is <see cref="SendOutcome.RelayRefused"/>, without a word.
/// </param>
public sealed record SendResult(SendOutcome Outcome, string Reply, string? Reason = null)
{
    /// <summary>How the reply begins if the relay refuses us at a recipient or at a message (<see cref="AtRecipient"/>).</summary>
    public const string RefusesUs = "the relay refuses us: ";

    /// <summary>False if what is said is about the relay and not about this message: it was as good as not begun, and no attempt is counted.</summary>
    public bool Begun { get; init; } = true;

    /// <summary>
    /// Of <see cref="SendOutcome.RelayRefused"/>: true if the relay had taken the sender and refused at the recipient or later. Then it may be about
    /// this one reader, whatever its words: a relay that holds mailboxes says the same of a reader's account as others say of ours.
    /// </summary>
    public bool AtRecipient { get; init; }

    /// <summary>The relay it was handed to, as host and port; null if to none.</summary>
    public string? Relay { get; init; }
}
