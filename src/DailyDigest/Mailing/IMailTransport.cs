using DailyDigest.Runs;

namespace DailyDigest.Mailing;

/// <summary>Sends messages: SMTP through MailKit, or the pickup folder.</summary>
public interface IMailTransport
{
    /// <summary>
    /// Opens a session. A session has one caller at a time; each delivery loop has its own. A connection error is not thrown here: the
    /// first send returns it.
    /// </summary>
    IMailSession OpenSession();
}

/// <summary>A connection that reconnects by itself. Disposing it releases the connection.</summary>
public interface IMailSession : IAsyncDisposable
{
    /// <summary>
    /// Waits until a message may be sent: for a connection and for the relay's limits. Nothing is sent. Returns null when ready; this lasts
    /// until the next send or <see cref="Rest"/>. Otherwise returns why no message can be sent now. A send without a preceding call waits
    /// by itself.
    /// </summary>
    ValueTask<SendResult?> ReadyAsync(CancellationToken cancellationToken) => new((SendResult?)null);

    /// <summary>Releases what <see cref="ReadyAsync"/> reserved, if there is nothing to send.</summary>
    void Rest()
    {
    }

    /// <summary>Sends the digest. Expected errors are results.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; the outcome of a started send is unknown.</exception>
    Task<SendResult> SendAsync(DigestMail mail, CancellationToken cancellationToken);

    /// <summary>Sends the notice, with the same results.</summary>
    Task<SendResult> SendAsync(NoticeMail mail, CancellationToken cancellationToken);
}
