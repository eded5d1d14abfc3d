using DailyDigest.Accounts;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Primitives;

namespace DailyDigest.Web;

/// <summary>
/// Decides about every request to the desk and to the API, in this order: where it comes from, who sent it, what they may do, and whether
/// a form is one of ours.
/// </summary>
internal sealed class Gate(
    OwnOrigin own, ApiKeyCheck keys, DeskSession sessions, DeskMessages messages, IAntiforgery antiforgery, PageRenderer pages,
    EndpointDataSource endpoints)
{
    private IReadOnlyList<DeskPlace>? places;

    // The routes are complete once a request comes.
    private IReadOnlyList<DeskPlace> Places => places ??= DeskPlace.All
        .Where(place => endpoints.Endpoints.OfType<RouteEndpoint>().Any(route => route.RoutePattern.RawText == place.Path)).ToList();

    /// <summary>A route of the API.</summary>
    public RequestDelegate Api(Permission permission, Func<HttpContext, KnownKey?, Task> answer) => own.Only(async context =>
    {
        if (permission == Permission.Open)
        {
            await answer(context, null);
        }
        else if (await keys.RequireAsync(context, permission) is { } key)
        {
            await answer(context, key);
        }
    });

    /// <summary>A route of the desk.</summary>
    public RequestDelegate Desk(Permission permission, Func<DeskRequest, Task> answer, int? maxUpload = null) => own.Only(async context =>
    {
        if (await EnterAsync(context, permission, maxUpload) is { } request)
        {
            await answer(request);
        }
    });

    // Null after an answer.
    private async Task<DeskRequest?> EnterAsync(HttpContext context, Permission permission, int? maxUpload)
    {
        // With no-referrer, a browser sends "Origin: null" with our own forms.
        context.Response.Headers["Referrer-Policy"] = "same-origin";
        var hasKey = ApiKeyCheck.HasHeader(context.Request);
        if (hasKey && permission != Permission.Open)
        {
            if (await keys.RequireAsync(context, ApiScopes.Desk) is not { } name)
            {
                return null;
            }

            var program = Caller.Key(name);
            return program.May(permission) ? Request(context, program, [], hasForms: false)
                : await ForbidAsync(Request(context, program, [], hasForms: false));
        }

        var caller = await sessions.FindAsync(context) is { } account ? Caller.Of(account) : null;
        if (caller is null && permission != Permission.Open)
        {
            await ChallengeAsync(context);
            return null;
        }

        if (caller?.May(permission) == false)
        {
            return await ForbidAsync(Request(context, caller, [], hasForms: true));
        }

        if (!HttpMethods.IsPost(context.Request.Method))
        {
            return Request(context, caller, [], hasForms: true);
        }

        var (form, file, fileName) = maxUpload is { } max
            ? await RequestBody.UploadAsync(context.Request, max) : (await RequestBody.FormAsync(context.Request), null, null);
        context.Request.Form = new FormCollection(form);
        var request = Request(context, caller, form, hasForms: true);
        (request.File, request.FileName) = (file, fileName);
        if (await antiforgery.IsRequestValidAsync(context))
        {
            return request;
        }

        await request.MessageAsync(StatusCodes.Status400BadRequest, "OldForm", "/desk", "Back");
        return null;
    }

    private DeskRequest Request(HttpContext context, Caller? caller, Dictionary<string, StringValues> form, bool hasForms)
    {
        var page = pages.View(context, posted: form.Value("lang"), has: DeskTexts.Has);
        var tokens = hasForms ? antiforgery.GetAndStoreTokens(context) : null;
        var view = new DeskView(
            page, caller, Places, context.Request.Path.Value ?? "", Query(context.Request).ToString(), tokens?.FormFieldName ?? "",
            tokens?.RequestToken);
        return new DeskRequest(context, caller, view, form, pages, messages);
    }

    // A browser is sent to the page to sign in, a program gets 401.
    private async Task ChallengeAsync(HttpContext context)
    {
        if (!context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase))
        {
            await ApiKeyCheck.RefuseAsync(context);
            return;
        }

        var isRead = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);
        var path = isRead ? context.Request.Path.Value + Query(context.Request) : null;
        await Request(context, null, [], hasForms: false).RedirectAsync(ReturnPath.SignIn(path, ended: !isRead));
    }

    // The language is a part of every link already.
    private static QueryString Query(HttpRequest request) => QueryString.Create(request.Query.Where(pair => pair.Key != "lang"));

    private static async Task<DeskRequest?> ForbidAsync(DeskRequest request)
    {
        var view = request.View;
        var key = request.Caller!.Account is null ? "Forbidden.Key" : "Forbidden";
        await request.MessageAsync(
            StatusCodes.Status403Forbidden, key, "/desk", "Back", view["Role." + request.Caller.Role]);
        return null;
    }
}
