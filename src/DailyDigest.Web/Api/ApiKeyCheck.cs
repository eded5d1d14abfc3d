using System.Security.Cryptography;
using System.Text;
using DailyDigest.Accounts;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Web;

/// <summary>A key of ours.</summary>
/// <param name="Id">The SHA-256 of the key.</param>
/// <param name="Name">The name of its holder, in the log and in the audit.</param>
/// <param name="Scopes">The parts of the API that it opens.</param>
internal sealed record KnownKey(string Id, string Name, ApiScopes Scopes);

/// <summary>
/// Checks the key of a request: <c>X-Api-Key: KEY</c> or <c>Authorization: Bearer KEY</c>. Below /desk a browser may send any user name
/// with the key as password (RFC 7617). Nowhere else: a browser adds that password to requests which other sites make it send.
/// The name of a key is the caller's name in the log and in the audit.
/// </summary>
internal sealed partial class ApiKeyCheck(ApiOptions options, ApiKeyStore stored, WrongKeys wrong, ILogger<ApiKeyCheck> logger)
{
    /// <summary>
    /// Returns the name of the request's key if it has one of these scopes. Otherwise answers 401 or 403 and returns null.
    /// </summary>
    /// <param name="context">The request.</param>
    /// <param name="scope">The scopes.</param>
    /// <param name="logs">False for a request that comes every few seconds: its line would fill the log.</param>
    public async Task<string?> RequireAsync(HttpContext context, ApiScopes scope, bool logs = true) =>
        (await RequireAsync(context, key => (key.Scopes & scope) != 0, logs))?.Name;

    /// <summary>Returns the request's key if it has the permission. Otherwise answers 401 or 403 and returns null.</summary>
    public Task<KnownKey?> RequireAsync(HttpContext context, Permission permission) =>
        RequireAsync(context, key => ApiKey.PermissionsOf(key.Scopes).Contains(permission), logs: true);

    private async Task<KnownKey?> RequireAsync(HttpContext context, Func<KnownKey, bool> allows, bool logs)
    {
        if (await FindAsync(context) is not { } key)
        {
            await RefuseAsync(context);
            return null;
        }

        if (!allows(key))
        {
            wrong.AddScope(key.Name, Route(context));
            await Problem.WriteAsync(
                context, StatusCodes.Status403Forbidden, "This key is not for this address.",
                "Its scope does not include it.", code: "forbidden");
            return null;
        }

        if (logs)
        {
            Log.Used(logger, key.Name, Route(context));
        }

        return key;
    }

    /// <summary>Answers 401 for a program.</summary>
    public static Task RefuseAsync(HttpContext context)
    {
        var isDesk = IsDesk(context.Request);
        context.Response.Headers.WWWAuthenticate = isDesk ? "Bearer realm=\"desk\"" : "Bearer realm=\"api\"";
        return Problem.WriteAsync(
            context, StatusCodes.Status401Unauthorized, "A key is needed.",
            "Send one of Api__Keys as X-Api-Key: KEY or as Authorization: Bearer KEY"
            + (isDesk ? ". In a browser sign in at /desk." : "."), code: "no-key");
    }

    /// <summary>True if the request has a key with this scope. A wrong key counts as a failure.</summary>
    public async Task<bool> AllowsAsync(HttpContext context, ApiScopes scope) =>
        await FindAsync(context) is { } key && (key.Scopes & scope) != 0;

    /// <summary>True if the request has a header for a key, valid or not.</summary>
    public static bool HasHeader(HttpRequest request) =>
        request.Headers.ContainsKey("X-Api-Key") || request.Headers.ContainsKey("Authorization");

    private async Task<KnownKey?> FindAsync(HttpContext context)
    {
        if (Key(context.Request) is not { Length: > 0 } text)
        {
            return null;
        }

        // Before the check and for right keys too: a guesser would not wait for an answer that only a wrong key delays.
        await wrong.DelayAsync(context);
        var found = options.Find(text);
        if (found is null && await stored.FindAsync(text, context.RequestAborted) is { } made)
        {
            found = (made.Name, new ApiKey { Scope = made.Scopes }.Scopes());
        }

        if (found is null)
        {
            wrong.AddKey(context, Route(context));
        }

        return found is not var (name, scopes) ? null
            : new KnownKey(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))), name, scopes);
    }

    private static bool IsDesk(HttpRequest request) => request.Path.StartsWithSegments("/desk", StringComparison.Ordinal);

    // The pattern of the endpoint, not the path: a log has no text of a request.
    private static string Route(HttpContext context) => (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "/";

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

        if (!IsDesk(request) || !authorization.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var bytes = new byte[authorization.Length];
        return Convert.TryFromBase64String(authorization[6..].Trim(), bytes, out var length)
            && Encoding.UTF8.GetString(bytes, 0, length) is var pair && pair.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon
            ? pair[(colon + 1)..]
            : null;
    }

    private static partial class Log
    {
        [LoggerMessage(860, LogLevel.Information, "Key {Name} used at {Route}")]
        public static partial void Used(ILogger logger, string name, string route);
    }
}
