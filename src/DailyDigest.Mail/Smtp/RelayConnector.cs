using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MailKit.Security;

namespace DailyDigest.Mail.Smtp;

/// <summary>
/// Opens a byte stream to the relay; null for a TCP connection of our own. Tests hand in one that breaks at a chosen byte.
/// </summary>
public delegate Task<Stream> DialRelay(string host, int port, CancellationToken cancellationToken);

/// <summary>Connects, greets, protects and logs in: all that comes before the first message.</summary>
internal sealed class RelayConnector(RelayOptions options, int timeoutSeconds, DialRelay? dial)
{
    /// <summary>Connects up to and including TLS.</summary>
    /// <exception cref="Exception">Whatever MailKit or the socket says; <see cref="Replies"/> knows what it means.</exception>
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

    /// <summary>Logs in, if a user is configured.</summary>
    public async Task LogInAsync(RelayClient client, CancellationToken cancellationToken)
    {
        if (options.User.Length > 0)
        {
            await client.AuthenticateAsync(options.User, options.Password, cancellationToken);
        }
    }

    /// <summary>Our own socket without Nagle's algorithm: MailKit's waits 40 ms per message for an acknowledgement.</summary>
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
