using DailyDigest.Content;

namespace DailyDigest.Runs;

/// <summary>Why a message was refused, as the ledger stores it, and how much of a relay's reply is stored.</summary>
public static class RefusalReasons
{
    /// <summary>There is no such mailbox or domain.</summary>
    public const string NoSuchUser = "no-such-user";

    /// <summary>There is one, and it takes no mail.</summary>
    public const string MailboxDisabled = "mailbox-disabled";

    /// <summary>The server asked for another try, or a temporary code stands beside a reason about the reader.</summary>
    public const string Temporary = "temporary";

    /// <summary>Every reason that <see cref="Verdict"/> may have.</summary>
    public static readonly IReadOnlyList<string> All =
    [
        NoSuchUser, MailboxDisabled, "mailbox-full", "too-big", "content-refused", "policy", "sender-refused", "relay-trouble", Temporary,
        "other",
    ];

    /// <summary>Characters of a reply that are stored at most.</summary>
    public const int MaxReplyLength = 300;

    /// <summary>The reply, cut after <see cref="MaxReplyLength"/> characters.</summary>
    public static string Shorten(string reply) => reply.Length > MaxReplyLength ? reply[..MaxReplyLength] : reply;

    /// <summary>
    /// A reply from outside as it is stored: one line without control characters and addresses, at most 300 characters; null if nothing is
    /// left.
    /// </summary>
    public static string? Clean(string? reply) =>
        ContentText.LineOrNull(Redaction.Addresses(ContentText.Line(Cut(reply), 10 * MaxReplyLength)), MaxReplyLength);

    // A hostile sender may send megabytes; the patterns read the beginning only.
    private static string Cut(string? text) => text is null ? "" : text.Length > 10 * MaxReplyLength ? text[..(10 * MaxReplyLength)] : text;
}
