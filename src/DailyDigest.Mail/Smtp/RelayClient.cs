using MailKit.Net.Smtp;
using MimeKit;

namespace DailyDigest.Mail.Smtp;

/// <summary>MailKit's client for <see cref="RelayMessage"/>: it does not prepare or measure the message again.</summary>
internal sealed class RelayClient : SmtpClient
{
    /// <summary>True once the relay has taken the sender of the current message; the caller resets it before each message.</summary>
    public bool SenderTaken { get; set; }

    /// <inheritdoc/>
    protected override void OnSenderAccepted(MimeMessage message, MailboxAddress mailbox, SmtpResponse response) => SenderTaken = true;

    /// <summary>Does nothing: the message is encoded already.</summary>
    protected override void Prepare(FormatOptions options, MimeMessage message, EncodingConstraint constraint, int maxLineLength)
    {
    }

    /// <inheritdoc/>
    protected override long GetSize(FormatOptions options, MimeMessage message, CancellationToken cancellationToken) =>
        ((RelayMessage)message).Length;
}
