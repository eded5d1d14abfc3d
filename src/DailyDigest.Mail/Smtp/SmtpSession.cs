using DailyDigest.Delivery;
using DailyDigest.Mail.Mime;
using MailKit.Net.Smtp;
using Microsoft.Extensions.Logging;
using MimeKit;

namespace DailyDigest.Mail.Smtp;

/// <summary>One connection, opened by the first message and again after trouble. Nothing here retries: each call makes one attempt.</summary>
internal sealed partial class SmtpSession(RelayConnector connector, Messages messages, Replies replies, ILogger logger) : IMailSession
{
    /// <summary>RFC 6531 needs both.</summary>
    private const SmtpCapabilities Utf8 = SmtpCapabilities.UTF8 | SmtpCapabilities.EightBitMime;

    private RelayClient? client;
    private RelayStream? stream;
    private bool offersUtf8;

    /// <inheritdoc/>
    public Task<SendResult> SendAsync(DigestMail mail, CancellationToken cancellationToken) =>
        SendAsync(mail.To, messages.SenderOf(mail), to => messages.Digest(mail, to), cancellationToken);

    /// <inheritdoc/>
    public Task<SendResult> SendAsync(NoticeMail mail, CancellationToken cancellationToken) =>
        SendAsync(mail.To, messages.Sender, to => messages.Notice(mail, to), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (client is { IsConnected: true })
        {
            // A relay that does not answer QUIT must not hold the caller up.
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            await client.DisconnectAsync(quit: true, patience.Token);
        }

        Drop();
    }

    private async Task<SendResult> SendAsync(
        string address, MailboxAddress sender, Func<MailboxAddress, MimeMessage> build, CancellationToken cancellationToken)
    {
        if (Messages.Recipient(address) is not { } to)
        {
            return replies.Result(SendOutcome.Rejected, "not an address that mail can be sent to", "no-such-user");
        }

        var utf8 = Messages.NeedsUtf8(to);
        if (await OpenAsync(utf8, cancellationToken) is { } trouble)
        {
            return trouble;
        }

        if (utf8 && (client!.Capabilities & Utf8) != Utf8)
        {
            return replies.Result(SendOutcome.Rejected, "the relay takes no address outside ASCII (SMTPUTF8)", "other");
        }

        var options = FormatOptions.Default.Clone();
        options.NewLineFormat = NewLineFormat.Dos;
        options.International = utf8;
        using var message = build(to);
        var part = (SlicedPart)message.Body!;
        part.BeforeEnd = BeforeEndAsync;
        try
        {
            var reply = await client!.SendAsync(options, message, sender, [to], cancellationToken);
            return replies.Result(SendOutcome.Sent, "250 " + reply);
        }
        catch (OperationCanceledException)
        {
            Drop();
            throw;
        }
        catch (Exception e) when (e is SmtpCommandException or SmtpProtocolException or MailKit.ServiceNotConnectedException
            or MailKit.ServiceNotAuthenticatedException or IOException or System.Net.Sockets.SocketException or ObjectDisposedException)
        {
            // MailKit has sent RSET after a refusal and hung up after anything else.
            return replies.Sending(e, part.EndMayHaveLeft);
        }
        finally
        {
            stream?.AwaitsFinalReply = false;
            if (client is { IsConnected: false })
            {
                Drop();
            }
        }
    }

    /// <summary>
    /// All but the end of the message goes out first; if the relay has hung up by then, the end stays here and the message is certainly
    /// undelivered instead of unknown.
    /// </summary>
    private async ValueTask BeforeEndAsync(CancellationToken cancellationToken)
    {
        await stream!.PushAsync(cancellationToken);
        if (stream.HungUp(idle: false))
        {
            throw new IOException("The relay hung up in the middle of the message.");
        }

        stream.AwaitsFinalReply = true;
    }

    /// <summary>
    /// Null when there is a connection that is logged in. MailKit would ask for SMTPUTF8 for a domain outside ASCII too, and the next hop
    /// might not know it: so it is hidden from MailKit but for those who cannot do without.
    /// </summary>
    private async Task<SendResult?> OpenAsync(bool utf8, CancellationToken cancellationToken)
    {
        if (client is { IsConnected: true } && !stream!.HungUp(idle: true) && !(utf8 && offersUtf8 && (client.Capabilities & Utf8) != Utf8))
        {
            Hide();
            return null;
        }

        Drop();
        try
        {
            (client, stream) = await connector.ConnectAsync(cancellationToken);
            await connector.LogInAsync(client, cancellationToken);
            offersUtf8 = (client.Capabilities & Utf8) == Utf8;
            Hide();
            return null;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Drop();
            var result = replies.Connecting(e);
            Log.NoConnection(logger, result.Outcome, result.Reply);
            return result;
        }

        void Hide()
        {
            if (!utf8)
            {
                client.Capabilities &= ~SmtpCapabilities.UTF8;
            }
        }
    }

    private void Drop()
    {
        client?.Dispose();
        stream?.Dispose();
        (client, stream) = (null, null);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "No connection to the relay ({Outcome}): {Reply}")]
        public static partial void NoConnection(ILogger logger, SendOutcome outcome, string reply);
    }
}
