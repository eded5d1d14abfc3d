using System.Globalization;
using System.Text.RegularExpressions;
using DailyDigest.Content;

namespace DailyDigest.Runs;

/// <summary>Why a message was refused, as the ledger stores it, and how much of a relay's reply is stored.</summary>
public static partial class RefusalReasons
{
    /// <summary>There is no such mailbox or domain.</summary>
    public const string NoSuchUser = "no-such-user";

    /// <summary>There is one, and it takes no mail.</summary>
    public const string MailboxDisabled = "mailbox-disabled";

    /// <summary>Characters of a reply that are stored at most.</summary>
    public const int MaxReplyLength = 300;

    /// <summary>
    /// The reason that an enhanced status code (RFC 3463) gives; without one, that of the first such code in the reply; "other" if there is
    /// none. For reports: the relay has accepted the message, so a code of security or policy comes from the receiving side.
    /// </summary>
    public static string Reason(string? status, string? reply)
    {
        var code = Enhanced().Match(status?.Length <= MaxReplyLength ? status : "");
        code = code.Success ? code : Enhanced().Match(Cut(reply));
        if (!code.Success)
        {
            return "other";
        }

        return Reason(code.Groups[1].Value == "5", Number(code.Groups[2]), Number(code.Groups[3]));
    }

    /// <summary>
    /// The reason of an enhanced status code, CLASS.SUBJECT.DETAIL. Only a permanent one (5.x.x) can be about the recipient: 4.4.7 means
    /// that a relay gave up trying. No route to a domain (x.4.4) may be the fault of its name server, or of ours.
    /// </summary>
    public static string Reason(bool permanent, int subject, int detail) => (subject, detail) switch
    {
        (1, 1 or 2 or 3 or 6 or 10) when permanent => NoSuchUser,
        (1, 7 or 8) => "sender-refused",
        (2, 1) when permanent => MailboxDisabled,
        (2, 2) => "mailbox-full",
        (2, 3) or (3, 4) => "too-big",
        (3 or 4, _) => "relay-trouble",
        (6, 7 or 8 or 9) => "other",
        (6, _) => "content-refused",
        (7, 27) => "sender-refused",
        (7, _) => "policy",
        _ => "other",
    };

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

    private static int Number(Group digits) => int.Parse(digits.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);

    // Neither before nor after it stands a digit or a further number.
    [GeneratedRegex(
        @"(?:^|[^0-9.])([45])\.([0-9]{1,3})\.([0-9]{1,3})(?:[^0-9.]|\.[^0-9]|\.?$)",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant)]
    private static partial Regex Enhanced();
}
