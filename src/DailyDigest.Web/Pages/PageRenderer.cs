using System.Text;
using DailyDigest.Settings;
using DailyDigest.Storage;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Web;

/// <summary>Renders Razor components as whole pages: no cookies, no keys, no state, so that it is the same in a server and in a function.</summary>
internal sealed class PageRenderer(IServiceScopeFactory scopes, ILoggerFactory loggers, Publication publication, Assets assets, TimeProvider time)
{
    /// <summary>The view for the request, in the language it asks for; <paramref name="preferred"/> is the subscriber's, if the page has one.</summary>
    public View View(HttpContext context, string? preferred = null, string? posted = null)
    {
        var wanted = posted ?? (context.Request.Query["lang"] is [{ } query] ? query : null);
        var chosen = wanted is not null && Has(wanted);
        var language = publication.Language(chosen ? wanted : preferred ?? Accepted(context.Request));
        return new View(publication, language, chosen, assets.Urls, HttpMethods.IsPost(context.Request.Method) ? context.Request.Path.Value : null, time.GetUtcNow());
    }

    /// <summary>Writes the page.</summary>
    public async Task WriteAsync<TPage>(HttpContext context, int status, View view, params (string Name, object? Value)[] parameters) where TPage : IComponent =>
        await WriteHtmlAsync(context, status, await RenderAsync<TPage>(view, parameters));

    /// <summary>Renders the page.</summary>
    public async Task<string> RenderAsync<TPage>(View view, params (string Name, object? Value)[] parameters) where TPage : IComponent
    {
        var values = parameters.ToDictionary(pair => pair.Name, pair => pair.Value);
        values["View"] = view;
        // A renderer asks for what MVC registers as scoped, and behind a function MVC is always there: from the root Development would refuse it.
        await using var scope = scopes.CreateAsyncScope();
        await using var renderer = new HtmlRenderer(scope.ServiceProvider, loggers);
        return await renderer.Dispatcher.InvokeAsync(async () =>
            (await renderer.RenderComponentAsync<TPage>(ParameterView.FromDictionary(values))).ToHtmlString());
    }

    /// <summary>Writes a page that says one thing: the texts <c>KEY.Title</c> and <c>KEY.Text</c>.</summary>
    public Task WriteMessageAsync(HttpContext context, int status, View view, string key, string? linkPath = null, string? linkKey = null) =>
        WriteAsync<MessagePage>(context, status, view, ("Key", key), ("LinkPath", linkPath), ("LinkKey", linkKey));

    /// <summary>Writes HTML that is a page already.</summary>
    public static async Task WriteHtmlAsync(HttpContext context, int status, string html)
    {
        var bytes = Encoding.UTF8.GetBytes(html);
        BeginHtml(context.Response, status, bytes.Length);
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }

    /// <summary>What stands before a page of so many bytes: it is kept by nobody, unless somebody has said otherwise.</summary>
    public static void BeginHtml(HttpResponse response, int status, long length)
    {
        response.StatusCode = status;
        response.ContentType = "text/html; charset=utf-8";
        response.ContentLength = length;
        if (response.Headers.CacheControl.Count == 0)
        {
            response.Headers.CacheControl = "no-store";
        }
    }

    // The first of the reader's languages that the publication has (RFC 9110, 12.5.4); weights only order them.
    private string? Accepted(HttpRequest request) => request.GetTypedHeaders().AcceptLanguage
        .Where(language => language.Quality is null or > 0)
        .OrderByDescending(language => language.Quality ?? 1)
        .Select(language => language.Value.ToString())
        .FirstOrDefault(Has);

    private bool Has(string wanted) => publication.Languages.Any(language =>
        language.Split('-')[0].Equals(wanted.Split('-')[0], StringComparison.OrdinalIgnoreCase));
}
