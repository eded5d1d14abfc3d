using System.Globalization;
using System.Text.Json;
using DailyDigest.Accounts;
using DailyDigest.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace DailyDigest.Web;

/// <summary>
/// Maps the routes of <c>/api/v1</c>. For each request the frame checks the key, the parameters, the body and the idempotency key, calls
/// the handler, and writes its answer. A pattern is relative to <see cref="Root"/>.
/// </summary>
internal sealed class ApiRoutes(GuardedRoutes routes, ApiCalls calls, ApiCursors cursors, Publication publication)
{
    public const string Root = "/api/v1";

    /// <summary>A route that reads.</summary>
    public ApiRoute Get<T>(string pattern, Permission permission, string name, Func<ApiRequest, Task<ApiAnswer<T>>> answer)
        where T : class => Map<NoBody, T>(HttpMethods.Get, pattern, permission, name, (request, _) => answer(request));

    /// <summary>An act, or a new thing.</summary>
    public ApiRoute Post<T>(string pattern, Permission permission, string name, Func<ApiRequest, Task<ApiAnswer<T>>> answer)
        where T : class => Map<NoBody, T>(HttpMethods.Post, pattern, permission, name, (request, _) => answer(request));

    /// <summary>An act, or a new thing.</summary>
    public ApiRoute Post<TBody, T>(
        string pattern, Permission permission, string name, Func<ApiRequest, TBody, Task<ApiAnswer<T>>> answer)
        where TBody : class where T : class => Map(HttpMethods.Post, pattern, permission, name, answer);

    /// <summary>A change of the fields that the body names.</summary>
    public ApiRoute Patch<TBody, T>(
        string pattern, Permission permission, string name, Func<ApiRequest, TBody, Task<ApiAnswer<T>>> answer)
        where TBody : class where T : class => Map(HttpMethods.Patch, pattern, permission, name, answer);

    /// <summary>A change of the whole.</summary>
    public ApiRoute Put<TBody, T>(string pattern, Permission permission, string name, Func<ApiRequest, TBody, Task<ApiAnswer<T>>> answer)
        where TBody : class where T : class => Map(HttpMethods.Put, pattern, permission, name, answer);

    /// <summary>The end of a thing.</summary>
    public ApiRoute Delete<T>(string pattern, Permission permission, string name, Func<ApiRequest, Task<ApiAnswer<T>>> answer)
        where T : class => Map<NoBody, T>(HttpMethods.Delete, pattern, permission, name, (request, _) => answer(request));

    private ApiRoute Map<TBody, T>(
        string method, string pattern, Permission permission, string name, Func<ApiRequest, TBody, Task<ApiAnswer<T>>> answer)
        where TBody : class where T : class
    {
        var route = new ApiRoute(method, Root + pattern, permission, name, typeof(TBody), typeof(T));
        routes.Api(route.Pattern, method, permission, (context, key) => AnswerAsync(
            context, key, route, async (request, body) => await answer(request, (TBody)body))).Add(endpoint => Describe(endpoint, route));
        return route;
    }

    // The document is made from these. It shows only routes with a method; this one has no parameters.
    private static void Describe(EndpointBuilder endpoint, ApiRoute route)
    {
        var metadata = endpoint.Metadata;
        metadata.Add(((Action)Nothing).Method);
        metadata.Add(route);
        metadata.Add(new EndpointNameMetadata(route.Name));
        metadata.Add(new TagsAttribute(route.Tag));
        if (route.BodyType is { } body)
        {
            // Any type: routing would answer another one with 404, and the frame answers it with 415.
            metadata.Add(new AcceptsMetadata([ApiDocument.AnyType], body));
        }

        metadata.Add(new ProducesResponseTypeMetadata(route.Status, route.AnswerType ?? typeof(void), [route.ContentType]));
        foreach (var status in route.Problems.Select(problem => problem.Status).Distinct())
        {
            metadata.Add(new ProducesResponseTypeMetadata(status, typeof(ApiProblemBody), ["application/problem+json"]));
        }
    }

    private static void Nothing()
    {
    }

    private async Task AnswerAsync(
        HttpContext context, KnownKey? key, ApiRoute route, Func<ApiRequest, object, Task<ApiAnswer>> handle)
    {
        try
        {
            Check(context.Request.Query, route);
            var bytes = await BodyAsync(context.Request, route);
            var (request, body) = (new ApiRequest(context, key, route, cursors), ApiJson.Read(bytes, route.BodyType ?? typeof(NoBody)));
            var answer = route.IsAct && !route.IsStream
                ? await calls.OnceAsync(context, key, bytes, () => DoAsync(request, body, route, handle))
                : await DoAsync(request, body, route, handle);
            await (answer is null ? Task.CompletedTask : WriteAsync(context, answer));
        }
        catch (ApiFaultException exception)
        {
            await WriteAsync(context, Bytes(exception.Fault, context));
        }
        catch (BadHttpRequestException exception) when (!context.Response.HasStarted)
        {
            await WriteAsync(context, Bytes(
                exception.StatusCode == StatusCodes.Status413PayloadTooLarge ? ApiProblem.TooLarge : ApiProblem.Unreadable, context));
        }
    }

    private static async Task<byte[]> BodyAsync(HttpRequest request, ApiRoute route)
    {
        if (HttpMethods.IsGet(route.Method))
        {
            return [];
        }

        var bytes = await RequestBody.BytesAsync(request, route.MaxBody);
        return bytes.Length == 0 || IsJson(request) ? bytes : throw new ApiFaultException(ApiProblem.NotJson);
    }

    private static bool IsJson(HttpRequest request) => MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
        && type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
        && (!type.Charset.HasValue || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase));

    private static void Check(IQueryCollection query, ApiRoute route)
    {
        var unknown = query.Keys.Where(name => route.Parameters.All(one => one.Name != name)).Take(10)
            .Select(name => $"{(name.Length <= 40 ? name : name[..40])}: there is no such parameter").ToList();
        if (unknown.Count > 0)
        {
            throw new ApiFaultException(new ApiFault(ApiProblem.Invalid, null, unknown));
        }
    }

    // Null if the handler wrote the answer itself.
    private async Task<ApiCallAnswer?> DoAsync(
        ApiRequest request, object body, ApiRoute route, Func<ApiRequest, object, Task<ApiAnswer>> handle)
    {
        var answer = await handle(request, body);
        if (answer.Fault is { } fault)
        {
            return route.Problems.Contains(fault.Problem) ? throw new ApiFaultException(fault)
                : throw new InvalidOperationException($"{route.Name} does not declare the problem {fault.Problem.Code}.");
        }

        return request.HasFile ? null : new ApiCallAnswer(
            route.Status, answer.Body is null ? null : "application/json; charset=utf-8",
            answer.Body is { } value ? JsonSerializer.SerializeToUtf8Bytes(value, value.GetType(), ApiJson.Options) : [],
            answer.Version is { } version ? ApiTag.Of(version) : null,
            answer.Location is { } path ? publication.BaseUrl.TrimEnd('/') + path : null);
    }

    private static ApiCallAnswer Bytes(ApiFault fault, HttpContext context)
    {
        if (fault.RetryAfter is { } wait)
        {
            context.Response.Headers.RetryAfter = ((int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        var problem = fault.Problem;
        return new ApiCallAnswer(problem.Status, Problem.Type, JsonSerializer.SerializeToUtf8Bytes(
            new ApiProblemBody("about:blank", problem.Title, problem.Status, problem.Code, fault.Detail, fault.Errors), ApiJson.Options),
            null, null);
    }

    private static async Task WriteAsync(HttpContext context, ApiCallAnswer answer)
    {
        var response = context.Response;
        response.StatusCode = answer.Status;
        response.Headers.CacheControl = "no-store";
        (response.Headers.ETag, response.Headers.Location) = (answer.ETag, answer.Location);
        if (answer.Type is null)
        {
            return;
        }

        (response.ContentType, response.ContentLength) = (answer.Type, answer.Body.Length);
        await response.Body.WriteAsync(answer.Body, context.RequestAborted);
    }
}
