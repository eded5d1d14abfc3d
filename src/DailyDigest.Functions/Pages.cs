using DailyDigest.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Functions;

/// <summary>Runs the pipeline of <c>DailyDigest.Web</c>, which the Server runs too, for requests to an HTTP trigger.</summary>
public sealed class Pages(RequestDelegate pipeline)
{
    /// <summary>
    /// Writes the response to the request. The worker has already routed the request to the trigger and has set an endpoint and route
    /// values. Routing does not replace an endpoint that is set, so both are removed first.
    /// </summary>
    public Task AnswerAsync(HttpContext context)
    {
        context.SetEndpoint(null);
        context.Request.RouteValues.Clear();
        return pipeline(context);
    }

    /// <summary>Builds the pipeline. Call it once per process.</summary>
    public static Pages Create(IServiceProvider services)
    {
        var app = new ApplicationBuilder(services);
        app.UseWeb();
        app.UseRouting();
        app.UseEndpoints(endpoints => endpoints.MapWeb());
        return new Pages(app.Build());
    }
}
