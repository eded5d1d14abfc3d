using DailyDigest.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Functions;

/// <summary>The pages and endpoints of <c>DailyDigest.Web</c>: the pipeline the Server runs, behind an HTTP trigger.</summary>
public sealed class Pages(RequestDelegate pipeline)
{
    /// <summary>
    /// Answers the request on its own response. The worker has routed the request to the trigger by then and left its endpoint and route values
    /// on the context; routing keeps an endpoint that is set, so both go first.
    /// </summary>
    public Task AnswerAsync(HttpContext context)
    {
        context.SetEndpoint(null);
        context.Request.RouteValues.Clear();
        return pipeline(context);
    }

    /// <summary>Builds the pipeline once per process.</summary>
    public static Pages Create(IServiceProvider services)
    {
        var app = new ApplicationBuilder(services);
        app.UseWeb();
        app.UseRouting();
        app.UseEndpoints(endpoints => endpoints.MapWeb());
        return new Pages(app.Build());
    }
}
