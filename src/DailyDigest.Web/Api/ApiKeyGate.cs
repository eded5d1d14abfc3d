using System.Text;
using DailyDigest.Storage;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>Lets those in who bring a key: <c>X-Api-Key: KEY</c>, <c>Authorization: Bearer KEY</c>, or in a browser any name with the key for a password.</summary>
internal sealed class ApiKeyGate(ApiOptions options)
{
    /// <summary>Answers 401 and returns false if the request brings no key of ours.</summary>
    public async Task<bool> OpensAsync(HttpContext context)
    {
        if (Opens(context.Request))
        {
            return true;
        }

        var isDesk = context.Request.Path.StartsWithSegments("/desk", StringComparison.Ordinal);
        context.Response.Headers.WWWAuthenticate = isDesk ? "Basic realm=\"desk\", charset=\"UTF-8\"" : "Bearer realm=\"api\"";
        await Problem.WriteAsync(
            context, StatusCodes.Status401Unauthorized, "A key is needed.",
            "Send one of Api__Keys as X-Api-Key: KEY or as Authorization: Bearer KEY" + (isDesk ? "; a browser asks for a name and a password: any name, and the key for the password." : "."));
        return false;
    }

    /// <summary>True if the request brings a key of ours.</summary>
    public bool Opens(HttpRequest request) => options.Opens(Key(request));

    /// <summary>True if the request brings something for a key, whether it opens or not.</summary>
    public static bool Brings(HttpRequest request) => request.Headers.ContainsKey("X-Api-Key") || request.Headers.ContainsKey("Authorization");

    private static string? Key(HttpRequest request)
    {
        if (request.Headers["X-Api-Key"] is [{ } key])
        {
            return key;
        }

        var authorization = request.Headers.Authorization.ToString();
        if (authorization.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            return authorization[7..].Trim();
        }

        if (!authorization.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var bytes = new byte[authorization.Length];
        return Convert.TryFromBase64String(authorization[6..].Trim(), bytes, out var length)
            && Encoding.UTF8.GetString(bytes, 0, length) is var pair && pair.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon
            ? pair[(colon + 1)..]
            : null;
    }
}
