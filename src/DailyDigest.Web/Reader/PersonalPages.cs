using DailyDigest.Storage;
using DailyDigest.Subscribers;
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

    /// <summary>
    /// Reads the token in the route and the person. Null, and the answer is written, for whatever does not open this page: also for a link that went to a former
    /// address and wants to do more than end the subscription.
    /// </summary>
    public async Task<Opened?> OpenAsync(HttpContext context, LinkPurpose purpose)
    {
        context.Response.Headers["X-Robots-Tag"] = "noindex";
        if (links.TryRead(purpose, Token(context), out var link))
        {
            var person = await PersonAsync(context, link.SubscriberId);
            var endsOnly = person is not null && link.EndsOnly(person);
            if (!endsOnly || purpose == LinkPurpose.Unsubscribe)
            {
                return new Opened(link.SubscriberId, link.Tie, person, endsOnly);
            }
        }

        await DeadAsync(context);
        return null;
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

    /// <summary>What is kept of the page on which a button was pressed: one that shows what is agreed to.</summary>
    public Shown Shown(HttpContext context, View view, string page) => new(page, view.Language, network.Hash(context));

    /// <summary>Reads the form, then the token: does what was asked for the person, or says that the link is dead.</summary>
    public async Task PostAsync(HttpContext context, LinkPurpose purpose, Func<Opened, Dictionary<string, StringValues>, Task> act)
    {
        var form = await RequestBody.FormAsync(context.Request);
        if (await OpenAsync(context, purpose) is { } opened)
        {
            await act(opened, form);
        }
    }

    /// <summary>Shows what the link opens. Changes nothing.</summary>
    public async Task ShowAsync(HttpContext context, LinkPurpose purpose, Func<Opened, View, Task> show)
    {
        if (await OpenAsync(context, purpose) is { } opened)
        {
            await show(opened, ViewOf(context, opened.Person));
        }
    }

    /// <summary>Writes a page with one button; with <paramref name="consents"/> what one agrees to by pressing it stands below, as <see cref="Shown"/> records.</summary>
    public Task WriteButtonAsync(HttpContext context, View view, string key, string path, bool consents = false) => pages.WriteAsync<MessagePage>(
        context, StatusCodes.Status200OK, view, ("Key", key), ("ButtonKey", key + ".Button"), ("ButtonAction", view.Link(path)), ("Consents", consents));

    /// <summary>Expired, forged, cut, of another purpose, of a former address: one answer for all.</summary>
    public Task DeadAsync(HttpContext context) =>
        pages.WriteMessageAsync(context, StatusCodes.Status404NotFound, pages.View(context), "DeadLink", "/", "DeadLink.Link");
}

/// <summary>What a link opened.</summary>
/// <param name="Id">The subscriber's id.</param>
/// <param name="Tie">Of the address that the link went to; empty for purposes that know none.</param>
/// <param name="Person">As they were when it was opened; null for one who is not there (any more).</param>
/// <param name="EndsOnly">See <see cref="ReaderLink.EndsOnly"/>.</param>
internal sealed record Opened(string Id, string Tie, Subscriber? Person, bool EndsOnly);
