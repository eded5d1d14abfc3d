using DailyDigest.Accounts;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace DailyDigest.Web;

/// <summary>A request to the desk that was let in: who sent it, the form if it has one, and how to answer.</summary>
internal sealed class DeskRequest(
    HttpContext context, Caller? caller, DeskView view, Dictionary<string, StringValues> form, PageRenderer pages, DeskMessages messages)
{
    /// <summary>The request itself.</summary>
    public HttpContext Context => context;

    /// <summary>The sender; null only on open pages.</summary>
    public Caller? Caller => caller;

    /// <summary>The sender, for the audit.</summary>
    public Actor Actor => caller!.Actor;

    /// <summary>The data that its page needs.</summary>
    public DeskView View => view;

    /// <summary>The fields of a POST whose token was right; otherwise empty.</summary>
    public Dictionary<string, StringValues> Form => form;

    /// <summary>The file of the form; null for none.</summary>
    public byte[]? File { get; internal set; }

    /// <summary>The name of the file, as the browser says it; null for none.</summary>
    public string? FileName { get; internal set; }

    /// <summary>The request is over.</summary>
    public CancellationToken Cancellation => context.RequestAborted;

    /// <summary>A part of the path.</summary>
    public string Route(string name) => context.Request.RouteValues[name] as string ?? "";

    /// <summary>A single value of the query; null if it is missing or there are several.</summary>
    public string? Query(string name) => context.Request.Query[name] is [{ Length: > 0 } value] ? value : null;

    /// <summary>Answers with a page, whose parameter <c>Desk</c> is the view.</summary>
    public Task PageAsync<TPage>(params (string Name, object? Value)[] parameters) where TPage : IComponent =>
        PageAsync<TPage>(StatusCodes.Status200OK, parameters);

    /// <summary>Answers with a page, whose parameter <c>Desk</c> is the view.</summary>
    public Task PageAsync<TPage>(int status, params (string Name, object? Value)[] parameters) where TPage : IComponent
    {
        // Only a page that is shown: a redirect passes the message on.
        view.Message = HttpMethods.IsGet(context.Request.Method) ? messages.Take(context) : null;
        return pages.WriteDeskAsync<TPage>(context, status, view, parameters);
    }

    /// <summary>Answers with a page that has one message: the texts <c>KEY.Title</c> and <c>KEY.Text</c>.</summary>
    public Task MessageAsync(int status, string key, string? linkPath = null, string? linkKey = null, params string[] values) =>
        PageAsync<DeskMessagePage>(status, ("Key", key), ("LinkPath", linkPath), ("LinkKey", linkKey), ("Values", values));

    /// <summary>Answers 404 in the frame.</summary>
    public Task NotFoundAsync() => MessageAsync(StatusCodes.Status404NotFound, "NotFound", "/desk", "Back");

    /// <summary>Answers 409: somebody else changed it since the form was shown.</summary>
    public Task ChangedAsync(string path) => MessageAsync(StatusCodes.Status409Conflict, "Changed", path, "Changed.Link");

    /// <summary>After a change: shows the page at the path with the message. Reloading that page does not repeat the change.</summary>
    public Task DoneAsync(string path, string key, params string[] values) => RedirectAsync(path, new DeskMessage(key, false, values));

    /// <summary>After a change that failed: the same with a fault.</summary>
    public Task FaultAsync(string path, string key, params string[] values) => RedirectAsync(path, new DeskMessage(key, true, values));

    /// <summary>Shows another page of ours.</summary>
    public Task RedirectAsync(string path, DeskMessage? message = null)
    {
        if (message is not null)
        {
            messages.Set(context, message);
        }

        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = view.Link(path);
        context.Response.Headers.CacheControl = "no-store";
        context.Response.ContentLength = 0;
        return Task.CompletedTask;
    }
}
