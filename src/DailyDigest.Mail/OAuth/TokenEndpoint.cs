using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DailyDigest.Mailing;

namespace DailyDigest.Mail.OAuth;

/// <summary>
/// Fetches access tokens from a token endpoint (RFC 6749): with a refresh token, with the key of a service account, or with the app's own
/// secret. Redirects are not followed: they would take the secret elsewhere.
/// </summary>
/// <param name="options">The endpoint; <see cref="OAuthOptions.TokenUrl"/> is valid.</param>
/// <param name="user">The mailbox for which a service account asks.</param>
/// <param name="time">The clock.</param>
internal sealed class TokenEndpoint(OAuthOptions options, string user, TimeProvider time)
{
    /// <summary>How long the endpoint may take.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private const string Assertion = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    private static readonly HttpClient Anywhere = Client(useProxy: true);
    private static readonly HttpClient ThisMachine = Client(useProxy: false);
    private static readonly TimeSpan AssertionLifetime = TimeSpan.FromMinutes(10);

    private readonly Uri url = new(options.TokenUrl);

    /// <summary>Asks for a token, once.</summary>
    /// <exception cref="AccessTokenException">There is no token.</exception>
    public async Task<AccessToken> FetchAsync(string scope, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new FormUrlEncodedContent(Form(scope)) };
            request.Headers.Accept.ParseAdd("application/json");
            using var response = await (url.IsLoopback ? ThisMachine : Anywhere).SendAsync(request, either.Token);
            var body = await response.Content.ReadAsByteArrayAsync(either.Token);
            return response.StatusCode == HttpStatusCode.OK ? TokenAnswer.Read(body, url.Authority)
                : throw new AccessTokenException(TokenAnswer.Refusal(response.StatusCode, body, url.Authority));
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new AccessTokenException($"{url.Authority} did not answer within {Timeout.TotalSeconds:0} s", e);
        }
        catch (HttpRequestException e)
        {
            throw new AccessTokenException(
                e.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded
                    ? $"{url.Authority} sent more than {TokenAnswer.MaxLength / 1024} KB"
                    : $"{url.Authority} cannot be reached ({e.HttpRequestError})", e);
        }
        catch (IOException e)
        {
            throw new AccessTokenException($"{url.Authority} hung up", e);
        }
    }

    private IEnumerable<KeyValuePair<string, string>> Form(string scope)
    {
        var isAssertion = options.PrivateKey.Length > 0;
        yield return new("grant_type", isAssertion ? Assertion : options.RefreshToken.Length > 0 ? "refresh_token" : "client_credentials");
        if (isAssertion)
        {
            yield return new("assertion", Sign(scope));
            yield break;
        }

        yield return new("client_id", options.ClientId);
        foreach (var (name, value) in new[]
        {
            ("client_secret", options.ClientSecret), ("refresh_token", options.RefreshToken), ("scope", scope),
        })
        {
            if (value.Length > 0)
            {
                yield return new(name, value);
            }
        }
    }

    /// <summary>A JSON Web Token that the service account signs: it asks for a token in the name of the mailbox.</summary>
    private string Sign(string scope)
    {
        var now = time.GetUtcNow();
        var claims = new
        {
            iss = options.ClientId,
            sub = user,
            scope,
            aud = options.TokenUrl,
            iat = now.ToUnixTimeSeconds(),
            exp = (now + AssertionLifetime).ToUnixTimeSeconds(),
        };
        var text = $"{Part(new { alg = "RS256", typ = "JWT" })}.{Part(claims)}";
        using var key = options.ReadKey()!;
        var signature = key.SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return string.Create(CultureInfo.InvariantCulture, $"{text}.{Base64Url.EncodeToString(signature)}");
    }

    private static string Part<T>(T value) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(value));

    private static HttpClient Client(bool useProxy) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = useProxy,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    })
    {
        MaxResponseContentBufferSize = TokenAnswer.MaxLength,
        Timeout = System.Threading.Timeout.InfiniteTimeSpan,
    };
}
