using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Functions.Tests;

/// <summary>The hand-over of a request from the worker's routing to the product's own.</summary>
public sealed class PagesTests
{
    [Fact]
    public async Task What_the_workers_routing_left_on_the_request_is_gone_before_ours_begins()
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
    public async Task Routes_parameters_and_unknown_paths_are_answered_as_by_a_server_of_its_own()
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

    /// <summary>A request as the worker hands it over: its catch-all endpoint and its route values are set.</summary>
    private static DefaultHttpContext RoutedByTheWorker(string path, out Endpoint endpoint)
    {
        endpoint = new Endpoint(context => throw new InvalidOperationException("The worker's own endpoint ran."), EndpointMetadataCollection.Empty, "Web");
        var context = new DefaultHttpContext { Request = { Method = "GET", Path = path, Scheme = "https", Host = new HostString("digest.example.com") } };
        context.SetEndpoint(endpoint);
        context.Request.RouteValues["path"] = path.TrimStart('/');
        return context;
    }
}
