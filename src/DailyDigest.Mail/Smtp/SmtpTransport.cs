using DailyDigest.Mail.Dkim;
using DailyDigest.Mail.Mime;
using DailyDigest.Mail.OAuth;
using DailyDigest.Mailing;
using DailyDigest.Relays;
using DailyDigest.Runs;
using DailyDigest.Settings;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Mail.Smtp;

/// <summary>Sends with MailKit, through the first of the configured relays that can be used.</summary>
/// <remarks>
/// The outcomes here mean:
/// <see cref="SendOutcome.Sent"/>: 2xx to the final dot.
/// <see cref="SendOutcome.Rejected"/>: 5xx at RCPT, DATA or the final dot, or a size or character set that the relay does not take.
/// <see cref="SendOutcome.Deferred"/>: 4xx to a message, or the connection broke before the message's last bytes were written; not
/// <see cref="SendResult.Begun"/> if the reply was about the relay only (421, a rate limit).
/// <see cref="SendOutcome.Unknown"/>: the connection broke, or the reply could not be read, after that.
/// <see cref="SendOutcome.RelayRefused"/>: no relay can be used (no connection, TLS, greeting, login, the day's limit), or it refuses the
/// sender, or it refuses us at the recipient or later (<see cref="SendResult.AtRecipient"/>).
/// </remarks>
internal sealed class SmtpTransport : IMailTransport, IAsyncDisposable, IDisposable
{
    private readonly Messages messages;
    private readonly Replies replies;
    private readonly TimeProvider time;
    private readonly RelayPool[] pools;

    /// <summary>Creates the transport; nothing is opened before the first message.</summary>
    /// <param name="options">Relays and sender.</param>
    /// <param name="publication">Its name stands in From.</param>
    /// <param name="logger">Gets connection trouble, without addresses.</param>
    /// <param name="dial">How a relay is reached; null for TCP.</param>
    /// <param name="signer">Signs each message; null for none.</param>
    /// <param name="tables">The store in which machines share a relay's limits; may be null if none are set.</param>
    /// <param name="time">The clock; null for the system's.</param>
    /// <param name="faults">Learns which relays cannot be used; null for nobody.</param>
    /// <param name="identity">Fetches the access token of the managed identity; null if there is none.</param>
    /// <param name="unsubscribeTokens">For a token in the address of unsubscribe requests; null for none.</param>
    /// <exception cref="ArgumentException">
    /// Limits are set, and there is no store to share them through; or a managed identity is, and there is none.
    /// </exception>
    public SmtpTransport(
        MailOptions options, Publication publication, ILogger<SmtpTransport> logger, DialRelay? dial = null, MailSigner? signer = null,
        ITableStore? tables = null, TimeProvider? time = null, RelayFaults? faults = null,
        FetchAccessToken? identity = null, UnsubscribeTokens? unsubscribeTokens = null)
    {
        this.time = time ?? TimeProvider.System;
        messages = new Messages(options, publication, signer, unsubscribeTokens);
        replies = new Replies(options);
        var relays = options.AllRelays.Count > 0 ? options.AllRelays : [new RelayOptions()];
        pools =
        [
            .. relays.Select(relay => new RelayPool(
                relay, new RelayConnector(relay, options.TimeoutSeconds, dial, Tokens(relay, identity)), replies,
                Budget(relay, tables, this.time), faults, this.time, logger)),
        ];
    }

    /// <inheritdoc/>
    public IMailSession OpenSession() => new SmtpSession(this, messages, replies, time);

    /// <summary>Ends every idle connection with QUIT, for five seconds at most.</summary>
    public async ValueTask DisposeAsync() => await Task.WhenAll(pools.Select(pool => pool.DisposeAsync().AsTask()));

    /// <summary>Drops every idle connection without waiting.</summary>
    public void Dispose() => Array.ForEach(pools, pool => pool.Dispose());

    /// <summary>
    /// A connection to the first relay that can be used. This waits for a relay that is slow, or at a limit of connections or rate. A
    /// relay that cannot be used, or whose messages of the hour or the day are used up, is passed over. If all are, a digest waits for
    /// the first one whose hour is used up; otherwise the trouble of the last one is the answer.
    /// </summary>
    internal async ValueTask<ConnectionLease> BorrowAsync(bool isService, CancellationToken cancellationToken)
    {
        ConnectionLease lease = default;
        RelayPool? probed = null;
        RelayPool? full = null;
        foreach (var pool in pools)
        {
            lease = await pool.BorrowAsync(
                new Borrower(isService, WaitsForProbe: pools.Length == 1, WaitsForHour: pools.Length == 1 && !isService),
                cancellationToken);
            if (lease.Connection is not null)
            {
                return lease;
            }

            probed ??= lease.IsProbed ? pool : null;
            full ??= lease.IsHourOver && !isService ? pool : null;
        }

        if ((probed ?? full) is { } awaited)
        {
            lease = await awaited.BorrowAsync(new Borrower(isService, WaitsForProbe: true, WaitsForHour: !isService), cancellationToken);
        }

        return pools.Length > 1 && lease.Trouble is { } trouble
            ? lease with { Trouble = trouble with { Reply = replies.Clean($"{trouble.Relay}: {trouble.Reply}") } }
            : lease;
    }

    private LoginTokens? Tokens(RelayOptions relay, FetchAccessToken? identity) =>
        LoginTokens.Create(relay, identity, time, token => replies.Hide(relay.User, token));

    private static RelayBudget? Budget(RelayOptions relay, ITableStore? tables, TimeProvider time)
    {
        var limits = new RelayLimits(relay.Connections, relay.PerSecond, relay.PerDay, relay.PerHour);
        return !limits.Any ? null
            : tables is null ? throw new ArgumentException($"The limits of {relay.Name} need a store to be shared through.", nameof(tables))
            : new RelayBudget(tables, $"{relay.Name}\n{relay.User}", limits, time);
    }
}
