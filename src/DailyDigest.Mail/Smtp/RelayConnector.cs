using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MailKit.Security;

namespace DailyDigest.Mail.Smtp;

/// <summary>Opens a byte stream to the relay in place of a TCP connection. Tests pass one that breaks at a chosen byte.</summary>
internal delegate Task<Stream> DialRelay(string host, int port, CancellationToken cancellationToken);

/// <summary>Connects, greets, starts TLS and logs in: everything before the first message.</summary>
internal sealed class RelayConnector(RelayOptions options, int timeoutSeconds, DialRelay? dial)
{
    /// <summary>Opens a connection that is ready for messages.</summary>
    /// <exception cref="Exception">Any trouble of MailKit or the socket; <see cref="Replies.Connecting"/> turns it into a
    /// result.</exception>
    public async Task<RelayConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var (client, stream) = await ConnectAsync(cancellationToken);
        try
        {
            await LogInAsync(client, cancellationToken);
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

    /// <summary>Logs in, if a user is configured.</summary>
    public async Task LogInAsync(RelayClient client, CancellationToken cancellationToken)
    {
        if (options.User.Length > 0)
        {
            await client.AuthenticateAsync(options.User, options.Password, cancellationToken);
        }
    }

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
