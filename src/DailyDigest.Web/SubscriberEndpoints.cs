using System.Globalization;
using DailyDigest.Subscribers;
using DailyDigest.Web.Pages;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace DailyDigest.Web;

/// <summary>The personal pages, each behind a signed link. A GET shows a button, a POST does what it says.</summary>
internal sealed class SubscriberEndpoints(
    PageRenderer pages, ReaderLinks links, SubscriberStore subscribers, ConfirmSignUp confirm, Unsubscribe unsubscribe, Resubscribe resubscribe,
    ChangePreferences change, LatestDigest latest)
{
    /// <summary>GET /confirm/{token}</summary>
    public Task ShowConfirmAsync(HttpContext context) => ShowButtonAsync(context, LinkPurpose.Confirm, "Confirm", "/confirm/");

    /// <summary>POST /confirm/{token}</summary>
    public async Task ConfirmAsync(HttpContext context)
    {
        await RequestBody.BytesAsync(context.Request);
        if (!TryRead(context, LinkPurpose.Confirm, out var id) || await confirm.ExecuteAsync(id, context.RequestAborted) != ConfirmOutcome.Active)
        {
            await DeadAsync(context);
            return;
        }

        var digest = await latest.GetAsync(context.RequestAborted);
        await pages.WriteAsync<MessagePage>(
            context, StatusCodes.Status200OK, await ViewAsync(context, id), ("Key", "Welcome"),
            ("LinkPath", digest is null ? "/digests" : "/digests/" + digest.Date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)),
            ("LinkKey", "Welcome.Link"), ("PreferencesUrl", PathOf(links.Preferences(id))));
    }

    /// <summary>GET /unsubscribe/{token}</summary>
    public Task ShowUnsubscribeAsync(HttpContext context) => ShowButtonAsync(context, LinkPurpose.Unsubscribe, "Unsubscribe", "/unsubscribe/");

    /// <summary>POST /unsubscribe/{token}: from our page, or from a mail program by List-Unsubscribe-Post (RFC 8058), which wants an answer and no page.</summary>
    public async Task UnsubscribeAsync(HttpContext context)
    {
        var form = await RequestBody.FormAsync(context.Request);
        if (!TryRead(context, LinkPurpose.Unsubscribe, out var id))
        {
            await DeadAsync(context);
            return;
        }

        await unsubscribe.ExecuteAsync(id, context.RequestAborted);
        if (form.One("page") is null)
        {
            context.Response.StatusCode = StatusCodes.Status200OK;
            context.Response.ContentLength = 0;
            return;
        }

        await WriteButtonAsync(context, await ViewAsync(context, id, form.One("lang")), "Goodbye", "Goodbye.Undo", $"/unsubscribe/{Token(context)}/undo");
    }

    /// <summary>POST /unsubscribe/{token}/undo</summary>
    public async Task UndoAsync(HttpContext context)
    {
        var form = await RequestBody.FormAsync(context.Request);
        if (!TryRead(context, LinkPurpose.Unsubscribe, out var id))
        {
            await DeadAsync(context);
            return;
        }

        var returned = await resubscribe.ExecuteAsync(id, context.RequestAborted);
        var view = await ViewAsync(context, id, form.One("lang"));
        await pages.WriteMessageAsync(context, StatusCodes.Status200OK, view, returned ? "Returned" : "NotSubscribed", "/", "Back");
    }

    /// <summary>GET /preferences/{token}</summary>
    public Task ShowPreferencesAsync(HttpContext context) => WritePreferencesAsync(context, StatusCodes.Status200OK, null);

    /// <summary>POST /preferences/{token}</summary>
    public async Task ChangePreferencesAsync(HttpContext context)
    {
        var form = await RequestBody.FormAsync(context.Request);
        if (!TryRead(context, LinkPurpose.Preferences, out var id))
        {
            await DeadAsync(context);
            return;
        }

        int? hour = form.One("hour") is not { } text ? null : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;
        var outcome = await change.ExecuteAsync(id, new Preferences(form.One("zone"), hour, form.One("rhythm"), form.One("language")), context.RequestAborted);
        var fault = outcome == PreferencesOutcome.NotUnderstood;
        await WritePreferencesAsync(context, fault ? StatusCodes.Status422UnprocessableEntity : StatusCodes.Status200OK, fault ? "Fault" : "Kept");
    }

    private async Task WritePreferencesAsync(HttpContext context, int status, string? message)
    {
        if (!TryRead(context, LinkPurpose.Preferences, out var id))
        {
            await DeadAsync(context);
            return;
        }

        var person = (await subscribers.GetAsync(id, context.RequestAborted))?.Subscriber;
        var view = pages.View(context, person?.Language);
        await (person?.Status == SubscriberStatus.Active
            ? pages.WriteAsync<PreferencesPage>(
                context, status, view, ("Person", person), ("Message", message), ("Action", view.Link("/preferences/" + Token(context))),
                ("Unsubscribe", PathOf(links.Unsubscribe(id))))
            : pages.WriteMessageAsync(context, StatusCodes.Status200OK, view, "NotSubscribed", "/", "DeadLink.Link"));
    }

    private async Task ShowButtonAsync(HttpContext context, LinkPurpose purpose, string key, string path)
    {
        if (TryRead(context, purpose, out var id))
        {
            await WriteButtonAsync(context, await ViewAsync(context, id), key, key + ".Button", path + Token(context));
            return;
        }

        await DeadAsync(context);
    }

    private Task WriteButtonAsync(HttpContext context, View view, string key, string button, string path) => pages.WriteAsync<MessagePage>(
        context, StatusCodes.Status200OK, view, ("Key", key), ("ButtonKey", button), ("ButtonAction", view.Link(path)));

    // Expired, forged, cut, of another purpose: one answer for all.
    private Task DeadAsync(HttpContext context) =>
        pages.WriteMessageAsync(context, StatusCodes.Status404NotFound, pages.View(context), "DeadLink", "/", "DeadLink.Link");

    private async Task<View> ViewAsync(HttpContext context, string id, string? posted = null)
    {
        var person = (await subscribers.GetAsync(id, context.RequestAborted))?.Subscriber;
        return pages.View(context, person?.SignUp?.Language ?? person?.Language, posted);
    }

    private bool TryRead(HttpContext context, LinkPurpose purpose, out string id)
    {
        context.Response.Headers["X-Robots-Tag"] = "noindex";
        return links.TryRead(purpose, Token(context), out id);
    }

    private static string PathOf(string link) => Uri.TryCreate(link, UriKind.Absolute, out var url) ? url.AbsolutePath : "";

    private static string Token(HttpContext context) => context.GetRouteValue("token") as string ?? "";
}
