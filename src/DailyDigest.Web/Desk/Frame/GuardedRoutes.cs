using DailyDigest.Accounts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace DailyDigest.Web;

/// <summary>
/// Maps the routes of the desk, of the API and of providers' web hooks. Each names the permission that it needs; the gate checks it, and
/// the start refuses a route without one.
/// </summary>
internal sealed class GuardedRoutes(IEndpointRouteBuilder routes, Gate gate)
{
    private static readonly string[] Read = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>A page. GET and HEAD change nothing.</summary>
    public void Get(string pattern, Permission permission, Func<DeskRequest, Task> answer) =>
        routes.MapMethods(pattern, Read, gate.Desk(permission, answer)).WithMetadata(new Requirement(permission));

    /// <summary>An act: a form with a token. It answers with a redirect, or with the page and its faults.</summary>
    public void Post(string pattern, Permission permission, Func<DeskRequest, Task> answer) =>
        routes.MapPost(pattern, gate.Desk(permission, answer)).WithMetadata(new Requirement(permission));

    /// <summary>An act whose form has a file.</summary>
    /// <param name="pattern">The route.</param>
    /// <param name="permission">The permission that it needs.</param>
    /// <param name="maxBytes">The maximum size of the whole form. The body is read only after the permission is checked.</param>
    /// <param name="answer">The act.</param>
    public void Upload(string pattern, Permission permission, int maxBytes, Func<DeskRequest, Task> answer) =>
        routes.MapPost(pattern, gate.Desk(permission, answer, maxBytes)).WithMetadata(new Requirement(permission));

    /// <summary>Every other method and address below the pattern.</summary>
    public void Rest(string pattern, Permission permission, Func<DeskRequest, Task> answer) =>
        routes.Map(pattern, gate.Desk(permission, answer)).WithMetadata(new Requirement(permission));

    /// <summary>An act of the API, which needs a key.</summary>
    public void ApiPost(string pattern, Permission permission, RequestDelegate answer) =>
        Api(pattern, HttpMethods.Post, permission, (context, _) => answer(context));

    /// <summary>A route of the API. It needs a key, unless the permission is <see cref="Permission.Open"/>.</summary>
    public IEndpointConventionBuilder Api(
        string pattern, string method, Permission permission, Func<HttpContext, KnownKey?, Task> answer) =>
        routes.MapMethods(pattern, method == HttpMethods.Get ? Read : [method], gate.Api(permission, answer))
            .WithMetadata(new Requirement(permission));

    /// <summary>Every other method and address of the API.</summary>
    public void ApiRest(string pattern, Permission permission, RequestDelegate answer) =>
        routes.Map(pattern, gate.Api(permission, (context, _) => answer(context))).WithMetadata(new Requirement(permission));

    /// <summary>A web hook of a mail provider. Its adapter checks the proof in the request; no account and no key opens it.</summary>
    public void Hook(string pattern, IEnumerable<string> methods, RequestDelegate answer) =>
        routes.MapMethods(pattern, methods, answer).WithMetadata(new Requirement(Permission.BeProvider));

    /// <summary>Every other method and address of the web hooks.</summary>
    public void HookRest(string pattern, RequestDelegate answer) =>
        routes.Map(pattern, answer).WithMetadata(new Requirement(Permission.BeProvider));
}
