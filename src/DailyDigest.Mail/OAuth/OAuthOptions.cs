using System.Security.Cryptography;
using System.Text;

namespace DailyDigest.Mail.OAuth;

/// <summary>
/// How the program logs in at a relay with an OAuth access token (SASL XOAUTH2 or OAUTHBEARER) in place of a password. Under
/// <c>Mail__OAuth</c> for the first relay, <c>Mail__Relays__0__OAuth</c> and so on for further ones.
/// </summary>
public sealed class OAuthOptions
{
    /// <summary>The section of the first relay's settings.</summary>
    public const string Section = "Mail:OAuth";

    /// <summary>URL of the token endpoint (RFC 6749): https, or http on this machine.</summary>
    public string TokenUrl { get; set; } = "";

    /// <summary>Id of the app at the token endpoint; of a service account its e-mail address.</summary>
    public string ClientId { get; set; } = "";

    /// <summary>Secret of the app. Appears in no log, exception or reply.</summary>
    public string ClientSecret { get; set; } = "";

    /// <summary>The rights that the token shall have, separated by spaces.</summary>
    public string Scope { get; set; } = "";

    /// <summary>
    /// Refresh token of a mailbox whose owner consented. With it the token is fetched for that mailbox (grant refresh_token).
    /// </summary>
    public string RefreshToken { get; set; } = "";

    /// <summary>
    /// RSA key of a service account: PEM, or base64 of PEM. With it the token is fetched for <see cref="RelayOptions.User"/> with a
    /// signed assertion (RFC 7523).
    /// </summary>
    public string PrivateKey { get; set; } = "";

    /// <summary>True to take the token of the app's managed identity on Azure, without a secret.</summary>
    public bool ManagedIdentity { get; set; }

    /// <summary>True if any of these settings is set.</summary>
    public bool IsSet => ManagedIdentity || AtEndpoint || Scope.Length > 0;

    private bool AtEndpoint =>
        TokenUrl.Length > 0 || ClientId.Length > 0 || ClientSecret.Length > 0 || RefreshToken.Length > 0 || PrivateKey.Length > 0;

    /// <summary>The secrets, none of which may be logged.</summary>
    internal IEnumerable<string> Secrets => new[] { ClientSecret, RefreshToken, PrivateKey }.Where(secret => secret.Length > 0);

    /// <summary>One line per fault, each naming its setting with <paramref name="prefix"/> before it.</summary>
    internal IEnumerable<string> Validate(string prefix)
    {
        if (!IsSet)
        {
            yield break;
        }

        if (ManagedIdentity)
        {
            if (AtEndpoint)
            {
                yield return $"{prefix}__ManagedIdentity: set it to true, or set a token endpoint, not both.";
            }

            if (Scope.Length == 0)
            {
                yield return $"{prefix}__Scope: needed with a managed identity; for Exchange Online https://outlook.office365.com/.default";
            }

            yield break;
        }

        if (!Uri.TryCreate(TokenUrl, UriKind.Absolute, out var url) || !IsSafe(url))
        {
            yield return $"{prefix}__TokenUrl: the https URL of the token endpoint. http is allowed on this machine only.";
        }

        if (ClientId.Length == 0)
        {
            yield return $"{prefix}__ClientId: the id of the app at the token endpoint.";
        }

        if (RefreshToken.Length > 0 && PrivateKey.Length > 0)
        {
            yield return $"{prefix}__RefreshToken: set it or {prefix}__PrivateKey, not both.";
        }

        if (ClientSecret.Length == 0 && RefreshToken.Length == 0 && PrivateKey.Length == 0)
        {
            yield return $"{prefix}__ClientSecret: the app's secret; or set RefreshToken or PrivateKey beside it.";
        }

        using var key = PrivateKey.Length > 0 ? ReadKey() : null;
        if (PrivateKey.Length > 0 && key is null)
        {
            yield return $"{prefix}__PrivateKey: not an RSA key in PEM, nor base64 of one.";
        }
    }

    /// <summary>The key of the service account; null if it cannot be read.</summary>
    internal RSA? ReadKey()
    {
        var rsa = RSA.Create();
        try
        {
            var text = PrivateKey.Trim();
            rsa.ImportFromPem((text.StartsWith("-----", StringComparison.Ordinal)
                ? text
                : Encoding.UTF8.GetString(Convert.FromBase64String(text))).Replace("\\n", "\n", StringComparison.Ordinal));
            rsa.ExportParameters(includePrivateParameters: true);
            return rsa;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or FormatException)
        {
            rsa.Dispose();
            return null;
        }
    }

    private static bool IsSafe(Uri url) => url.UserInfo.Length == 0 && url.Fragment.Length == 0
        && (url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback));
}
