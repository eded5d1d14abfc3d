using DailyDigest.Digests;

namespace DailyDigest.Mailing;

/// <summary>One digest for one subscriber, ready to leave.</summary>
/// <param name="Variant">The bytes all recipients share.</param>
/// <param name="MessageId">
/// Without angle brackets; derived from date and subscriber, so that a message sent again is the same message.
/// </param>
/// <param name="Campaign">
/// The fields of Feedback-ID before the sender, all different, separated by colons: Gmail adds up complaints by each of them. All mails of
/// a run share the string.
/// </param>
/// <param name="UnsubscribeUrl">For List-Unsubscribe (one-click POST, RFC 8058) and the footer.</param>
/// <param name="PreferencesUrl">For the footer.</param>
/// <param name="Date">The Date header: when the run began, so that every attempt carries the same.</param>
/// <param name="EnvelopeToken">
/// Names the delivery in the envelope sender, where that is wanted (<see cref="EnvelopeTokens"/>); null for a mail that is none, such as a
/// test.
/// </param>
public sealed record DigestMail(
    EmailAddress To, Variant Variant, string MessageId, string Campaign, string UnsubscribeUrl, string PreferencesUrl,
    DateTimeOffset Date,
    string? EnvelopeToken = null)
{
    /// <summary>The subscriber, for the address of unsubscribe requests by mail; null for a mail without one, such as a test.</summary>
    public string? SubscriberId { get; init; }
}

/// <summary>A service mail: confirmation, or a link to the preferences.</summary>
/// <param name="Subject">The subject, not encoded.</param>
/// <param name="Html">The HTML part.</param>
/// <param name="Text">The plain-text part.</param>
/// <param name="Language">BCP 47 tag.</param>
/// <param name="MessageId">Without angle brackets.</param>
/// <param name="Date">The Date header.</param>
public sealed record NoticeMail(
    EmailAddress To, string Subject, string Html, string Text, string Language, string MessageId, DateTimeOffset Date)
{
    /// <summary>Names the mail in the envelope sender, where that is wanted (<see cref="NoticeTokens"/>); null for none.</summary>
    public string? EnvelopeToken { get; init; }
}
