using DailyDigest.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Web;

/// <summary>Around every page: headers, limits, and a page for every error.</summary>
internal sealed partial class Guard(PageRenderer pages, Publication publication, ILogger<Guard> logger)
{
    /// <summary>For pages of ours: nothing but our own stylesheet and the publisher's logo, no script at all.</summary>
    public string PageSecurityPolicy { get; } =
        $"default-src 'none'; style-src 'self'; img-src 'self' {Origin(publication.LogoUrl)}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    private readonly bool secure = publication.BaseUrl.StartsWith("https://", StringComparison.OrdinalIgnoreCase);

    /// <summary>Runs the rest of the pipeline.</summary>
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        AddHeaders(context.Response.Headers);
        try
        {
            await next(context);
            if (!context.Response.HasStarted && context.Response.StatusCode >= 400 && context.Response.ContentType is null)
            {
                await SayAsync(context, context.Response.StatusCode);
            }
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Who asked has gone; there is nobody to answer.
        }
        catch (BadHttpRequestException exception) when (!context.Response.HasStarted)
        {
            await SayAsync(context, exception.StatusCode);
        }
        catch (StorageException exception) when (!context.Response.HasStarted)
        {
            Log.Storage(logger, exception, Route(context));
            context.Response.Headers.RetryAfter = "60";
            await SayAsync(context, StatusCodes.Status503ServiceUnavailable);
        }
        catch (Exception exception) when (!context.Response.HasStarted)
        {
            Log.Trouble(logger, exception, Route(context));
            await SayAsync(context, StatusCodes.Status500InternalServerError);
        }
    }

    private void AddHeaders(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy = PageSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=()";
        if (secure)
        {
            headers.StrictTransportSecurity = "max-age=31536000";
        }
    }

    private Task SayAsync(HttpContext context, int status)
    {
        var key = status switch
        {
            StatusCodes.Status404NotFound or StatusCodes.Status405MethodNotAllowed => "NotFound",
            StatusCodes.Status413PayloadTooLarge => "TooLarge",
            >= 500 => "Trouble",
            _ => "BadRequest",
        };
        var view = pages.View(context);
        return context.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal)
            ? Problem.WriteAsync(context, status, view.Texts[key + ".Title"], view.Texts[key + ".Text"])
            : pages.WriteMessageAsync(context, status, view, key, "/", "Back");
    }

    // The path of a personal page holds its token.
    private static string Route(HttpContext context) =>
        context.Request.Path.Value?.Split('/', 3) is [_, { Length: > 0 and < 20 } first, ..] ? "/" + first : "/";

    private static string Origin(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var parsed) ? parsed.GetLeftPart(UriPartial.Authority) : "";

    private static partial class Log
    {
        [LoggerMessage(501, LogLevel.Error, "Storage could not be used for a request below {Route}")]
        public static partial void Storage(ILogger logger, Exception exception, string route);

        [LoggerMessage(502, LogLevel.Error, "A request below {Route} failed")]
        public static partial void Trouble(ILogger logger, Exception exception, string route);
    }
}
