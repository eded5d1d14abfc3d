using System.Globalization;
using System.Net;
using DailyDigest.Digests;
using DailyDigest.Web.Pages;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace DailyDigest.Web;

/// <summary>What the home cohort was sent, for everybody to read.</summary>
internal sealed class ArchiveEndpoints(
    PageRenderer pages, DigestStore digests, VariantStore variants, LatestDigest latest, Publication publication, IDigestRenderer? renderer = null)
{
    // The mail as sent styles itself and shows the publisher's pictures; it still runs nothing.
    private const string MailSecurityPolicy =
        "default-src 'none'; style-src 'unsafe-inline'; img-src https: http: data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

    private const int Days = 30;

    /// <summary>GET /digests</summary>
    public async Task ListAsync(HttpContext context)
    {
        var (today, list) = (latest.Today, new List<Digest>());
        foreach (var date in await digests.ListDatesAsync(latest.Home.Key, today.AddDays(-Days), today, context.RequestAborted))
        {
            if (await digests.GetAsync(date, latest.Home.Key, context.RequestAborted) is { Items.Count: > 0 } digest)
            {
                list.Add(digest);
            }
        }

        await pages.WriteAsync<ArchivePage>(context, StatusCodes.Status200OK, pages.View(context), ("Digests", list));
    }

    /// <summary>GET /digests/{date}</summary>
    public async Task ShowAsync(HttpContext context)
    {
        var view = pages.View(context);
        if (TryDate(context, out var date) && date <= latest.Today
            && await digests.GetAsync(date, latest.Home.Key, context.RequestAborted) is { Items.Count: > 0 } digest
            && await HtmlAsync(digest, view.Language, context.RequestAborted) is { } html)
        {
            context.Response.Headers.ContentSecurityPolicy = MailSecurityPolicy;
            context.Response.Headers.CacheControl = "public, max-age=300";
            context.Response.Headers.Vary = "Accept-Language";
            await PageRenderer.WriteHtmlAsync(context, StatusCodes.Status200OK, html);
            return;
        }

        await pages.WriteMessageAsync(context, StatusCodes.Status404NotFound, view, "NoDigest", "/digests", "Archive.Nav");
    }

    /// <summary>Reads the date in the route (yyyy-MM-dd).</summary>
    internal static bool TryDate(HttpContext context, out DateOnly date) => DateOnly.TryParseExact(
        context.GetRouteValue("date") as string, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out date);

    // As sent; where nobody was sent this language, as it would have been.
    private async Task<string?> HtmlAsync(Digest digest, string language, CancellationToken cancellationToken)
    {
        var variant = await variants.GetAsync(digest.Date, digest.Cohort, language, [], cancellationToken);
        if (variant is null && renderer is not null)
        {
            variant = await renderer.RenderAsync(digest, language, [], cancellationToken);
        }

        variant ??= await variants.AnyAsync(digest.Date, digest.Cohort, language, cancellationToken);

        // Nobody's links: whoever reads here can sign up.
        var everybody = WebUtility.HtmlEncode(publication.BaseUrl + "/");
        return variant?.Html.Replace(Slots.Unsubscribe, everybody, StringComparison.Ordinal).Replace(Slots.Preferences, everybody, StringComparison.Ordinal);
    }
}
