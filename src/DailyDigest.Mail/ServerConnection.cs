using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DailyDigest.Mailing;
using MailKit;
using MailKit.Security;

namespace DailyDigest.Mail;

/// <summary>The steps to a mail server that are the same for SMTP, IMAP and POP3.</summary>
internal static class ServerConnection
{
    /// <summary>A socket without Nagle's algorithm: MailKit's own waits 40 ms per command for an acknowledgement.</summary>
    /// <exception cref="SocketException">The server cannot be reached, or not within the timeout.</exception>
    public static Task<Socket> DialAsync(MailServerOptions server, TimeSpan timeout, CancellationToken cancellationToken) =>
        LimitAsync(
            async stop =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                try
                {
                    await socket.ConnectAsync(server.Host, server.EffectivePort, stop);
                    return socket;
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
            timeout, cancellationToken);

    /// <summary>Waits at most so long for a connection.</summary>
    /// <exception cref="SocketException">There was none in time.</exception>
    public static async Task<T> LimitAsync<T>(
        Func<CancellationToken, Task<T>> dial, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        try
        {
            return await dial(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SocketException((int)SocketError.TimedOut);
        }
    }

    /// <summary>Reads the greeting and starts TLS, over a stream that is connected.</summary>
    /// <exception cref="Exception">Any trouble of MailKit or the socket.</exception>
    public static async Task SecureAsync(MailService client, Stream stream, MailServerOptions server, CancellationToken cancellationToken)
    {
        client.CheckCertificateRevocation = false;
        if (server.Fingerprint is { } fingerprint)
        {
            client.ServerCertificateValidationCallback = (_, certificate, _, errors) => Accepts(certificate, errors, fingerprint);
        }

        try
        {
            await client.ConnectAsync(stream, server.Host, server.EffectivePort, server.Protection switch
            {
                MailSecurity.None => SecureSocketOptions.None,
                MailSecurity.Tls => SecureSocketOptions.SslOnConnect,
                _ => SecureSocketOptions.StartTls,
            }, cancellationToken);
        }
        catch (SslHandshakeException trouble)
        {
            throw CertificateFault.Explain(trouble, server);
        }
    }

    /// <summary>Logs in, if a user is configured: with the access token if there is one, otherwise with the password.</summary>
    /// <exception cref="Exception">Any trouble of MailKit or the socket.</exception>
    public static async Task LogInAsync(
        MailService client, MailServerOptions server, AccessToken? token, CancellationToken cancellationToken)
    {
        if (token is not null)
        {
            await client.AuthenticateAsync(Mechanism(client, server.User, token), cancellationToken);
        }
        else if (server.User.Length > 0)
        {
            await client.AuthenticateAsync(server.User, server.Password, cancellationToken);
        }
    }

    private static SaslMechanism Mechanism(MailService client, string user, AccessToken token) =>
        client.AuthenticationMechanisms.Contains("XOAUTH2") ? new SaslMechanismOAuth2(user, token.Value)
        : client.AuthenticationMechanisms.Contains("OAUTHBEARER") ? new SaslMechanismOAuthBearer(user, token.Value)
        : throw new NotSupportedException("The server takes no access token: it offers neither XOAUTH2 nor OAUTHBEARER.");

    private static bool Accepts(X509Certificate? certificate, SslPolicyErrors errors, string fingerprint) =>
        certificate is not null && (errors & SslPolicyErrors.RemoteCertificateNotAvailable) == 0
        && Convert.ToHexString(SHA256.HashData(certificate.GetRawCertData())) == fingerprint;
}
