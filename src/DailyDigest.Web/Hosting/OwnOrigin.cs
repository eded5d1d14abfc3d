using DailyDigest.Settings;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>
/// Refuses changing requests that a page of another site made a browser send (cross-site request forgery). A browser adds the desk's
/// password to such a request by itself, but it also says where the request comes from: <c>Origin</c> (RFC 6454) and
/// <c>Sec-Fetch-Site</c> (Fetch Metadata). Programs send neither. Readers' forms are not checked: their link or their sum is the proof.
/// </summary>
internal sealed class OwnOrigin(Publication publication)
{
    private readonly string? published =
        Uri.TryCreate(publication.BaseUrl, UriKind.Absolute, out var url) ? url.GetLeftPart(UriPartial.Authority) : null;

    /// <summary>The endpoint, with 403 for changing requests from other sites.</summary>
    public RequestDelegate Only(RequestDelegate endpoint) => context =>
        IsRead(context.Request.Method) || Allows(context.Request)
            ? endpoint(context)
            : Problem.WriteAsync(
                context, StatusCodes.Status403Forbidden, "This request comes from a page of another site.",
                "Programs send no Origin and no Sec-Fetch-Site. A browser must be on a page of this site.", code: "other-site");

    /// <summary>
    /// True unless a browser says that the request comes from elsewhere. Our own origin is that of the base URL, or the one that the
    /// request was sent to, for an operator who reaches the server by another name.
    /// </summary>
    public bool Allows(HttpRequest request) =>
        request.Headers["Sec-Fetch-Site"] is [] or ["same-origin"] or ["none"]
        && (request.Headers.Origin is [] || (request.Headers.Origin is [{ } origin] && IsOwn(origin, request)));

    private bool IsOwn(string origin, HttpRequest request) =>
        origin == published || origin.Equals($"{request.Scheme}://{request.Host.Value}", StringComparison.OrdinalIgnoreCase);

    private static bool IsRead(string method) =>
        HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method) || HttpMethods.IsTrace(method);
}
