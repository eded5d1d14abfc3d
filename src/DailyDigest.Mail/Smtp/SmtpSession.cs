using DailyDigest.Mail.Mime;
using DailyDigest.Mailing;
using DailyDigest.Runs;
using MailKit.Net.Smtp;
using MimeKit;

namespace DailyDigest.Mail.Smtp;

/// <summary>Borrows a connection for each message. Nothing here retries: each call makes one attempt.</summary>
internal sealed class SmtpSession(SmtpTransport transport, Messages messages, Replies replies, TimeProvider time) : IMailSession
{
    /// <summary>
    /// How long a service mail waits for its way out: longer than a relay that is not there takes to say so, shorter than the two minutes for which
    /// its sender has claimed it. The beat that sends it must not stand still while digests have every connection.
    /// </summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private Loan loan;

    /// <inheritdoc/>
    public ValueTask<SendResult?> ReadyAsync(CancellationToken cancellationToken)
    {
        if (loan.Connection is not null)
        {
            return new((SendResult?)null);
        }

        var borrowing = transport.BorrowAsync(cancellationToken);
        return borrowing.IsCompletedSuccessfully ? new(Borrowed(borrowing.Result)) : WaitAsync(borrowing);

        async ValueTask<SendResult?> WaitAsync(ValueTask<Loan> waited) => Borrowed(await waited);

        SendResult? Borrowed(Loan got)
        {
            loan = got;
            return got.Trouble;
        }
    }

    /// <inheritdoc/>
    public void Rest()
    {
        var (pool, connection) = Release();
        if (connection is not null)
        {
            pool!.GiveBack(connection);
        }
    }

    /// <inheritdoc/>
    public Task<SendResult> SendAsync(DigestMail mail, CancellationToken cancellationToken) =>
        SendAsync(mail.To, messages.SenderOf(mail), to => messages.Digest(mail, to), Timeout.InfiniteTimeSpan, cancellationToken);

    /// <inheritdoc/>
    public Task<SendResult> SendAsync(NoticeMail mail, CancellationToken cancellationToken) =>
        SendAsync(mail.To, messages.Sender, to => messages.Notice(mail, to), Patience, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Rest();
        return ValueTask.CompletedTask;
    }

    private async Task<SendResult> SendAsync(
        string address, MailboxAddress sender, Func<MailboxAddress, MimeMessage> build, TimeSpan patience, CancellationToken cancellationToken)
    {
        if (Messages.Recipient(address) is not { } to)
        {
            return replies.Result(SendOutcome.Rejected, "not an address that mail can be sent to", RefusalReasons.NoSuchUser);
        }

        if (await ReadyAsync(patience, cancellationToken) is { } trouble)
        {
            return trouble;
        }

        var utf8 = Messages.NeedsUtf8(to);
        if (utf8)
        {
            if (loan.Connection!.HidesUtf8)
            {
                var (pool, old) = Release();
                var (fresh, why) = await pool!.ReplaceAsync(old!, cancellationToken);
                if (fresh is null)
                {
                    return why! with { Begun = false, Relay = pool.Name };
                }

                loan = new Loan(pool, fresh, null);
            }

            if (!loan.Connection!.TakesUtf8)
            {
                return replies.Result(SendOutcome.Rejected, "the relay takes no address outside ASCII (SMTPUTF8)", "other");
            }
        }
        else
        {
            loan.Connection!.HideUtf8();
        }

        return await SendAsync(to, sender, utf8, build, cancellationToken);
    }

    private async ValueTask<SendResult?> ReadyAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        if (loan.Connection is not null || patience == Timeout.InfiniteTimeSpan)
        {
            return await ReadyAsync(cancellationToken);
        }

        using var over = new CancellationTokenSource(patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(over.Token, cancellationToken);
        try
        {
            return await ReadyAsync(either.Token);
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return replies.Result(SendOutcome.RelayRefused, "no connection to the relay became free in time");
        }
    }

    private async Task<SendResult> SendAsync(
        MailboxAddress to, MailboxAddress sender, bool utf8, Func<MailboxAddress, MimeMessage> build, CancellationToken cancellationToken)
    {
        var options = FormatOptions.Default.Clone();
        options.NewLineFormat = NewLineFormat.Dos;
        options.International = utf8;
        using var message = build(to);
        var (pool, taken) = Release();
        var connection = taken!;
        var began = time.GetTimestamp();
        var part = (SlicedPart)message.Body!;
        part.BeforeEnd = token => BeforeEndAsync(connection.Stream, token);
        SendResult? result = null;
        try
        {
            connection.Client.SenderTaken = false;
            var reply = await connection.Client.SendAsync(options, message, sender, [to], cancellationToken);
            result = replies.Result(SendOutcome.Sent, "250 " + reply);
        }
        catch (Exception e) when (e is SmtpCommandException or SmtpProtocolException or MailKit.ServiceNotConnectedException
            or MailKit.ServiceNotAuthenticatedException or IOException or System.Net.Sockets.SocketException or ObjectDisposedException)
        {
            // MailKit has sent RSET after a refusal and hung up after anything else.
            result = replies.Sending(e, connection.Client.SenderTaken, part.EndMayHaveLeft);
        }
        finally
        {
            connection.Stream.AwaitsFinalReply = false;
            result = pool!.Settle(connection, result, began);
        }

        return result!;
    }

    /// <summary>
    /// All but the end of the message goes out first; if the relay has hung up by then, the end stays here and the message is certainly
    /// undelivered instead of unknown.
    /// </summary>
    private static async ValueTask BeforeEndAsync(RelayStream stream, CancellationToken cancellationToken)
    {
        await stream.PushAsync(cancellationToken);
        if (stream.HungUp(idle: false))
        {
            throw new IOException("The relay hung up in the middle of the message.");
        }

        stream.AwaitsFinalReply = true;
    }

    private (RelayPool? Pool, RelayConnection? Connection) Release()
    {
        var (pool, connection) = (loan.Pool, loan.Connection);
        loan = default;
        return (pool, connection);
    }
}
