using System.Net.Sockets;
using DailyDigest.Mailing;
using DailyDigest.Runs;
using DailyDigest.Subscribers;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;

namespace DailyDigest.Mail.Smtp;

/// <summary>Turns replies and exceptions into outcomes, and into text without addresses and secrets.</summary>
internal sealed class Replies(MailOptions options)
{
    private readonly LoginSecrets secrets = new([.. options.AllRelays]);

    /// <summary>Trouble before the first message: nothing was sent, and the trouble is not about a recipient.</summary>
    public SendResult Connecting(Exception trouble) => trouble switch
    {
        // A 4xx, or a connection that broke during the greeting: a retry may succeed.
        SmtpCommandException refused when IsTemporary(refused) => Result(SendOutcome.Deferred, Reply(refused)),
        SmtpProtocolException or IOException or ServiceNotConnectedException
            or SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown } =>
            Result(SendOutcome.Deferred, "while connecting: " + trouble.Message),
        AuthenticationException login when IsTemporary(login) => Result(SendOutcome.Deferred, "login: " + login.Message),

        // Every message would get the same answer until an operator changes something.
        SmtpCommandException refused => Result(SendOutcome.RelayRefused, Reply(refused)),
        SocketException socket => Result(SendOutcome.RelayRefused, $"cannot connect: {Describe(socket.SocketErrorCode)}"),
        SslHandshakeException => Result(SendOutcome.RelayRefused, "TLS failed: " + FirstLine(trouble)),
        AuthenticationException => Result(SendOutcome.RelayRefused, "login refused: " + trouble.Message),
        AccessTokenException => Result(SendOutcome.RelayRefused, "no access token: " + trouble.Message),
        NotSupportedException => Result(SendOutcome.RelayRefused, trouble.Message),
        _ => Result(SendOutcome.RelayRefused, trouble.GetType().Name + ": " + FirstLine(trouble)),
    };

    /// <summary>Trouble with one message.</summary>
    /// <param name="trouble">The exception of MailKit or of the socket.</param>
    /// <param name="senderTaken">True if the relay had taken the sender.</param>
    /// <param name="endMayHaveLeft">True if the message's final dot may have been sent.</param>
    public SendResult Sending(Exception trouble, bool senderTaken, bool endMayHaveLeft) => trouble switch
    {
        // Every 2xx after the final dot takes the message (RFC 5321, 4.2.1); MailKit knows only 250.
        SmtpCommandException taken when endMayHaveLeft && (int)taken.StatusCode is >= 200 and < 300 =>
            Result(SendOutcome.Sent, Reply(taken)),
        SmtpCommandException refused when IsTemporary(refused) => Result(SendOutcome.Deferred, Reply(refused)),
        SmtpCommandException refused when IsPermanent(refused) => Refused(refused),
        ServiceNotAuthenticatedException => Result(SendOutcome.RelayRefused, "530 " + trouble.Message) with { AtRecipient = senderTaken },
        _ when endMayHaveLeft => Result(SendOutcome.Unknown, "after the message: " + FirstLine(trouble)),
        _ => Result(SendOutcome.Deferred, "before the message's end: " + FirstLine(trouble)),
    };

    /// <summary>True for a login that may succeed a little later as it is.</summary>
    public static bool IsTemporary(AuthenticationException login) =>
        login.Message.StartsWith('4') || login.Message.Contains("454", StringComparison.Ordinal);

    /// <summary>Hides an access token of this user in every later text.</summary>
    public void Hide(string user, string token) => secrets.Hide(user, token);

    private SendResult Refused(SmtpCommandException refused)
    {
        var stage = refused.ErrorCode switch
        {
            SmtpErrorCode.SenderNotAccepted => ReplyStage.Sender,
            SmtpErrorCode.RecipientNotAccepted => ReplyStage.Recipient,
            _ => ReplyStage.Message,
        };
        var reason = ReplyReasons.Of((int)refused.StatusCode, Head(refused.Message), stage);
        return reason != ReplyReasons.Us ? Result(SendOutcome.Rejected, Reply(refused), reason)
            : stage == ReplyStage.Sender ? Result(SendOutcome.RelayRefused, "sender refused: " + Reply(refused))
            : Result(SendOutcome.RelayRefused, SendResult.RefusesUs + Reply(refused)) with { AtRecipient = true };
    }

    /// <summary>Why there is no connection, in words.</summary>
    public static string Describe(SocketError error) => error switch
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

    private static bool IsPermanent(SmtpCommandException refused) => (int)refused.StatusCode is >= 500 and < 600;

    private static string Reply(SmtpCommandException refused) => $"{(int)refused.StatusCode} {refused.Message}";

    private static string FirstLine(Exception trouble) => trouble.Message.Split('\n')[0];

    private static string Head(string text) =>
        text.Length > 10 * RefusalReasons.MaxReplyLength ? text[..(10 * RefusalReasons.MaxReplyLength)] : text;

    /// <summary>One line without addresses and secrets, at most 300 characters.</summary>
    public string Clean(string text) => RefusalReasons.Clean(secrets.Remove(text)) ?? "";
}
