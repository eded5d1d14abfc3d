using DailyDigest.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Web;

/// <summary>The outermost middleware: sets the headers, limits the time of a request, and writes a page for every error.</summary>
internal sealed partial class ErrorPages(PageRenderer pages, SecurityHeaders security, TimeProvider time, ILogger<ErrorPages> logger)
{
    /// <summary>How long a request may take until its answer begins: longer than any page needs.</summary>
    public static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Runs the rest of the pipeline.</summary>
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        security.Add(context.Response.Headers);
        var disconnected = context.RequestAborted;
        var timeout = new CancellationTokenSource(AnswerTimeout, time);
        context.Response.RegisterForDispose(timeout);
        using var registration = disconnected.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), timeout);
        context.RequestAborted = timeout.Token;

        // After the answer has begun the server enforces a minimum data rate; a slow line alone must not abort it.
        context.Response.OnStarting(static source => StopTimeout((CancellationTokenSource)source), timeout);
        try
        {
            await AnswerAsync(context, next, timeout, disconnected);
        }
        catch (OperationCanceledException) when (disconnected.IsCancellationRequested)
        {
            // The client has disconnected: there is nobody to answer, also not with the page of an error.
        }
        finally
        {
            context.RequestAborted = disconnected;
        }
    }

    private async Task AnswerAsync(
        HttpContext context, RequestDelegate next, CancellationTokenSource timeout, CancellationToken disconnected)
    {
        try
        {
            await next(context);
            if (!context.Response.HasStarted && context.Response.StatusCode >= 400 && context.Response.ContentType is null)
            {
                await WriteErrorAsync(context, context.Response.StatusCode);
            }
        }
        catch (RequestBody.DisconnectedException)
        {
            // The client has disconnected here too. The server may not know yet and would go on reading.
            context.Abort();
        }
        catch (OperationCanceledException) when (
            timeout.IsCancellationRequested && !disconnected.IsCancellationRequested && !context.Response.HasStarted)
        {
            context.RequestAborted = disconnected;
            context.Response.Headers.RetryAfter = "60";
            await WriteErrorAsync(context, StatusCodes.Status503ServiceUnavailable);
        }
        catch (BadHttpRequestException exception) when (!context.Response.HasStarted)
        {
            await WriteErrorAsync(context, exception.StatusCode);
        }
        catch (StorageException exception) when (!context.Response.HasStarted)
        {
            Log.StorageFailed(logger, exception, Route(context));
            context.Response.Headers.RetryAfter = "60";
            await WriteErrorAsync(context, StatusCodes.Status503ServiceUnavailable);
        }
        catch (Exception exception) when (!context.Response.HasStarted && !IsGone(exception, disconnected))
        {
            Log.RequestFailed(logger, exception, Route(context));
            await WriteErrorAsync(context, StatusCodes.Status500InternalServerError);
        }
    }

    private static bool IsGone(Exception exception, CancellationToken disconnected) =>
        exception is OperationCanceledException && disconnected.IsCancellationRequested;

    private static Task StopTimeout(CancellationTokenSource timeout)
    {
        timeout.CancelAfter(Timeout.InfiniteTimeSpan);
        return Task.CompletedTask;
    }

    private Task WriteErrorAsync(HttpContext context, int status)
    {
        var key = status switch
        {
            StatusCodes.Status404NotFound or StatusCodes.Status405MethodNotAllowed => "NotFound",
            StatusCodes.Status413PayloadTooLarge => "TooLarge",
            StatusCodes.Status429TooManyRequests => "Busy",
            >= 500 => "Trouble",
            _ => "BadRequest",
        };
        var view = pages.View(context);
        var isForPrograms = context.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal)
            || context.Request.Path.StartsWithSegments(ProviderHooks.Root, StringComparison.Ordinal)
            || context.Request.Path == SignUpJsonEndpoints.Path;
        return isForPrograms ? Problem.WriteAsync(
            context, status, view.Texts[key + ".Title"], view.Texts[key + ".Text"], code: CodeOf(status))
            // A page would cost as much as the one that was refused.
            : status == StatusCodes.Status429TooManyRequests
                ? WriteTextAsync(context, status, $"{view.Texts[key + ".Title"]}\n\n{view.Texts[key + ".Text"]}\n")
            : pages.WriteMessageAsync(context, status, view, key, "/", "Back");
    }

    private static string CodeOf(int status) => status switch
    {
        StatusCodes.Status404NotFound or StatusCodes.Status405MethodNotAllowed => "not-found",
        StatusCodes.Status413PayloadTooLarge => "too-large",
        StatusCodes.Status429TooManyRequests => "too-many",
        StatusCodes.Status503ServiceUnavailable => "unavailable",
        >= 500 => "failed",
        _ => "unreadable",
    };

    private static Task WriteTextAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsync(text, context.RequestAborted);
    }

    // Only the first segment: the path of a personal page contains its token.
    private static string Route(HttpContext context) =>
        context.Request.Path.Value?.Split('/', 3) is [_, { Length: > 0 and < 20 } first, ..] ? "/" + first : "/";

    private static partial class Log
    {
        [LoggerMessage(501, LogLevel.Error, "Storage failed during a request below {Route}; answered 503")]
        public static partial void StorageFailed(ILogger logger, Exception exception, string route);

        [LoggerMessage(502, LogLevel.Error, "A request below {Route} failed; answered 500")]
        public static partial void RequestFailed(ILogger logger, Exception exception, string route);
    }
}
