using System.Globalization;
using System.Text.RegularExpressions;
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
        var isQuoted = NextHop().IsMatch(text);

        // An address may contain any phrase, and a server may break a line inside one.
        text = ReplyText.Prepare(text);

        // A relay that holds mailboxes says of a mailbox (RFC 3463, X.2.x) or its address what other relays say of our account.
        var ofReader = stage == ReplyStage.Recipient && (status is "2.0" or "2.1" or "2.2" or "2.3" or "2.4"
            || (status is "1.1" or "1.2" or "1.3" or "1.6" or "1.10"
                && Verdicts.Phrases.Find(text, label => label is "mailbox-full" or "mailbox-disabled" or "no-such-user") is not null));
        var label = Verdicts.Phrases.Find(text, label => label switch
        {
            "login" => !isQuoted,
            "account" => !isQuoted && !ofReader,
            "relaying" => !ofReader || text.Contains("relay", StringComparison.Ordinal),
            _ => true,
        });
        if (label == "too-big" || status is "3.4" or "2.3")
        {
            return "too-big";
        }

        if (!isQuoted && (label is "login" or "account" or "relaying" || code is 530 or 534 or 535 or 538
            || status is "7.8" or "7.9" or "7.13" or "7.14" || (label is "machine" or "listed" && stage != ReplyStage.Message)))
        {
            return Us;
        }

        if (label == "sender-refused" || status is "1.7" or "1.8" or "7.27")
        {
            return isQuoted || stage == ReplyStage.Message ? "sender-refused" : Us;
        }

        return stage == ReplyStage.Sender ? Us : label switch
        {
            "relaying" or "machine" or "listed" => "policy",
            null => ByCode(enhanced, code, stage == ReplyStage.Message ? RefusalStage.Message : RefusalStage.Recipient),
            _ => label,
        };
    }

    private static string ByCode(Match enhanced, int code, RefusalStage stage) =>
        (enhanced.Success ? Verdicts.OfCode("5" + enhanced.Value[1..], stage) ?? "other" : null)
        ?? Verdicts.OfCode(code.ToString(CultureInfo.InvariantCulture), stage) ?? "other";

    /// <summary>A server behind the relay is quoted.</summary>
    [GeneratedRegex(
        @"\bsaid: ?[45]\d\d"
        + @"|\bhost \S{1,255}(\s*\[[^\]]{1,64}\])? (said|refused)"
        + @"|remote (server|host|mta) (said|returned|responded|replied)"
        + @"|diagnostic(-| )code"
        + @"|in reply to",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        ReplyText.TimeLimit)]
    private static partial Regex NextHop();

    [GeneratedRegex(@"(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?![.\d])", RegexOptions.CultureInvariant, ReplyText.TimeLimit)]
    private static partial Regex Enhanced();
}
