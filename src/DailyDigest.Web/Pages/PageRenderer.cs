using System.Collections.Concurrent;
using System.Text;
using DailyDigest.Settings;
using DailyDigest.Storage;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Web;

/// <summary>
/// Renders Razor components as whole pages. It needs no cookies, keys or state, so it works in a server and in a function.
/// </summary>
internal sealed class PageRenderer(
    IServiceScopeFactory scopes, ILoggerFactory loggers, Publication publication, Assets assets, TimeProvider time)
{
    // Browsers send few different headers, and reading one takes a quarter of the time of a page. Nobody can fill the memory with others.
    private const int MaxKnown = 1_000;
    private const int MaxKnownLength = 100;

    private readonly ConcurrentDictionary<string, string?> accepted = new(StringComparer.Ordinal);
    private int known;

    /// <summary>
    /// Creates the view in the first known of these languages: <paramref name="posted"/> or ?lang=, <paramref name="preferred"/>
    /// (the subscriber's), Accept-Language, the publication's first. English if <paramref name="has"/> has no texts in that one.
    /// </summary>
    public View View(HttpContext context, string? preferred = null, string? posted = null, Func<string, bool>? has = null)
    {
        var wanted = posted ?? (context.Request.Query["lang"] is [{ } query] ? query : null);
        var chosen = wanted is not null && Has(wanted);
        var language = publication.Language(chosen ? wanted : preferred ?? Accepted(context.Request));
        var post = HttpMethods.IsPost(context.Request.Method) ? context.Request.Path.Value : null;
        var shown = has?.Invoke(language) == false ? "en" : language;
        return new View(publication, shown, chosen, assets.Urls, post, time.GetUtcNow());
    }

    /// <summary>Renders the page and writes it.</summary>
    public async Task WriteAsync<TPage>(
        HttpContext context, int status, View view, params (string Name, object? Value)[] parameters) where TPage : IComponent =>
        await WriteHtmlAsync(context, status, await RenderAsync<TPage>(view, parameters));

    /// <summary>Renders a page of the desk, whose parameter is <c>Desk</c>, and writes it.</summary>
    public async Task WriteDeskAsync<TPage>(
        HttpContext context, int status, DeskView view, params (string Name, object? Value)[] parameters) where TPage : IComponent =>
        await WriteHtmlAsync(context, status, await RenderAsync<TPage>([.. parameters, ("Desk", view)]));

    /// <summary>Renders the page as HTML.</summary>
    public Task<string> RenderAsync<TPage>(View view, params (string Name, object? Value)[] parameters) where TPage : IComponent =>
        RenderAsync<TPage>([.. parameters, ("View", view)]);

    private async Task<string> RenderAsync<TPage>((string Name, object? Value)[] parameters) where TPage : IComponent
    {
        var values = parameters.ToDictionary(pair => pair.Name, pair => pair.Value);

        // The renderer resolves services that MVC registers as scoped, and the Functions host always adds MVC. Development refuses them
        // from the root.
        await using var scope = scopes.CreateAsyncScope();
        await using var renderer = new HtmlRenderer(scope.ServiceProvider, loggers);
        return await renderer.Dispatcher.InvokeAsync(async () =>
            (await renderer.RenderComponentAsync<TPage>(ParameterView.FromDictionary(values))).ToHtmlString());
    }

    /// <summary>Writes a page with one message: the texts <c>KEY.Title</c> and <c>KEY.Text</c>, and an optional link.</summary>
    public Task WriteMessageAsync(
        HttpContext context, int status, View view, string key, string? linkPath = null, string? linkKey = null) =>
        WriteAsync<MessagePage>(context, status, view, ("Key", key), ("LinkPath", linkPath), ("LinkKey", linkKey));

    /// <summary>Writes a rendered page.</summary>
    public static async Task WriteHtmlAsync(HttpContext context, int status, string html)
    {
        var bytes = Encoding.UTF8.GetBytes(html);
        BeginHtml(context.Response, status, bytes.Length);
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }

    /// <summary>Sets status and headers for a page of this length. Caching is forbidden unless Cache-Control is set already.</summary>
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

    /// <summary>The first of the reader's languages that the publication has; null if there is none.</summary>
    private string? Accepted(HttpRequest request)
    {
        if (request.Headers.AcceptLanguage is not [{ Length: <= MaxKnownLength } header])
        {
            return request.Headers.AcceptLanguage.Count == 0 ? null : ReadAccepted(request);
        }

        if (!accepted.TryGetValue(header, out var language))
        {
            language = ReadAccepted(request);
            if (Interlocked.Increment(ref known) <= MaxKnown)
            {
                accepted.TryAdd(header, language);
            }
        }

        return language;
    }

    // Weights only order the languages (RFC 9110, 12.5.4).
    private string? ReadAccepted(HttpRequest request) => request.GetTypedHeaders().AcceptLanguage
        .Where(language => language.Quality is null or > 0)
        .OrderByDescending(language => language.Quality ?? 1)
        .Select(language => language.Value.ToString())
        .FirstOrDefault(Has);

    private bool Has(string wanted) => publication.Languages.Any(language =>
        language.Split('-')[0].Equals(wanted.Split('-')[0], StringComparison.OrdinalIgnoreCase));
}
