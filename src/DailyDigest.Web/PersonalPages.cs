using DailyDigest.Subscribers;
using DailyDigest.Web.Pages;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Primitives;

namespace DailyDigest.Web;

/// <summary>What the pages behind a signed link have in common: the link is read, the page speaks the person's language, and no robot keeps it.</summary>
internal sealed class PersonalPages(PageRenderer pages, ReaderLinks links, SubscriberStore subscribers, ClientNetwork network)
{
    /// <summary>The token in the route, as it came.</summary>
    public static string Token(HttpContext context) => context.GetRouteValue("token") as string ?? "";

    /// <summary>The path of one of our own links.</summary>
    public static string PathOf(string link) => Uri.TryCreate(link, UriKind.Absolute, out var url) ? url.AbsolutePath : "";

    /// <summary>Reads the token in the route; false for whatever does not open this page.</summary>
    public bool TryRead(HttpContext context, LinkPurpose purpose, out string id) => TryRead(context, purpose, out id, out _);

    /// <summary>Reads the token in the route with the tie of the address it went to.</summary>
    public bool TryRead(HttpContext context, LinkPurpose purpose, out string id, out string tie)
    {
        context.Response.Headers["X-Robots-Tag"] = "noindex";
        return links.TryRead(purpose, Token(context), out id, out tie);
    }

    /// <summary>Returns the person, or null if there is none.</summary>
    public async Task<Subscriber?> PersonAsync(HttpContext context, string id) =>
        (await subscribers.GetAsync(id, context.RequestAborted))?.Subscriber is { Status: not SubscriberStatus.Erased } person ? person : null;

    /// <summary>The view in the language that was asked for, or else the person's.</summary>
    public async Task<View> ViewAsync(HttpContext context, string id, string? posted = null) =>
        ViewOf(context, await PersonAsync(context, id), posted);

    /// <summary>The same for a person who was read, or null for one who is not there.</summary>
    public View ViewOf(HttpContext context, Subscriber? person, string? posted = null) =>
        pages.View(context, person?.SignUp?.Language ?? person?.Language, posted);

    /// <summary>What is kept of the page on which a button was pressed.</summary>
    public Shown Shown(HttpContext context, View view, string page) => new(page, view.Language, network.Hash(context));

    /// <summary>Reads the form, then the token: does what was asked for the person, or says that the link is dead.</summary>
    public Task PostAsync(HttpContext context, LinkPurpose purpose, Func<string, Dictionary<string, StringValues>, Task> act) =>
        PostAsync(context, purpose, (id, _, form) => act(id, form));

    /// <summary>The same with the tie of the address that the link went to.</summary>
    public async Task PostAsync(HttpContext context, LinkPurpose purpose, Func<string, string, Dictionary<string, StringValues>, Task> act)
    {
        var form = await RequestBody.FormAsync(context.Request);
        await (TryRead(context, purpose, out var id, out var tie) ? act(id, tie, form) : DeadAsync(context));
    }

    /// <summary>Shows what the link opens for the person, null for one who is not there (any more). Changes nothing.</summary>
    public Task ShowAsync(HttpContext context, LinkPurpose purpose, Func<Subscriber?, View, Task> show) =>
        ShowAsync(context, purpose, (person, _, view) => show(person, view));

    /// <summary>The same with the tie of the address that the link went to.</summary>
    public async Task ShowAsync(HttpContext context, LinkPurpose purpose, Func<Subscriber?, string, View, Task> show)
    {
        if (!TryRead(context, purpose, out var id, out var tie))
        {
            await DeadAsync(context);
            return;
        }

        var person = await PersonAsync(context, id);
        await show(person, tie, ViewOf(context, person));
    }

    /// <summary>Shows a page with one button that posts to its own address, whatever became of the person.</summary>
    public Task ShowButtonAsync(HttpContext context, LinkPurpose purpose, string key, string path) =>
        ShowAsync(context, purpose, (_, view) => WriteButtonAsync(context, view, key, path));

    /// <summary>Writes a page with one button.</summary>
    public Task WriteButtonAsync(HttpContext context, View view, string key, string path) => pages.WriteAsync<MessagePage>(
        context, StatusCodes.Status200OK, view, ("Key", key), ("ButtonKey", key + ".Button"), ("ButtonAction", view.Link(path)));

    /// <summary>Expired, forged, cut, of another purpose: one answer for all.</summary>
    public Task DeadAsync(HttpContext context) =>
        pages.WriteMessageAsync(context, StatusCodes.Status404NotFound, pages.View(context), "DeadLink", "/", "DeadLink.Link");
}
