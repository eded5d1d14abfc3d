using System.Text;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>
/// Checks the key of a request: <c>X-Api-Key: KEY</c>, <c>Authorization: Bearer KEY</c>, or in a browser any user name with the key as
/// password.
/// </summary>
internal sealed class ApiKeyCheck(ApiOptions options)
{
    /// <summary>Returns true if the request has a valid key. Otherwise answers 401 and returns false.</summary>
    public async Task<bool> RequireAsync(HttpContext context)
    {
        if (Allows(context.Request))
        {
            return true;
        }

        var isDesk = context.Request.Path.StartsWithSegments("/desk", StringComparison.Ordinal);
        context.Response.Headers.WWWAuthenticate = isDesk ? "Basic realm=\"desk\", charset=\"UTF-8\"" : "Bearer realm=\"api\"";
        await Problem.WriteAsync(
            context, StatusCodes.Status401Unauthorized, "A key is needed.",
            "Send one of Api__Keys as X-Api-Key: KEY or as Authorization: Bearer KEY"
            + (isDesk ? ". In a browser enter any name, and the key as the password." : "."));
        return false;
    }

    /// <summary>True if the request has a valid key.</summary>
    public bool Allows(HttpRequest request) => options.IsKey(Key(request));

    /// <summary>True if the request has a header for a key, valid or not.</summary>
    public static bool HasHeader(HttpRequest request) =>
        request.Headers.ContainsKey("X-Api-Key") || request.Headers.ContainsKey("Authorization");

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
