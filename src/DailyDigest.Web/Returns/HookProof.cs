using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>Proofs that several providers use.</summary>
internal static class HookProof
{
    /// <summary>
    /// How long a signature is accepted: as long as providers send a request again. A repetition has no second effect, and a shorter time
    /// would lose what was reported while this server was down.
    /// </summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromHours(24);

    /// <summary>How far a provider's clock may be ahead of ours.</summary>
    public static readonly TimeSpan MaxAhead = TimeSpan.FromMinutes(5);

    /// <summary>True if a signature of this instant is accepted now.</summary>
    public static bool IsCurrent(DateTimeOffset? signed, DateTimeOffset now) =>
        signed is { } instant && now - instant <= MaxAge && instant - now <= MaxAhead;

    /// <summary>
    /// True if the request has the secret: as <c>secret</c> in the query, as the header X-Hook-Secret, or as the password of a login. Takes
    /// the same time for every text.
    /// </summary>
    public static bool HasSecret(HttpRequest request, string secret)
    {
        var wanted = SHA256.HashData(Encoding.UTF8.GetBytes(secret));
        return Same(request.Query["secret"]) | Same(request.Headers["X-Hook-Secret"]) | Same(Password(request));

        bool Same(string? text) =>
            CryptographicOperations.FixedTimeEquals(wanted, SHA256.HashData(Encoding.UTF8.GetBytes(text ?? "")));
    }

    /// <summary>The bytes of a base64 text; null if it is none.</summary>
    public static byte[]? Base64(string? text)
    {
        var bytes = new byte[text?.Length ?? 0];
        return text is not null && Convert.TryFromBase64String(text, bytes, out var length) ? bytes[..length] : null;
    }

    private static string? Password(HttpRequest request)
    {
        var authorization = request.Headers.Authorization.ToString();
        return authorization.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase) && Base64(authorization[6..].Trim()) is { } bytes
            && Encoding.UTF8.GetString(bytes) is var pair && pair.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon
            ? pair[(colon + 1)..] : null;
    }
}
