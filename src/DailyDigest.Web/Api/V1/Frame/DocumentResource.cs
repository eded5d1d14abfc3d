using System.Text;
using DailyDigest.Accounts;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace DailyDigest.Web;

/// <summary>The OpenAPI document, and a page of it to read. Both are open to everybody: they hold nothing of the store.</summary>
internal sealed class DocumentResource(IServiceProvider services, PageRenderer pages, TimeProvider time)
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(5);

    // The routes are complete once a request comes, and do not change after that.
    private readonly Lazy<Task<(OpenApiDocument Model, Document Json)>> document = new(() => MakeAsync(services, time));

    public void Map(GuardedRoutes routes)
    {
        routes.Api(ApiRoutes.Root + "/openapi.json", HttpMethods.Get, Permission.Open, (context, _) => ShowAsync(context));
        routes.Api(ApiRoutes.Root + "/docs", HttpMethods.Get, Permission.Open, (context, _) => ShowPageAsync(context));
    }

    /// <summary>GET /api/v1/openapi.json</summary>
    private async Task ShowAsync(HttpContext context) => await (await document.Value).Json.WriteAsync(context, MaxAge);

    /// <summary>GET /api/v1/docs: the same for people, without script.</summary>
    private async Task ShowPageAsync(HttpContext context) => await pages.WriteAsync<ApiDocsPage>(
        context, StatusCodes.Status200OK, pages.View(context, has: language => language == "en"), ("Model", (await document.Value).Model));

    private static async Task<(OpenApiDocument, Document)> MakeAsync(IServiceProvider services, TimeProvider time)
    {
        var model = await services.GetRequiredKeyedService<IOpenApiDocumentProvider>(ApiDocument.Name).GetOpenApiDocumentAsync();
        var json = await model.SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_1);
        return (model, new Document(Encoding.UTF8.GetBytes(json), "application/json; charset=utf-8", "en", time.GetUtcNow()));
    }
}
