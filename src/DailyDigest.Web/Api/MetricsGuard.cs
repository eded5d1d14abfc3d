using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace DailyDigest.Web;

/// <summary>
/// Lets a program with a key of the scope <c>metrics</c> read the metrics. A head maps the route with what shows them.
/// </summary>
public static class MetricsGuard
{
    /// <summary>The route.</summary>
    public const string Path = "/metrics";

    /// <summary>Answers 401, 403 or 404 to everybody else, before anything that is added to the branch after it.</summary>
    public static void Use(IApplicationBuilder branch)
    {
        var keys = branch.ApplicationServices.GetRequiredService<ApiKeyCheck>();
        branch.Use(next => async context =>
        {
            if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
            {
                context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
                context.Response.Headers.Allow = "GET, HEAD";
            }
            else if (await keys.RequireAsync(context, ApiScopes.Metrics, logs: false) is not null)
            {
                context.Response.Headers.CacheControl = "no-store";
                await next(context);
            }
        });
    }
}
