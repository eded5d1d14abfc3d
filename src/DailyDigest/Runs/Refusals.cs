using System.Globalization;
using System.Text.RegularExpressions;
using DailyDigest.Content;

namespace DailyDigest.Runs;

/// <summary>Why a message was refused, in the words of the ledger, and what of a relay's text may be kept.</summary>
public static partial class Refusals
{
    /// <summary>There is no such mailbox or domain.</summary>
    public const string NoSuchUser = "no-such-user";

    /// <summary>There is one, and it takes no mail.</summary>
    public const string MailboxDisabled = "mailbox-disabled";

    /// <summary>How a relay's reply begins that refuses us at a recipient or at a message (<see cref="SendResult.AtRecipient"/>).</summary>
    public const string RefusesUs = "the relay refuses us: ";

    /// <summary>Everybody refused, and so many, looks like the relay's doing, however small the run.</summary>
    public const int Several = 3;

    /// <summary>Most characters that are kept of a reply.</summary>
    public const int MostReply = 300;

    /// <summary>
    /// True for the reasons that say something about the recipient, and so may end a subscription. A full mailbox empties again; size, content, policy and
    /// the relay's own trouble are about us.
    /// </summary>
    public static bool IsAboutRecipient(string? reason) => reason is NoSuchUser or MailboxDisabled;

    /// <summary>
    /// True if more deliveries of a run were refused for reasons about recipients than can be believed: over 20, and over a tenth. A relay or a name
    /// server out of order refuses everybody, and must not cost the list.
    /// </summary>
    public static bool AreTooMany(long refused, long deliveries) => refused > Math.Max(20, deliveries / 10);

    /// <summary>
    /// The reason that an enhanced status code (RFC 3463) gives, or the first such code in the reply where there is none; "other" if it says nothing.
    /// What is reported has gone out of the house: a code of security or policy is the receiving side's.
    /// </summary>
    public static string Reason(string? status, string? reply)
    {
        var code = Enhanced().Match(status?.Length <= MostReply ? status : "");
        code = code.Success ? code : Enhanced().Match(Cut(reply));
        if (!code.Success)
        {
            return "other";
        }

        return Reason(code.Groups[1].Value == "5", Number(code.Groups[2]), Number(code.Groups[3]));
    }

    /// <summary>
    /// What an enhanced status code says by itself, CLASS.SUBJECT.DETAIL. Only a permanent one (5.x.x) can be about the recipient: 4.4.7 is a relay that
    /// gave up trying. No route to a domain (x.4.4) may be its name server's trouble, or ours.
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

    /// <summary>A reply from outside, fit to be kept: one line without control characters and addresses, at most 300 characters; null if nothing is left.</summary>
    public static string? Clean(string? reply) => ContentText.LineOrNull(Address().Replace(ContentText.Line(Cut(reply), 10 * MostReply), "<address>"), MostReply);

    // A hostile sender may say megabytes; the patterns need not read on.
    private static string Cut(string? text) => text is null ? "" : text.Length > 10 * MostReply ? text[..(10 * MostReply)] : text;

    private static int Number(Group digits) => int.Parse(digits.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(?<![0-9.])([45])\.([0-9]{1,3})\.([0-9]{1,3})(?![0-9.][0-9])")]
    private static partial Regex Enhanced();

    [GeneratedRegex(@"<?(?:""[^""]*""|[^\s<>""(),;:\[\]@]+)(?:[@＠﹫]|%40)[^\s<>""(),;:]+>?", RegexOptions.IgnoreCase)]
    private static partial Regex Address();
}
