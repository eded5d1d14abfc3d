using DailyDigest.Mail.Mime;
using DailyDigest.Mailing;
using DailyDigest.Runs;
using MailKit.Net.Smtp;
using MimeKit;

namespace DailyDigest.Mail.Smtp;

/// <summary>Borrows a connection for each message. Each call makes one attempt; nothing here retries.</summary>
internal sealed class SmtpSession(SmtpTransport transport, Messages messages, Replies replies, TimeProvider time) : IMailSession
{
    /// <summary>
    /// How long a service mail waits for a connection: longer than it takes to find that a relay is not there, and shorter than the two
    /// minutes for which its sender has claimed it. The tick that sends it must not block while digests use every connection.
    /// </summary>
    private static readonly TimeSpan NoticeTimeout = TimeSpan.FromSeconds(90);

    private readonly RelayMessage message = new();
    private readonly FormatOptions format = Format(utf8: false);
    private readonly FormatOptions utf8Format = Format(utf8: true);
    private ConnectionLease lease;

    /// <inheritdoc/>
    public ValueTask<SendResult?> ReadyAsync(CancellationToken cancellationToken) => ReadyAsync(isService: false, cancellationToken);

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
        SendAsync(mail.To, messages.SenderOf(mail), to => messages.Notice(mail, to), NoticeTimeout, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Rest();
        message.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<SendResult> SendAsync(
        EmailAddress recipient, MailboxAddress sender, Func<MailboxAddress, EncodedMail> build, TimeSpan timeout,
        CancellationToken cancellationToken)
    {
        if (await ReadyAsync(timeout, cancellationToken) is { } trouble)
        {
            return trouble;
        }

        var to = Messages.Recipient(recipient);
        var utf8 = Messages.NeedsUtf8(to);
        if (utf8)
        {
            if (lease.Connection!.HidesUtf8)
            {
                var (pool, old) = Release();
                var (fresh, why) = await pool!.ReplaceAsync(old!, cancellationToken);
                if (fresh is null)
                {
                    return why! with { Begun = false, Relay = pool.Name };
                }

                lease = new ConnectionLease(pool, fresh, null);
            }

            if (!lease.Connection!.TakesUtf8)
            {
                return replies.Result(SendOutcome.Rejected, "the relay takes no address outside ASCII (SMTPUTF8)", "other");
            }
        }
        else
        {
            lease.Connection!.HideUtf8();
        }

        return await SendAsync(to, sender, utf8, build, cancellationToken);
    }

    private ValueTask<SendResult?> ReadyAsync(bool isService, CancellationToken cancellationToken)
    {
        if (lease.Connection is not null)
        {
            return new((SendResult?)null);
        }

        var borrowing = transport.BorrowAsync(isService, cancellationToken);
        return borrowing.IsCompletedSuccessfully ? new(Borrowed(borrowing.Result)) : WaitAsync(borrowing);

        async ValueTask<SendResult?> WaitAsync(ValueTask<ConnectionLease> waited) => Borrowed(await waited);

        SendResult? Borrowed(ConnectionLease got)
        {
            lease = got;
            return got.Trouble;
        }
    }

    private async ValueTask<SendResult?> ReadyAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (lease.Connection is not null || timeout == Timeout.InfiniteTimeSpan)
        {
            return await ReadyAsync(cancellationToken);
        }

        using var timer = new CancellationTokenSource(timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            return await ReadyAsync(isService: true, both.Token);
        }
        catch (OperationCanceledException) when (timer.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return replies.Result(SendOutcome.RelayRefused, "no connection to the relay became free in time");
        }
    }

    /// <summary>
    /// Makes one attempt. If the relay closes a connection that has carried messages before (421: it was idle for too long, or had its
    /// share of messages), and the message has certainly not left, the attempt goes on over a new connection at once. If that one is
    /// closed as well, the relay asks for less load.
    /// </summary>
    private async Task<SendResult> SendAsync(
        MailboxAddress to, MailboxAddress sender, bool utf8, Func<MailboxAddress, EncodedMail> build, CancellationToken cancellationToken)
    {
        var (pool, taken) = Release();
        var connection = taken!;
        message.Set(build(to));
        while (true)
        {
            var (result, isOver) = await TryAsync(pool!, connection, sender, to, utf8, cancellationToken);
            if (!isOver)
            {
                return result!;
            }

            var (fresh, trouble) = await pool!.ReplaceAsync(connection, cancellationToken);
            if (fresh is null)
            {
                return trouble! with { Begun = false, Relay = pool.Name };
            }

            connection = fresh;
            if (!utf8)
            {
                connection.HideUtf8();
            }
        }
    }

    /// <summary>Sends over the connection, and gives it back unless it is over and another one is to be used.</summary>
    private async Task<(SendResult? Result, bool IsOver)> TryAsync(
        RelayPool pool, RelayConnection connection, MailboxAddress sender, MailboxAddress to, bool utf8,
        CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        message.Begin(() => BeforeEnd(connection.Stream));
        SendResult? result = null;
        var isOver = false;
        try
        {
            connection.Client.SenderTaken = false;
            var reply = await SenderThread.RunAsync(() =>
            {
                using var _ = connection.Stream.AbortOn(cancellationToken);
                return connection.Client.Send(utf8 ? utf8Format : format, message, sender, [to], cancellationToken);
            });
            result = replies.Result(SendOutcome.Sent, "250 " + reply);
        }
        catch (Exception e) when (e is SmtpCommandException or SmtpProtocolException or MailKit.ServiceNotConnectedException
            or MailKit.ServiceNotAuthenticatedException or IOException or System.Net.Sockets.SocketException or ObjectDisposedException)
        {
            // MailKit has sent RSET after a refusal and hung up after anything else. If the message was cut off, we hung up.
            if (e is not SmtpCommandException)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            result = replies.Sending(e, connection.Client.SenderTaken, message.EndMayHaveLeft);
            isOver = RelayHealth.IsClosing(result) && connection.Begun > 0 && !message.EndMayHaveLeft;
        }
        finally
        {
            connection.Stream.AwaitsFinalReply = false;
            result = isOver ? result : pool.Settle(connection, result, began);
        }

        return (result, isOver);
    }

    /// <summary>
    /// Sends all but the end of the message. If the relay has hung up by then, the end is not sent: the message is certainly undelivered,
    /// and not unknown.
    /// </summary>
    private static void BeforeEnd(RelayStream stream)
    {
        stream.Push();
        if (stream.HungUp(idle: false))
        {
            throw new IOException("The relay hung up in the middle of the message.");
        }

        stream.AwaitsFinalReply = true;
    }

    private static FormatOptions Format(bool utf8)
    {
        var format = FormatOptions.Default.Clone();
        format.NewLineFormat = NewLineFormat.Dos;
        format.International = utf8;
        return format;
    }

    private (RelayPool? Pool, RelayConnection? Connection) Release()
    {
        var (pool, connection) = (lease.Pool, lease.Connection);
        lease = default;
        return (pool, connection);
    }
}
