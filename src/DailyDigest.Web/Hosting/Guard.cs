using DailyDigest.Settings;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Web;

/// <summary>Around every page: headers, limits, and a page for every error.</summary>
internal sealed partial class Guard(PageRenderer pages, Publication publication, SignUpOptions signUp, TimeProvider time, ILogger<Guard> logger)
{
    /// <summary>Until an answer begins: longer than any page takes, shorter than those who knock slowly like.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>For pages of ours: nothing but our own stylesheet and the publisher's logo, no script at all.</summary>
    public string PageSecurityPolicy { get; } = Policy("", publication, "");

    /// <summary>For the sign-up page: our own script file too, and its form may lead on to where readers came from (browsers hold a redirect to form-action).</summary>
    public string SignUpSecurityPolicy { get; } =
        Policy(" script-src 'self';", publication, string.Concat(signUp.Split().Select(origin => " " + origin)));

    private readonly bool secure = publication.BaseUrl.StartsWith("https://", StringComparison.OrdinalIgnoreCase);

    /// <summary>Runs the rest of the pipeline.</summary>
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        AddHeaders(context.Response.Headers);
        var gone = context.RequestAborted;
        var late = new CancellationTokenSource(Patience, time);
        context.Response.RegisterForDispose(late);
        using var leaving = gone.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), late);
        context.RequestAborted = late.Token;

        // Once the answer is on its way the server holds its reader to a rate; a slow line is no reason to break it off.
        context.Response.OnStarting(static source => Begun((CancellationTokenSource)source), late);
        try
        {
            await next(context);
            if (!context.Response.HasStarted && context.Response.StatusCode >= 400 && context.Response.ContentType is null)
            {
                await SayAsync(context, context.Response.StatusCode);
            }
        }
        catch (OperationCanceledException) when (gone.IsCancellationRequested)
        {
            // Who asked has gone; there is nobody to answer.
        }
        catch (RequestBody.BrokenOffException)
        {
            // Nor here. The server may not know it yet, and would go on reading.
            context.Abort();
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !context.Response.HasStarted)
        {
            context.RequestAborted = gone;
            context.Response.Headers.RetryAfter = "60";
            await SayAsync(context, StatusCodes.Status503ServiceUnavailable);
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
        finally
        {
            context.RequestAborted = gone;
        }
    }

    private static Task Begun(CancellationTokenSource late)
    {
        late.CancelAfter(Timeout.InfiniteTimeSpan);
        return Task.CompletedTask;
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
            StatusCodes.Status429TooManyRequests => "TooMany",
            >= 500 => "Trouble",
            _ => "BadRequest",
        };
        var view = pages.View(context);
        return context.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal) || context.Request.Path == SignUpJsonEndpoints.Path
            ? Problem.WriteAsync(context, status, view.Texts[key + ".Title"], view.Texts[key + ".Text"])
            : pages.WriteMessageAsync(context, status, view, key, "/", "Back");
    }

    // The path of a personal page holds its token.
    private static string Route(HttpContext context) =>
        context.Request.Path.Value?.Split('/', 3) is [_, { Length: > 0 and < 20 } first, ..] ? "/" + first : "/";

    private static string Policy(string script, Publication publication, string targets) =>
        $"default-src 'none'; style-src 'self'; img-src 'self' {Origin(publication.LogoUrl)};{script} form-action 'self'{targets}; base-uri 'none'; frame-ancestors 'none'";

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
