using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using DailyDigest.Delivery;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;

namespace DailyDigest.Mail.Smtp;

/// <summary>Turns replies and trouble into outcomes, and into words without addresses or secrets.</summary>
internal sealed partial class Replies(MailOptions options)
{
    private const int MaxReply = 300;

    private readonly string[] secrets = Secrets(options);

    /// <summary>Trouble before the first message: nothing was sent, and nothing is said about a recipient.</summary>
    public SendResult Connecting(Exception trouble) => trouble switch
    {
        // "Not now", or a line that broke while we greeted: another try may find it well.
        SmtpCommandException refused when IsTemporary(refused) => Result(SendOutcome.Deferred, Reply(refused)),
        SmtpProtocolException or IOException or ServiceNotConnectedException => Result(SendOutcome.Deferred, "while connecting: " + trouble.Message),
        AuthenticationException login when login.Message.StartsWith('4') || login.Message.Contains("454", StringComparison.Ordinal) =>
            Result(SendOutcome.Deferred, "login: " + login.Message),

        // Until somebody changes something, every message would fare the same.
        SmtpCommandException refused => Result(SendOutcome.RelayRefused, Reply(refused)),
        SocketException socket => Result(SendOutcome.RelayRefused, $"cannot connect: {Words(socket.SocketErrorCode)}"),
        SslHandshakeException => Result(SendOutcome.RelayRefused, "TLS failed: " + FirstLine(trouble)),
        AuthenticationException => Result(SendOutcome.RelayRefused, "login refused: " + trouble.Message),
        NotSupportedException => Result(SendOutcome.RelayRefused, trouble.Message),
        _ => Result(SendOutcome.RelayRefused, trouble.GetType().Name + ": " + FirstLine(trouble)),
    };

    /// <summary>Trouble with one message. <paramref name="endMayHaveLeft"/>: its final dot may have been sent.</summary>
    public SendResult Sending(Exception trouble, bool endMayHaveLeft) => trouble switch
    {
        SmtpCommandException { ErrorCode: SmtpErrorCode.SenderNotAccepted } sender when !IsTemporary(sender) =>
            Reason(sender) == "too-big"
                ? Result(SendOutcome.Rejected, Reply(sender), "too-big")
                : Result(SendOutcome.RelayRefused, "sender refused: " + Reply(sender)),
        SmtpCommandException refused when IsTemporary(refused) => Result(SendOutcome.Deferred, Reply(refused)),
        SmtpCommandException refused => Result(SendOutcome.Rejected, Reply(refused), Reason(refused)),
        ServiceNotAuthenticatedException => Result(SendOutcome.RelayRefused, "530 " + trouble.Message),
        _ when endMayHaveLeft => Result(SendOutcome.Unknown, "after the message: " + FirstLine(trouble)),
        _ => Result(SendOutcome.Deferred, "before the message's end: " + FirstLine(trouble)),
    };

    private static string Words(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => "the connection was refused",
        SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => "the host name is not known",
        SocketError.TimedOut => "there was no answer in time",
        SocketError.HostUnreachable or SocketError.NetworkUnreachable => "the host cannot be reached from here",
        _ => $"the connection failed ({error})",
    };

    /// <summary>A result whose reply is one line without addresses and secrets, at most 300 characters.</summary>
    public SendResult Result(SendOutcome outcome, string reply, string? reason = null) => new(outcome, Clean(reply), reason);

    private static bool IsTemporary(SmtpCommandException refused) => (int)refused.StatusCode is >= 400 and < 500;

    private static string Reply(SmtpCommandException refused) => $"{(int)refused.StatusCode} {refused.Message}";

    private static string FirstLine(Exception trouble) => trouble.Message.Split('\n')[0];

    /// <summary>RFC 3463: the enhanced code if there is one, else the basic code and the stage it came at.</summary>
    private static string Reason(SmtpCommandException refused)
    {
        var atRecipient = refused.ErrorCode == SmtpErrorCode.RecipientNotAccepted;
        var enhanced = EnhancedCode().Match(refused.Message);
        if (enhanced.Success)
        {
            return (enhanced.Groups[1].Value, enhanced.Groups[2].Value) switch
            {
                ("1", "1" or "2" or "3" or "6" or "10") or ("2", "1") or ("4", "4") => "no-such-user",
                ("2", "2") => "mailbox-full",
                ("2" or "3", "3" or "4") => "too-big",
                ("6", _) => "content-refused",
                ("7", _) => atRecipient ? "policy" : "content-refused",
                _ => "other",
            };
        }

        return ((int)refused.StatusCode, atRecipient) switch
        {
            (550 or 551 or 553, true) => "no-such-user",
            (552, true) => "mailbox-full",
            (552, false) => "too-big",
            (554, false) => "content-refused",
            (554 or 571, true) => "policy",
            _ => "other",
        };
    }

    /// <summary>One line without addresses and secrets, at most 300 characters.</summary>
    public string Clean(string text)
    {
        foreach (var secret in secrets)
        {
            text = text.Replace(secret, "***", StringComparison.Ordinal);
        }

        // A hostile relay may say megabytes; what is kept is short, and the patterns below need not read on.
        text = text.Length > 10 * MaxReply ? text[..(10 * MaxReply)] : text;
        text = Address().Replace(Whitespace().Replace(text, " "), "<address>").Trim();
        return text.Length <= MaxReply ? text : text[..(char.IsHighSurrogate(text[MaxReply - 2]) ? MaxReply - 2 : MaxReply - 1)] + "…";
    }

    /// <summary>Every relay's password as it is written and as AUTH carries it: a server may echo a command. The longest first: one may end with another.</summary>
    private static string[] Secrets(MailOptions options) =>
    [
        .. options.AllRelays.Where(relay => relay.Password.Length > 0).SelectMany(relay => new[]
        {
            Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{relay.User}\0{relay.Password}")),
            Convert.ToBase64String(Encoding.UTF8.GetBytes(relay.Password)),
            relay.Password,
        }).OrderByDescending(secret => secret.Length),
    ];

    [GeneratedRegex(@"\b[45]\.(\d{1,3})\.(\d{1,3})\b")]
    private static partial Regex EnhancedCode();

    [GeneratedRegex(@"<?(?:""[^""]*""|[^\s<>""(),;:\[\]]+)@[^\s<>""(),;:]+>?")]
    private static partial Regex Address();

    [GeneratedRegex(@"[\s\p{C}]+")]
    private static partial Regex Whitespace();
}
