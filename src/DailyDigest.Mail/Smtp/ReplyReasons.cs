using System.Globalization;
using System.Text.RegularExpressions;
using DailyDigest.Content;
using DailyDigest.Runs;

namespace DailyDigest.Mail.Smtp;

/// <summary>The stage of a message that a 5xx came at.</summary>
internal enum ReplyStage
{
    /// <summary>MAIL.</summary>
    Sender,

    /// <summary>RCPT.</summary>
    Recipient,

    /// <summary>DATA or the final dot.</summary>
    Message,
}

/// <summary>Reads why a server said 5xx.</summary>
/// <remarks>
/// Phrases come before codes: servers use the enhanced codes (RFC 3463) for more than they mean, and 5.7.1 for nearly everything. A refusal
/// of us applies to every recipient. It differs from what one recipient's server says, which a relay quotes as "host … said". No reason
/// that would end a subscription is guessed: an unknown text is "other".
/// </remarks>
internal static partial class ReplyReasons
{
    /// <summary>Not a reason about a message: the relay refuses us.</summary>
    public const string Us = "us";

    /// <summary>Milliseconds that one pattern may take. The text is from outside and short; its patterns take microseconds.</summary>
    public const int TimeLimit = 1000;

    /// <summary>How phrases are matched.</summary>
    public const RegexOptions Words = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture;

    /// <summary>The reason as the ledger has it, or <see cref="Us"/>.</summary>
    /// <param name="code">500 to 599.</param>
    /// <param name="text">The reply without its code; a line feed separates its lines.</param>
    /// <param name="stage">The stage of the session at which the reply came.</param>
    public static string Of(int code, string text, ReplyStage stage)
    {
        try
        {
            return Read(code, text, stage);
        }
        catch (RegexMatchTimeoutException)
        {
            return stage == ReplyStage.Sender ? Us : "other";
        }
    }

    private static string Read(int code, string text, ReplyStage stage)
    {
        var enhanced = Enhanced().Match(text);
        var status = enhanced.Success ? enhanced.Value[2..] : "";
        var isQuoted = MessagePhrases.NextHop().IsMatch(text);

        // An address may contain any phrase, and a server may break a line inside one.
        text = Spaces().Replace(Enhanced().Replace(Redaction.Addresses(text, "<>"), " "), " ");
        if (MessagePhrases.TooBig().IsMatch(text) || status is "3.4" or "2.3")
        {
            return "too-big";
        }

        if (!isQuoted && (code is 530 or 534 or 535 or 538 || status is "7.8" or "7.9" or "7.13" or "7.14"
            || SenderPhrases.Login().IsMatch(text)))
        {
            return Us;
        }

        // A relay that holds mailboxes says of a mailbox (RFC 3463, X.2.x) or its address what other relays say of our account.
        var ofMailbox = stage == ReplyStage.Recipient && status is "2.0" or "2.1" or "2.2" or "2.3" or "2.4";
        var ofReader = ofMailbox || (stage == ReplyStage.Recipient && status is "1.1" or "1.2" or "1.3" or "1.6" or "1.10"
            && (RecipientPhrases.Full().IsMatch(text) || RecipientPhrases.Disabled().IsMatch(text)
                || RecipientPhrases.Unknown().IsMatch(text)));
        if (!isQuoted && !ofReader && SenderPhrases.NotOurs().IsMatch(text))
        {
            return Us;
        }

        var relaying = SenderPhrases.Relaying().IsMatch(text) && !(ofReader && !text.Contains("relay", StringComparison.OrdinalIgnoreCase));
        if (isQuoted && relaying)
        {
            return "policy";
        }

        if (!isQuoted && (relaying
            || (stage != ReplyStage.Message && (SenderPhrases.Client().IsMatch(text) || SenderPhrases.Listed().IsMatch(text)))))
        {
            return Us;
        }

        if (SenderPhrases.Sender().IsMatch(text) || status is "1.7" or "1.8" or "7.27")
        {
            return isQuoted || stage == ReplyStage.Message ? "sender-refused" : Us;
        }

        if (stage == ReplyStage.Sender)
        {
            return Us;
        }

        return SenderPhrases.Listed().IsMatch(text) || SenderPhrases.Records().IsMatch(text) ? "policy"
            : MessagePhrases.Content().IsMatch(text) ? "content-refused"
            : SenderPhrases.Policy().IsMatch(text) ? "policy"
            : RecipientPhrases.Full().IsMatch(text) ? "mailbox-full"
            : RecipientPhrases.Disabled().IsMatch(text) ? RefusalReasons.MailboxDisabled
            : RecipientPhrases.Unknown().IsMatch(text) ? RefusalReasons.NoSuchUser
            : MessagePhrases.Trouble().IsMatch(text) ? "relay-trouble"
            : ByStatus(status, stage) ?? ByCode(code, stage);
    }

    /// <summary>
    /// The meaning of the code alone (<see cref="RefusalReasons"/>). After a whole message a code of security or policy is mostly about the
    /// content.
    /// </summary>
    private static string? ByStatus(string status, ReplyStage stage) => status.Split('.') switch
    {
        ["7", not ("7" or "20" or "21" or "22" or "23" or "24" or "25" or "26")] when stage == ReplyStage.Message => "content-refused",
        [var subject, var detail] => RefusalReasons.Reason(
            permanent: true, int.Parse(subject, CultureInfo.InvariantCulture), int.Parse(detail, CultureInfo.InvariantCulture)),
        _ => null,
    };

    /// <summary>Servers use 550 and 554 for anything; only the codes here mean something by themselves (RFC 5321 4.2.2).</summary>
    private static string ByCode(int code, ReplyStage stage) => (code, stage) switch
    {
        (552, ReplyStage.Recipient) => "mailbox-full",
        (552, _) => "too-big",
        (551 or 556, ReplyStage.Recipient) => RefusalReasons.NoSuchUser,
        (571, ReplyStage.Recipient) => "policy",
        _ => "other",
    };

    [GeneratedRegex(@"(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?![.\d])", RegexOptions.CultureInvariant, TimeLimit)]
    private static partial Regex Enhanced();

    [GeneratedRegex(@"\s+", RegexOptions.None, TimeLimit)]
    private static partial Regex Spaces();
}
