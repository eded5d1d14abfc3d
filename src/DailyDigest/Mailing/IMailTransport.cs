using DailyDigest.Runs;

namespace DailyDigest.Mailing;

/// <summary>Takes messages out of the house: SMTP through MailKit, or the pickup folder.</summary>
public interface IMailTransport
{
    /// <summary>
    /// Opens a way out. A session is used by one caller at a time; each delivering loop has its own. Trouble while connecting is not thrown here:
    /// the first send says it.
    /// </summary>
    IMailSession OpenSession();
}

/// <summary>One connection's worth of sending; reconnects by itself. Dispose gives the connection back.</summary>
public interface IMailSession : IAsyncDisposable
{
    /// <summary>
    /// Waits until one message may begin: for a connection, and for the relay's limits. Nothing has begun when it returns or throws. Null when
    /// ready, and so it stays until the next send or <see cref="Rest"/>; otherwise why no message can be begun now. A send that was not made
    /// ready does this first.
    /// </summary>
    ValueTask<SendResult?> ReadyAsync(CancellationToken cancellationToken) => new((SendResult?)null);

    /// <summary>There is nothing to send after all: gives back what <see cref="ReadyAsync"/> got.</summary>
    void Rest()
    {
    }

    /// <summary>Sends the digest. Expected trouble is the result, not an exception. When cancelled midway the outcome is unknown and OperationCanceledException is thrown.</summary>
    Task<SendResult> SendAsync(DigestMail mail, CancellationToken cancellationToken);

    /// <summary>Sends the notice; as above.</summary>
    Task<SendResult> SendAsync(NoticeMail mail, CancellationToken cancellationToken);
}
