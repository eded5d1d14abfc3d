using DailyDigest.Digests;

namespace DailyDigest.Delivery;

/// <summary>One digest for one subscriber, ready to leave.</summary>
/// <param name="To">The recipient's address.</param>
/// <param name="Variant">The bytes all recipients share.</param>
/// <param name="MessageId">Without angle brackets; derived from date and subscriber, so that a message sent again is the same message.</param>
/// <param name="FeedbackId">The value of Feedback-ID.</param>
/// <param name="UnsubscribeUrl">For List-Unsubscribe (one-click POST, RFC 8058) and the footer.</param>
/// <param name="PreferencesUrl">For the footer.</param>
/// <param name="Date">The Date header: when the run began, so that every attempt carries the same.</param>
/// <param name="EnvelopeToken">Names the delivery in the envelope sender, where that is wanted (<see cref="EnvelopeTokens"/>); null for a mail that is none, such as a test.</param>
public sealed record DigestMail(
    string To, Variant Variant, string MessageId, string FeedbackId, string UnsubscribeUrl, string PreferencesUrl, DateTimeOffset Date,
    string? EnvelopeToken = null);

/// <summary>A service mail: confirmation, or a link to the preferences.</summary>
/// <param name="To">The recipient's address.</param>
/// <param name="Subject">The subject, not encoded.</param>
/// <param name="Html">The HTML part.</param>
/// <param name="Text">The plain-text part.</param>
/// <param name="Language">BCP 47 tag.</param>
/// <param name="MessageId">Without angle brackets.</param>
/// <param name="Date">The Date header.</param>
public sealed record NoticeMail(string To, string Subject, string Html, string Text, string Language, string MessageId, DateTimeOffset Date);

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

/// <summary>Takes messages out of the house: SMTP through MailKit, or the pickup folder.</summary>
public interface IMailTransport
{
    /// <summary>
    /// Opens a way out. A session is used by one caller at a time; each delivering loop has its own. Trouble while connecting is not thrown here:
    /// the first send says it.
    /// </summary>
    IMailSession OpenSession();
}

/// <summary>One connection's worth of sending; reconnects by itself. Dispose gives the connection back.</summary>
public interface IMailSession : IAsyncDisposable
{
    /// <summary>
    /// Waits until one message may begin: for a connection, and for the relay's limits. Nothing has begun when it returns or throws. Null when
    /// ready, and so it stays until the next send or <see cref="Rest"/>; otherwise why no message can be begun now. A send that was not made
    /// ready does this first.
    /// </summary>
    ValueTask<SendResult?> ReadyAsync(CancellationToken cancellationToken) => new((SendResult?)null);

    /// <summary>There is nothing to send after all: gives back what <see cref="ReadyAsync"/> got.</summary>
    void Rest()
    {
    }

    /// <summary>Sends the digest. Expected trouble is the result, not an exception. When cancelled midway the outcome is unknown and OperationCanceledException is thrown.</summary>
    Task<SendResult> SendAsync(DigestMail mail, CancellationToken cancellationToken);

    /// <summary>Sends the notice; as above.</summary>
    Task<SendResult> SendAsync(NoticeMail mail, CancellationToken cancellationToken);
}
