using DailyDigest.Mail.Smtp;
using DailyDigest.Mailing;
using MailKit.Security;

namespace DailyDigest.Mail.OAuth;

/// <summary>
/// The access token for one server. All connections share it. It is fetched again some minutes before it expires, or when the server has
/// refused it; however many connections ask, one fetch is under way.
/// </summary>
/// <param name="fetch">Fetches a token.</param>
/// <param name="scope">The rights that the token shall have.</param>
/// <param name="time">The clock.</param>
/// <param name="hide">Gets each token, so that no reply of the server can bring it into a log.</param>
internal sealed class LoginTokens(FetchAccessToken fetch, string scope, TimeProvider time, Action<string> hide)
{
    /// <summary>How long before its end a token is replaced, or half its lifetime if that is less.</summary>
    public static readonly TimeSpan Margin = TimeSpan.FromMinutes(5);

    /// <summary>How long the present token is used after its replacement could not be fetched.</summary>
    public static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(30);

    private readonly Lock gate = new();
    private Task<AccessToken>? fetching;
    private AccessToken? present;
    private long since;
    private TimeSpan renewAfter;

    /// <summary>The token source of a server; null if it has no OAuth settings.</summary>
    /// <param name="server">The server.</param>
    /// <param name="identity">Fetches the token of the managed identity; null if this program cannot.</param>
    /// <param name="time">The clock.</param>
    /// <param name="hide">Gets each token.</param>
    /// <exception cref="ArgumentException">A managed identity is set, and this program has none.</exception>
    public static LoginTokens? Create(MailServerOptions server, FetchAccessToken? identity, TimeProvider time, Action<string> hide)
    {
        var options = server.OAuth;
        if (!options.IsSet)
        {
            return null;
        }

        var fetch = options.ManagedIdentity
            ? identity ?? throw new ArgumentException("There is no managed identity here.", nameof(identity))
            : new TokenEndpoint(options, server.User, time).FetchAsync;
        return new LoginTokens(fetch, options.Scope, time, hide);
    }

    /// <summary>A token that is valid now.</summary>
    /// <exception cref="AccessTokenException">There is none.</exception>
    public async Task<AccessToken> GetAsync(CancellationToken cancellationToken)
    {
        Task<AccessToken> shared;
        lock (gate)
        {
            if (present is not null && time.GetElapsedTime(since) < renewAfter)
            {
                return present;
            }

            // Not cancelled with the caller: others wait for it, too.
            shared = fetching ??= Task.Run(FetchAsync, CancellationToken.None);
        }

        return await shared.WaitAsync(cancellationToken);
    }

    /// <summary>The server has refused this token: the next caller gets another.</summary>
    public void Refuse(AccessToken token)
    {
        lock (gate)
        {
            if (ReferenceEquals(present, token))
            {
                present = null;
            }
        }
    }

    /// <summary>
    /// Opens a connection that logs in with the token: with null if there is no token source. If the server refuses the token, one more
    /// attempt is made with another.
    /// </summary>
    /// <exception cref="AccessTokenException">There is no token.</exception>
    public static async Task<T> OpenAsync<T>(
        LoginTokens? tokens, Func<AccessToken?, CancellationToken, Task<T>> open, CancellationToken cancellationToken)
    {
        if (tokens is null)
        {
            return await open(null, cancellationToken);
        }

        // Before the server is connected: it waits less long for a login than a token endpoint may take.
        var token = await tokens.GetAsync(cancellationToken);
        try
        {
            return await open(token, cancellationToken);
        }
        catch (AuthenticationException e) when (!Replies.IsTemporary(e))
        {
            tokens.Refuse(token);
        }

        token = await tokens.GetAsync(cancellationToken);
        try
        {
            return await open(token, cancellationToken);
        }
        catch (AuthenticationException e) when (!Replies.IsTemporary(e))
        {
            tokens.Refuse(token);
            throw;
        }
    }

    private async Task<AccessToken> FetchAsync()
    {
        AccessToken? token = null;
        try
        {
            token = await fetch(scope, CancellationToken.None);
            hide(token.Value);
            return token;
        }
        catch (AccessTokenException)
        {
            if (KeepPresent() is { } kept)
            {
                return kept;
            }

            throw;
        }
        finally
        {
            lock (gate)
            {
                fetching = null;
                if (token is not null)
                {
                    (present, since) = (token, time.GetTimestamp());
                    renewAfter = token.ExpiresIn - Min(Margin, token.ExpiresIn / 2);
                }
            }
        }
    }

    /// <summary>The present token if it is still valid; it is used for a little longer.</summary>
    private AccessToken? KeepPresent()
    {
        lock (gate)
        {
            var age = time.GetElapsedTime(since);
            if (present is null || age >= present.ExpiresIn)
            {
                return present = null;
            }

            renewAfter = Min(age + RetryDelay, present.ExpiresIn);
            return present;
        }
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
