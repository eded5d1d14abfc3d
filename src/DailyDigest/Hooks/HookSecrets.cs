using System.Security.Cryptography;
using System.Text;
using DailyDigest.Settings;

namespace DailyDigest.Hooks;

/// <summary>
/// The secrets of web hooks and their signatures, by the Standard Webhooks specification (version 1): HMAC-SHA256 over
/// <c>webhook-id.webhook-timestamp.body</c>.
/// </summary>
/// <param name="key">32 bytes, derived from a secret setting. It encrypts the secrets in the store.</param>
public sealed class HookSecrets(byte[] key)
{
    private const string Prefix = "whsec_";
    private const int Length = 32;

    /// <summary>A new secret: as its receiver needs it, and as it is stored.</summary>
    public (string Shown, byte[] Sealed) Create()
    {
        var secret = RandomNumberGenerator.GetBytes(Length);
        return (Prefix + Convert.ToBase64String(secret), SealedBytes.Seal(key, secret));
    }

    /// <summary>
    /// The value of the header webhook-signature; null if the secret cannot be decrypted, because the setting has changed.
    /// </summary>
    public string? Sign(Hook hook, string id, long timestamp, string body)
    {
        try
        {
            var text = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{id}.{timestamp}.{body}");
            return "v1," + Convert.ToBase64String(
                HMACSHA256.HashData(SealedBytes.Open(key, hook.Secret), Encoding.UTF8.GetBytes(text)));
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
