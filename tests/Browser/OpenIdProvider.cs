using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace DailyDigest.Tests.Browser;

/// <summary>
/// An OpenID Connect provider on loopback: metadata, keys, a token endpoint with PKCE and codes that work once, and claims of a person. Its
/// faults are those of a hostile or broken one.
/// </summary>
internal sealed class OpenIdProvider : IAsyncDisposable
{
    public const string Secret = "the-secret-of-the-desk";

    private static readonly RsaSecurityKey Key = new(RSA.Create(2048)) { KeyId = "one" };
    private static readonly RsaSecurityKey Other = new(RSA.Create(2048)) { KeyId = "one" };
    private readonly ConcurrentDictionary<string, (string Nonce, string Challenge)> codes = new();
    private readonly WebApplication app;

    private OpenIdProvider(WebApplication app) => this.app = app;

    public string Address => app.Urls.First();

    /// <summary>The instant at which tokens are issued.</summary>
    public Func<DateTimeOffset> Now { get; set; } = () => default;

    /// <summary>The claims of the person who signs in.</summary>
    public Dictionary<string, object> Person { get; } = new()
    {
        ["sub"] = "ada-1",
        ["email"] = "ada@example.com",
        ["email_verified"] = true,
        ["name"] = "Ada",
        ["roles"] = new[] { "staff", "desk-editors" },
    };

    /// <summary>Claims that only the second question tells.</summary>
    public Dictionary<string, object> UserInfo { get; } = [];

    public string? Issuer { get; set; }

    public string? Nonce { get; set; }

    public string Audience { get; set; } = "desk";

    public TimeSpan Lifetime { get; set; } = TimeSpan.FromMinutes(5);

    public bool HasWrongKey { get; set; }

    public bool IsUnsigned { get; set; }

    public bool IsDown { get; set; }

    public static async Task<OpenIdProvider> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var provider = new OpenIdProvider(app);
        app.Run(provider.AnswerAsync);
        await app.StartAsync();
        return provider;
    }

    /// <summary>The address of the publication.</summary>
    public string Site { get; set; } = "http://localhost";

    /// <summary>The person agrees: the path and query with which the browser comes back.</summary>
    public string Agree(Uri asked, string? state = null, string? issuer = null)
    {
        var query = QueryHelpers.ParseQuery(asked.Query);
        Assert.Equal(("code", "desk", "S256"), (query["response_type"].ToString(), query["client_id"].ToString(),
            query["code_challenge_method"].ToString()));
        Assert.Equal(Site + "/desk/sign-in/openid/return", query["redirect_uri"].ToString());
        var code = Guid.NewGuid().ToString("N");
        codes[code] = (query["nonce"].ToString(), query["code_challenge"].ToString());
        return QueryHelpers.AddQueryString("/desk/sign-in/openid/return", new Dictionary<string, string?>
        {
            ["code"] = code,
            ["state"] = state ?? query["state"].ToString(),
            ["iss"] = issuer ?? Address,
        });
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        if (IsDown)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }

        await (context.Request.Path.Value switch
        {
            "/.well-known/openid-configuration" => context.Response.WriteAsJsonAsync(new Dictionary<string, object>
            {
                ["issuer"] = Address,
                ["authorization_endpoint"] = Address + "/authorize",
                ["token_endpoint"] = Address + "/token",
                ["jwks_uri"] = Address + "/keys",
                ["userinfo_endpoint"] = Address + "/person",
                ["end_session_endpoint"] = Address + "/end",
            }),
            "/keys" => context.Response.WriteAsJsonAsync(new { keys = new[] { PublicKey() } }),
            "/token" => TokenAsync(context),
            "/person" => context.Response.WriteAsJsonAsync(
                new Dictionary<string, object>(UserInfo) { ["sub"] = Person["sub"] }),
            _ => context.Response.WriteAsync(""),
        });
    }

    private async Task TokenAsync(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync();
        var isKnown = codes.TryRemove(form["code"].ToString(), out var asked);
        var challenge = Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"].ToString())));
        if (!isKnown || challenge != asked.Challenge || form["client_secret"] != Secret)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await context.Response.WriteAsJsonAsync(new { error = "invalid_grant" });
            return;
        }

        var now = Now().UtcDateTime;
        var claims = new Dictionary<string, object>(Person) { ["nonce"] = Nonce ?? asked.Nonce };
        var token = new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = Issuer ?? Address,
            Audience = Audience,
            IssuedAt = now,
            NotBefore = now,
            Expires = now + Lifetime,
            Claims = claims,
            SigningCredentials = IsUnsigned ? null : new SigningCredentials(HasWrongKey ? Other : Key, SecurityAlgorithms.RsaSha256),
        });
        await context.Response.WriteAsJsonAsync(new { id_token = token, access_token = "one", token_type = "Bearer" });
    }

    private static object PublicKey()
    {
        var parameters = Key.Rsa.ExportParameters(includePrivateParameters: false);
        return new
        {
            kty = "RSA",
            use = "sig",
            alg = "RS256",
            kid = Key.KeyId,
            n = Base64UrlEncoder.Encode(parameters.Modulus),
            e = Base64UrlEncoder.Encode(parameters.Exponent),
        };
    }
}
