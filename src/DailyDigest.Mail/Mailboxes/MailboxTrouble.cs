using System.Net.Sockets;
using DailyDigest.Mail.Smtp;
using DailyDigest.Mailing;
using DailyDigest.Returns;
using DailyDigest.Runs;
using MailKit;
using MailKit.Security;

namespace DailyDigest.Mail.Mailboxes;

/// <summary>Turns exceptions into text for an operator, without addresses and secrets.</summary>
internal sealed class MailboxTrouble(MailboxOptions options)
{
    private readonly LoginSecrets secrets = new(options);

    /// <summary>Hides an access token in every later text.</summary>
    public void Hide(string token) => secrets.Hide(options.User, token);

    /// <summary>The exception that tells why the mailbox cannot be read.</summary>
    public MailboxException Of(Exception trouble) => new(Text(trouble), trouble);

    /// <summary>The trouble in one line.</summary>
    public string Text(Exception trouble) => Clean(trouble switch
    {
        SocketException socket => $"cannot connect: {Replies.Describe(socket.SocketErrorCode)}",
        SslHandshakeException => "TLS failed: " + trouble.Message.Split('\n')[0],
        AuthenticationException => "login refused: " + trouble.Message,
        AccessTokenException => "no access token: " + trouble.Message,
        FolderNotFoundException missing => $"there is no folder {missing.FolderName}",
        CommandException refused => "the server refused a command: " + refused.Message,
        ProtocolException or IOException or ServiceNotConnectedException => "the connection broke: " + trouble.Message.Split('\n')[0],
        NotSupportedException => trouble.Message,
        _ => trouble.GetType().Name + ": " + trouble.Message.Split('\n')[0],
    });

    private string Clean(string text) => RefusalReasons.Clean(secrets.Remove(text)) ?? "";
}
