using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Functions.Tests;

/// <summary>The worker routes a request first, then the product does.</summary>
public sealed class PagesTests
{
    [Fact]
    public async Task The_result_of_the_workers_routing_is_removed_before_the_products_routing()
    {
        Endpoint? endpoint = null;
        var values = -1;
        var pages = new Pages(context =>
        {
            (endpoint, values) = (context.GetEndpoint(), context.Request.RouteValues.Count);
            return Task.CompletedTask;
        });

        await pages.AnswerAsync(RoutedByTheWorker("/archive/2026-01-02", out var routed));

        Assert.NotNull(routed);
        Assert.Null(endpoint);
        Assert.Equal(0, values);
    }

    [Fact]
    public async Task Routes_parameters_and_unknown_paths_are_answered_as_on_the_server()
    {
        await using var host = WebApplication.CreateSlimBuilder().Build();
        var app = new ApplicationBuilder(host.Services);
        app.UseRouting();
        app.UseEndpoints(endpoints => endpoints.MapGet("/archive/{date}", (string date) => $"archive of {date}"));
        var pages = new Pages(app.Build());

        Assert.Equal((200, "archive of 2026-01-02"), await Get(pages, host.Services, "/archive/2026-01-02"));
        Assert.Equal((404, ""), await Get(pages, host.Services, "/no-such-page"));
    }

    private static async Task<(int Status, string Body)> Get(Pages pages, IServiceProvider services, string path)
    {
        var context = RoutedByTheWorker(path, out _);
        context.RequestServices = services;
        using var body = new MemoryStream();
        context.Response.Body = body;

        await pages.AnswerAsync(context);

        return (context.Response.StatusCode, System.Text.Encoding.UTF8.GetString(body.ToArray()));
    }

    /// <summary>A request after the worker's routing: the endpoint and the route values of the catch-all route are set.</summary>
    private static DefaultHttpContext RoutedByTheWorker(string path, out Endpoint endpoint)
    {
        endpoint = new Endpoint(
            context => throw new InvalidOperationException("The worker's own endpoint ran."), EndpointMetadataCollection.Empty, "Web");
        var context = new DefaultHttpContext
        {
            Request = { Method = "GET", Path = path, Scheme = "https", Host = new HostString("digest.example.com") },
        };
        context.SetEndpoint(endpoint);
        context.Request.RouteValues["path"] = path.TrimStart('/');
        return context;
    }
}
