using Azure.Core;
using Azure.Identity;
using DailyDigest.Mailing;
using AccessToken = DailyDigest.Mailing.AccessToken;

namespace DailyDigest.AzureStorage;

/// <summary>Fetches access tokens of the app's identity (see <see cref="FetchAccessToken"/>). Azure's client caches them, too.</summary>
internal sealed class AzureIdentityTokens(TimeProvider time, TokenCredential? credential = null)
{
    /// <summary>How long the identity's endpoint may take, with the client's own retries.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly TokenCredential credential = credential ?? new DefaultAzureCredential();

    /// <summary>Asks for a token.</summary>
    /// <exception cref="AccessTokenException">There is no token.</exception>
    public async Task<AccessToken> FetchAsync(string scope, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            var token = await credential.GetTokenAsync(new TokenRequestContext([scope]), either.Token);
            return new AccessToken(token.Token, token.ExpiresOn - time.GetUtcNow());
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new AccessTokenException($"the managed identity did not answer within {Timeout.TotalSeconds:0} s", e);
        }
        catch (CredentialUnavailableException e)
        {
            throw new AccessTokenException("no managed identity was found; AZURE_CLIENT_ID names a user-assigned one", e);
        }
        catch (AuthenticationFailedException e)
        {
            throw new AccessTokenException("the managed identity was refused; check AZURE_CLIENT_ID, and the scope", e);
        }
    }
}
