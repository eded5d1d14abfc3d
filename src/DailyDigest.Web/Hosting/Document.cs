using System.Security.Cryptography;
using DailyDigest.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace DailyDigest.Web;

/// <summary>An answer that is the same for every reader, with validators for conditional requests (RFC 9110, 8.8 and 13).</summary>
internal sealed class Document(byte[] bytes, string contentType, string language, DateTimeOffset changed)
{
    private readonly EntityTagHeaderValue tag = new('"' + Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 12)) + '"');

    // HTTP dates have whole seconds.
    private readonly DateTimeOffset changed = DateTimeOffset.FromUnixTimeSeconds(changed.ToUnixTimeSeconds());

    /// <summary>Writes it, or 304 if the client's copy is current. Clients may reuse it for <paramref name="maxAge"/>.</summary>
    public async Task WriteAsync(HttpContext context, TimeSpan maxAge)
    {
        var (request, response) = (context.Request.GetTypedHeaders(), context.Response.GetTypedHeaders());
        response.ETag = tag;
        response.LastModified = changed;
        response.CacheControl = new CacheControlHeaderValue { Public = true, MaxAge = maxAge };
        context.Response.Headers.Vary = "Accept-Language";
        if (IsKnown(request))
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        context.Response.StatusCode = StatusCodes.Status200OK;
        context.Response.ContentType = contentType;
        context.Response.ContentLength = bytes.Length;
        context.Response.Headers.ContentLanguage = language;
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }

    // RFC 9110, 13.2.2: dates are ignored if the request has tags. A GET compares tags weakly.
    private bool IsKnown(Microsoft.AspNetCore.Http.Headers.RequestHeaders request) => request.Headers.IfNoneMatch.Count > 0
        ? request.IfNoneMatch.Any(known => known.Equals(EntityTagHeaderValue.Any) || known.Compare(tag, useStrongComparison: false))
        : request.IfModifiedSince is { } since && changed <= since;
}
