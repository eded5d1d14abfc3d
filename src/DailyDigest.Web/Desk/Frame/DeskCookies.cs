using DailyDigest.Settings;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>
/// The names and attributes of the desk's cookies. Behind https they are bound to this host (<c>__Host-</c>), or to the path if the pages
/// are below one (<c>__Secure-</c>). Readers' pages set and read none.
/// </summary>
internal sealed class DeskCookies(Publication publication)
{
    private readonly bool secure = publication.BaseUrl.StartsWith("https://", StringComparison.OrdinalIgnoreCase);
    private readonly string root = View.Root(publication);

    /// <summary>The path for which browsers send them.</summary>
    public string Path => secure && root.Length == 0 ? "/" : root + "/desk";

    /// <summary>The name with the prefix that browsers enforce.</summary>
    public string Name(string name) => !secure ? name : root.Length == 0 ? "__Host-" + name : "__Secure-" + name;

    /// <summary>A builder for the framework's own cookies.</summary>
    public CookieBuilder Builder(string name) => new Fixed(secure)
    {
        Name = Name(name),
        Path = Path,
        HttpOnly = true,
        SameSite = SameSiteMode.Lax,
        IsEssential = true,
    };

    /// <summary>The attributes of a cookie of our own.</summary>
    public CookieOptions Options(TimeSpan maxAge) => new()
    {
        Path = Path,
        HttpOnly = true,
        SameSite = SameSiteMode.Lax,
        Secure = secure,
        MaxAge = maxAge,
    };

    // A proxy may end https before us. So the base URL decides, not the scheme of the request.
    private sealed class Fixed(bool secure) : CookieBuilder
    {
        public override CookieOptions Build(HttpContext context, DateTimeOffset expiresFrom)
        {
            var options = base.Build(context, expiresFrom);
            options.Secure = secure;
            return options;
        }
    }
}
