using DailyDigest.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;

namespace DailyDigest.Functions.Tests;

/// <summary>
/// A request on its whole way through the worker's process, over a real socket: the pipeline that the worker puts in front of ours is repeated here from
/// FunctionsHostBuilderExtensions.cs and AspNetMiddleware/FunctionsEndpointDataSource.cs of Extensions.Http.AspNetCore 2.1.1.
/// </summary>
public sealed class BehindTheHostTests : IAsyncLifetime
{
    private readonly WebApplication worker;
    private readonly HttpClient host = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false });

    public BehindTheHostTests()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddRouting();
        builder.Services.Configure<ForwardedHeadersOptions>(options => options.ForwardedHeaders = ForwardedHeaders.All);
        worker = builder.Build();
        var ours = new ApplicationBuilder(worker.Services);
        ours.UseRouting();
        ours.UseEndpoints(endpoints => endpoints.Map("/{**path}", context => context.Response.WriteAsync(
            $"{context.Request.Method} {context.Request.Path} from {context.Connection.RemoteIpAddress} and {context.Request.Headers["X-Forwarded-For"]}")));
        var pages = new Pages(ours.Build());

        worker.UseForwardedHeaders();
        worker.UseRouting();
        ((IEndpointRouteBuilder)worker).DataSources.Add(new DefaultEndpointDataSource(Function("/signup", pages, "post"), Function("/{*path}", pages)));
    }

    public async ValueTask InitializeAsync()
    {
        await worker.StartAsync(TestContext.Current.CancellationToken);
        host.BaseAddress = new Uri(worker.Urls.Single());
    }

    public async ValueTask DisposeAsync()
    {
        host.Dispose();
        await worker.DisposeAsync();
    }

    [Theory]
    [InlineData("GET", "/")]
    [InlineData("GET", "/signup")]
    [InlineData("POST", "/signup")]
    [InlineData("POST", "/unsubscribe/token")]
    [InlineData("OPTIONS", "/signup.json")]
    [InlineData("PUT", "/api/stories/1")]
    public async Task Every_method_and_path_reaches_the_pages(string method, string path) =>
        Assert.StartsWith($"{method} {path} from ", await Ask(method, path), StringComparison.Ordinal);

    /// <summary>The platform's front end appends the address that it saw, so only the last one counts; no setting is needed for it.</summary>
    [Fact]
    public async Task A_reader_comes_from_where_the_platform_saw_them_and_not_from_where_they_say() =>
        Assert.Equal("GET / from 203.0.113.7 and 9.9.9.9", await Ask("GET", "/", ("X-Forwarded-For", "9.9.9.9, 203.0.113.7:4711")));

    [Fact]
    public async Task A_prefix_that_a_reader_makes_up_changes_no_path() =>
        Assert.StartsWith("GET /digests from ", await Ask("GET", "/digests", ("X-Forwarded-Prefix", "/elsewhere")), StringComparison.Ordinal);

    /// <summary>The worker's endpoint of an HTTP function; a trigger without methods has an empty list of them here.</summary>
    private static Endpoint Function(string route, Pages pages, params string[] methods)
    {
        var endpoint = new RouteEndpointBuilder(pages.AnswerAsync, RoutePatternFactory.Parse(route), 0);
        endpoint.Metadata.Add(new HttpMethodMetadata(methods));
        return endpoint.Build();
    }

    private async Task<string> Ask(string method, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        foreach (var (name, value) in headers)
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        }

        using var response = await host.SendAsync(request, TestContext.Current.CancellationToken);
        return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }
}
