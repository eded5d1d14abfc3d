using System.Net.Mime;
using DailyDigest.Digests;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace DailyDigest.Web;

/// <summary>The copies of pictures that mails link. A picture's URL names its content, so every cache may keep it.</summary>
internal sealed class PictureEndpoints(PageRenderer pages, PictureStore pictures)
{
    private const string Suffix = ".jpg";

    /// <summary>GET /pictures/{date}/{hash}.jpg</summary>
    public async Task ShowAsync(HttpContext context)
    {
        if (context.GetRouteValue("name") is not string name || !name.EndsWith(Suffix, StringComparison.Ordinal)
            || !ArchiveEndpoints.TryDate(context, out var date)
            || await pictures.GetAsync(date, name[..^Suffix.Length], context.RequestAborted) is not { } jpeg)
        {
            await pages.WriteMessageAsync(
                context, StatusCodes.Status404NotFound, pages.View(context), "NotFound", "/digests", "Archive.Nav");
            return;
        }

        var headers = context.Response.Headers;
        headers.CacheControl = "public, max-age=31536000, immutable";
        headers.ContentSecurityPolicy = "default-src 'none'";

        // Mail programs in a browser, and copies of the archive, show it on other origins.
        headers["Cross-Origin-Resource-Policy"] = "cross-origin";
        context.Response.ContentType = MediaTypeNames.Image.Jpeg;
        context.Response.ContentLength = jpeg.Length;
        await context.Response.Body.WriteAsync(jpeg, context.RequestAborted);
    }
}
