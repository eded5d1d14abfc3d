using DailyDigest.Mail.Dkim;
using DailyDigest.Mail.Mime;
using DailyDigest.Mailing;
using DailyDigest.Relays;
using DailyDigest.Settings;
using DailyDigest.Storage;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Mail.Smtp;

/// <summary>Sends through the configured relays with MailKit: through the first that can be used.</summary>
/// <remarks>
/// What the outcomes mean here. <see cref="SendOutcome.Sent"/>: 2xx to the final dot. <see cref="SendOutcome.Rejected"/>: 5xx at RCPT, DATA
/// or the final dot, an address that cannot be mailed, or a size the relay refuses. <see cref="SendOutcome.Deferred"/>: 4xx to a message, or
/// the line broke before the message's last bytes were written; not <see cref="SendResult.Begun"/> if it was about the relay only (421, a rate
/// limit). <see cref="SendOutcome.Unknown"/>: the line broke, or the reply could not be read, after that.
/// <see cref="SendOutcome.RelayRefused"/>: no relay can be used (no connection, TLS, greeting, login, the day's limit), or it refuses the sender, or
/// it refuses us at the recipient or later (<see cref="SendResult.AtRecipient"/>).
/// </remarks>
public sealed class SmtpTransport : IMailTransport, IAsyncDisposable, IDisposable
{
    private readonly Messages messages;
    private readonly Replies replies;
    private readonly TimeProvider time;
    private readonly RelayPool[] pools;

    /// <summary>Creates the transport; nothing is opened before the first message.</summary>
    /// <param name="options">Relays and sender.</param>
    /// <param name="publication">Whose name mail bears.</param>
    /// <param name="logger">Gets connection trouble, without addresses.</param>
    /// <param name="dial">How to reach a relay; null for TCP.</param>
    /// <param name="signer">Signs each message; null for none.</param>
    /// <param name="tables">Where machines share a relay's limits; may be null if none are set.</param>
    /// <param name="time">The clock; null for the system's.</param>
    /// <exception cref="ArgumentException">Limits are set, and there is no store to share them through.</exception>
    public SmtpTransport(
        MailOptions options, Publication publication, ILogger<SmtpTransport> logger, DialRelay? dial = null, MailSigner? signer = null,
        ITableStore? tables = null, TimeProvider? time = null)
    {
        this.time = time ?? TimeProvider.System;
        messages = new Messages(options, publication, signer);
        replies = new Replies(options);
        var relays = options.AllRelays.Count > 0 ? options.AllRelays : [new RelayOptions()];
        pools =
        [
            .. relays.Select(relay => new RelayPool(
                relay, new RelayConnector(relay, options.TimeoutSeconds, dial), replies, Budget(relay, tables, this.time), this.time, logger)),
        ];
    }

    /// <inheritdoc/>
    public IMailSession OpenSession() => new SmtpSession(this, messages, replies, time);

    /// <summary>Says goodbye to every relay, for five seconds at most.</summary>
    public async ValueTask DisposeAsync() => await Task.WhenAll(pools.Select(pool => pool.DisposeAsync().AsTask()));

    /// <summary>Closes every connection at rest without waiting for anybody.</summary>
    public void Dispose() => Array.ForEach(pools, pool => pool.Dispose());

    /// <summary>
    /// A connection to the first relay that can be used. One that is slow, or at a limit of connections or speed, is waited for; one that
    /// cannot be used, or has had its messages of the day, is passed over. If all are, the last one's trouble is the answer.
    /// </summary>
    internal async ValueTask<Loan> BorrowAsync(CancellationToken cancellationToken)
    {
        Loan loan = default;
        RelayPool? probed = null;
        foreach (var pool in pools)
        {
            loan = await pool.BorrowAsync(patient: pools.Length == 1, cancellationToken);
            if (loan.Connection is not null)
            {
                return loan;
            }

            probed ??= loan.IsProbed ? pool : null;
        }

        if (probed is not null)
        {
            loan = await probed.BorrowAsync(patient: true, cancellationToken);
        }

        return pools.Length > 1 && loan.Trouble is { } trouble ? loan with { Trouble = trouble with { Reply = replies.Clean($"{trouble.Relay}: {trouble.Reply}") } } : loan;
    }

    private static RelayBudget? Budget(RelayOptions relay, ITableStore? tables, TimeProvider time)
    {
        var limits = new RelayLimits(relay.Connections, relay.PerSecond, relay.PerDay);
        return !limits.Any ? null
            : tables is null ? throw new ArgumentException($"The limits of {relay.Name} need a store to be shared through.", nameof(tables))
            : new RelayBudget(tables, $"{relay.Name}\n{relay.User}", limits, time);
    }
}
