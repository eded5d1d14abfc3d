using DailyDigest.Delivery;
using DailyDigest.Mail.Dkim;
using DailyDigest.Mail.Mime;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Mail.Smtp;

/// <summary>Sends through the configured relay with MailKit.</summary>
/// <remarks>
/// What the outcomes mean here. <see cref="SendOutcome.Sent"/>: 2xx to the final dot. <see cref="SendOutcome.Rejected"/>: 5xx at RCPT, DATA
/// or the final dot, an address that cannot be mailed, or a size the relay refuses. <see cref="SendOutcome.Deferred"/>: 4xx at any stage, or
/// the line broke while greeting or before the message's last bytes were written. <see cref="SendOutcome.Unknown"/>: the line broke, or the
/// reply could not be read, after that. <see cref="SendOutcome.RelayRefused"/>: no connection at all (refused, unreachable, no such host,
/// timed out), TLS failed, or 5xx to greeting, login or sender.
/// </remarks>
/// <param name="options">Relay and sender.</param>
/// <param name="publication">Whose name mail bears.</param>
/// <param name="logger">Gets connection trouble, without addresses.</param>
/// <param name="dial">How to reach the relay; null for TCP.</param>
/// <param name="signer">Signs each message; null for none.</param>
public sealed class SmtpTransport(MailOptions options, Publication publication, ILogger<SmtpTransport> logger, DialRelay? dial = null, MailSigner? signer = null)
    : IMailTransport
{
    private readonly RelayConnector connector = new(options, dial);
    private readonly Messages messages = new(options, publication, signer);
    private readonly Replies replies = new(options);

    /// <inheritdoc/>
    public IMailSession OpenSession() => new SmtpSession(connector, messages, replies, logger);
}
