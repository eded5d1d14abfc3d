using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DailyDigest.Mail.OAuth;
using DailyDigest.Mailing;
using MailKit.Security;

namespace DailyDigest.Mail.Smtp;

/// <summary>Opens a byte stream to the relay in place of a TCP connection. Tests pass one that breaks at a chosen byte.</summary>
internal delegate Task<Stream> DialRelay(string host, int port, CancellationToken cancellationToken);

/// <summary>Connects, greets, starts TLS and logs in: everything before the first message.</summary>
/// <param name="options">The relay.</param>
/// <param name="timeoutSeconds">The most seconds to wait for each answer.</param>
/// <param name="dial">How it is reached; null for TCP.</param>
/// <param name="tokens">The access tokens with which to log in; null to log in with a password, or not at all.</param>
internal sealed class RelayConnector(RelayOptions options, int timeoutSeconds, DialRelay? dial, RelayTokens? tokens)
{
    /// <summary>
    /// Opens a connection that is ready for messages. If the relay refuses the access token, one more attempt is made with another.
    /// </summary>
    /// <exception cref="Exception">Any trouble of MailKit or the socket; <see cref="Replies.Connecting"/> turns it into a
    /// result.</exception>
    public async Task<RelayConnection> OpenAsync(CancellationToken cancellationToken)
    {
        // Before the relay is connected: it waits less long for a login than a token endpoint may take.
        var token = await TokenAsync(cancellationToken);
        try
        {
            return await OpenAsync(token, cancellationToken);
        }
        catch (AuthenticationException e) when (token is not null && !Replies.IsTemporary(e))
        {
            tokens!.Refuse(token);
        }

        token = await TokenAsync(cancellationToken);
        try
        {
            return await OpenAsync(token, cancellationToken);
        }
        catch (AuthenticationException e) when (!Replies.IsTemporary(e))
        {
            tokens!.Refuse(token!);
            throw;
        }
    }

    private async Task<RelayConnection> OpenAsync(AccessToken? token, CancellationToken cancellationToken)
    {
        var (client, stream) = await ConnectAsync(cancellationToken);
        try
        {
            await LogInAsync(client, token, cancellationToken);
            return new RelayConnection(client, stream);
        }
        catch
        {
            client.Dispose();
            await stream.DisposeAsync();
            throw;
        }
    }

    /// <summary>Connects up to and including TLS.</summary>
    /// <exception cref="Exception">Any trouble of MailKit or the socket.</exception>
    public async Task<(RelayClient Client, RelayStream Stream)> ConnectAsync(CancellationToken cancellationToken)
    {
        var stream = await DialAsync(cancellationToken);
        var client = new RelayClient { CheckCertificateRevocation = false };
        if (options.Fingerprint is { } fingerprint)
        {
            client.ServerCertificateValidationCallback = (_, certificate, _, errors) => Accepts(certificate, errors, fingerprint);
        }

        try
        {
            await client.ConnectAsync(stream, options.Host, options.EffectivePort, options.Protection switch
            {
                MailSecurity.None => SecureSocketOptions.None,
                MailSecurity.Tls => SecureSocketOptions.SslOnConnect,
                _ => SecureSocketOptions.StartTls,
            }, cancellationToken);
            return (client, stream);
        }
        catch
        {
            client.Dispose();
            await stream.DisposeAsync();
            throw;
        }
    }

    /// <summary>The access token to log in with; null if the relay is not configured for one.</summary>
    /// <exception cref="AccessTokenException">There is no token.</exception>
    public async Task<AccessToken?> TokenAsync(CancellationToken cancellationToken) =>
        tokens is null ? null : await tokens.GetAsync(cancellationToken);

    /// <summary>Logs in, if a user is configured: with the access token if there is one, otherwise with the password.</summary>
    public async Task LogInAsync(RelayClient client, AccessToken? token, CancellationToken cancellationToken)
    {
        if (token is not null)
        {
            await client.AuthenticateAsync(Mechanism(client, token), cancellationToken);
        }
        else if (options.User.Length > 0)
        {
            await client.AuthenticateAsync(options.User, options.Password, cancellationToken);
        }
    }

    private SaslMechanism Mechanism(RelayClient client, AccessToken token) =>
        client.AuthenticationMechanisms.Contains("XOAUTH2") ? new SaslMechanismOAuth2(options.User, token.Value)
        : client.AuthenticationMechanisms.Contains("OAUTHBEARER") ? new SaslMechanismOAuthBearer(options.User, token.Value)
        : throw new NotSupportedException("The relay takes no access token: it offers neither XOAUTH2 nor OAUTHBEARER.");

    /// <summary>A socket without Nagle's algorithm: MailKit's own socket waits 40 ms per message for an acknowledgement.</summary>
    private async Task<RelayStream> DialAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var timeout = TimeSpan.FromSeconds(timeoutSeconds);
        limit.CancelAfter(timeout);
        try
        {
            if (dial is not null)
            {
                return new RelayStream(await dial(options.Host, options.EffectivePort, limit.Token), null, timeout);
            }

            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(options.Host, options.EffectivePort, limit.Token);
            }
            catch
            {
                socket.Dispose();
                throw;
            }

            return new RelayStream(new NetworkStream(socket, ownsSocket: true), socket, timeout);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SocketException((int)SocketError.TimedOut);
        }
    }

    private static bool Accepts(X509Certificate? certificate, SslPolicyErrors errors, string fingerprint) =>
        certificate is not null && (errors & SslPolicyErrors.RemoteCertificateNotAvailable) == 0
        && Convert.ToHexString(SHA256.HashData(certificate.GetRawCertData())) == fingerprint;
}
