using System.Net.Sockets;
using DailyDigest.Mail.OAuth;
using DailyDigest.Mail.Returns;
using DailyDigest.Mail.Smtp;
using DailyDigest.Mailing;
using DailyDigest.Returns;
using MailKit;

namespace DailyDigest.Mail.Mailboxes;

/// <summary>A connection to the mailbox's server that is logged in.</summary>
/// <param name="Client">MailKit's client.</param>
/// <param name="Meter">Limits the server's answers.</param>
internal sealed record MailboxConnection<T>(T Client, MeteredStream Meter) : IAsyncDisposable
    where T : MailService
{
    /// <summary>Drops the connection, unless the client has ended it.</summary>
    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Meter.DisposeAsync();
    }
}

/// <summary>Connects, starts TLS and logs in, for both protocols.</summary>
/// <param name="options">The mailbox.</param>
/// <param name="tokens">The access tokens with which to log in; null to log in with a password.</param>
internal sealed class MailboxConnector(MailboxOptions options, LoginTokens? tokens)
{
    /// <summary>Bytes of an answer that is no message. A list of 100,000 messages has about 4 MB, at most 8 MB.</summary>
    public const int MaxAnswer = 8 * 1024 * 1024;

    /// <summary>Bytes in which a server sends what is read of a message, with the overhead of TLS and of the protocol.</summary>
    public const int MaxMessage = ReturnReader.MaxBytes + (ReturnReader.MaxBytes / 4);

    /// <summary>Opens a connection. If the server refuses the access token, one more attempt is made with another.</summary>
    /// <exception cref="Exception">Any trouble of MailKit or the socket; <see cref="MailboxTrouble"/> names it.</exception>
    public Task<MailboxConnection<T>> OpenAsync<T>(CancellationToken cancellationToken)
        where T : MailService, new() =>
        LoginTokens.OpenAsync(
            tokens,
            async (token, stop) =>
            {
                var connection = await ConnectAsync<T>(stop);
                try
                {
                    await ServerConnection.LogInAsync(connection.Client, options, token, stop);
                    return connection;
                }
                catch
                {
                    await connection.DisposeAsync();
                    throw;
                }
            },
            cancellationToken);

    /// <summary>Connects up to and including TLS.</summary>
    /// <exception cref="Exception">Any trouble of MailKit or the socket.</exception>
    public async Task<MailboxConnection<T>> ConnectAsync<T>(CancellationToken cancellationToken)
        where T : MailService, new()
    {
        var timeout = TimeSpan.FromSeconds(options.TimeoutSeconds);
        var socket = await ServerConnection.DialAsync(options, timeout, cancellationToken);
        var meter = new MeteredStream(new RelayStream(new NetworkStream(socket, ownsSocket: true), socket, timeout));
        meter.Allow(MaxAnswer);
        var connection = new MailboxConnection<T>(new T(), meter);
        try
        {
            await ServerConnection.SecureAsync(connection.Client, meter, options, cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>The access token to log in with; null if none is configured.</summary>
    /// <exception cref="AccessTokenException">There is no token.</exception>
    public async Task<AccessToken?> TokenAsync(CancellationToken cancellationToken) =>
        tokens is null ? null : await tokens.GetAsync(cancellationToken);
}
