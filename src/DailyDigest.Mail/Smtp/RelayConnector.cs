using System.Net.Sockets;
using DailyDigest.Mail.OAuth;
using DailyDigest.Mailing;

namespace DailyDigest.Mail.Smtp;

/// <summary>Opens a byte stream to the relay in place of a TCP connection. Tests pass one that breaks at a chosen byte.</summary>
internal delegate Task<Stream> DialRelay(string host, int port, CancellationToken cancellationToken);

/// <summary>Connects, greets, starts TLS and logs in: everything before the first message.</summary>
/// <param name="options">The relay.</param>
/// <param name="timeoutSeconds">The most seconds to wait for each answer.</param>
/// <param name="dial">How it is reached; null for TCP.</param>
/// <param name="tokens">The access tokens with which to log in; null to log in with a password, or not at all.</param>
internal sealed class RelayConnector(RelayOptions options, int timeoutSeconds, DialRelay? dial, LoginTokens? tokens)
{
    /// <summary>
    /// Opens a connection that is ready for messages. If the relay refuses the access token, one more attempt is made with another.
    /// </summary>
    /// <exception cref="Exception">Any trouble of MailKit or the socket; <see cref="Replies.Connecting"/> turns it into a
    /// result.</exception>
    public Task<RelayConnection> OpenAsync(CancellationToken cancellationToken) =>
        LoginTokens.OpenAsync(tokens, OpenAsync, cancellationToken);

    private Task<RelayConnection> OpenAsync(AccessToken? token, CancellationToken cancellationToken) => SenderThread.RunAsync(() =>
    {
        var (client, stream) = Connect(cancellationToken);
        try
        {
            LogIn(client, stream, token, cancellationToken);
            return new RelayConnection(client, stream);
        }
        catch
        {
            client.Dispose();
            stream.Dispose();
            throw;
        }
    });

    /// <summary>Connects up to and including TLS.</summary>
    /// <exception cref="Exception">Any trouble of MailKit or the socket.</exception>
    public Task<(RelayClient Client, RelayStream Stream)> ConnectAsync(CancellationToken cancellationToken) =>
        SenderThread.RunAsync(() => Connect(cancellationToken));

    /// <summary>The access token to log in with; null if the relay is not configured for one.</summary>
    /// <exception cref="AccessTokenException">There is no token.</exception>
    public async Task<AccessToken?> TokenAsync(CancellationToken cancellationToken) =>
        tokens is null ? null : await tokens.GetAsync(cancellationToken);

    /// <summary>Logs in, if a user is configured: with the access token if there is one, otherwise with the password.</summary>
    public Task LogInAsync(RelayClient client, RelayStream stream, AccessToken? token, CancellationToken cancellationToken) =>
        SenderThread.RunAsync(() => LogIn(client, stream, token, cancellationToken));

    private (RelayClient Client, RelayStream Stream) Connect(CancellationToken cancellationToken)
    {
        var stream = Dial(cancellationToken);
        var client = new RelayClient();
        try
        {
            Talk(stream, () => ServerConnection.SecureAsync(client, stream, options, cancellationToken), cancellationToken);
            return (client, stream);
        }
        catch
        {
            client.Dispose();
            stream.Dispose();
            throw;
        }
    }

    private void LogIn(RelayClient client, RelayStream stream, AccessToken? token, CancellationToken cancellationToken) =>
        Talk(stream, () => ServerConnection.LogInAsync(client, options, token, cancellationToken), cancellationToken);

    /// <summary>Takes a step of the conversation on this thread. A cancellation hangs up, and is what the caller sees.</summary>
    private static void Talk(RelayStream stream, Func<Task> step, CancellationToken cancellationToken)
    {
        try
        {
            using var _ = stream.AbortOn(cancellationToken);
            step().GetAwaiter().GetResult();
        }
        catch
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw;
        }
    }

    private RelayStream Dial(CancellationToken cancellationToken)
    {
        var timeout = TimeSpan.FromSeconds(timeoutSeconds);
        if (dial is null)
        {
            var socket = BlockingSocket.Connect(options.Host, options.EffectivePort, timeout, cancellationToken);
            return new RelayStream(new NetworkStream(socket, ownsSocket: true), socket, timeout);
        }

        var connecting = ServerConnection.LimitAsync(
            stop => dial(options.Host, options.EffectivePort, stop), timeout, cancellationToken);
        return new RelayStream(connecting.GetAwaiter().GetResult(), null, timeout);
    }
}
