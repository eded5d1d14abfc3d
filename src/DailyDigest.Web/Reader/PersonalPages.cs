using DailyDigest.Storage;
using DailyDigest.Subscribers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Primitives;

namespace DailyDigest.Web;

/// <summary>Shared by the pages behind a signed link: reads the link, chooses the person's language, and forbids indexing.</summary>
internal sealed class PersonalPages(PageRenderer pages, ReaderLinks links, SubscriberStore subscribers, ClientNetwork network)
{
    /// <summary>The token in the route, unchecked.</summary>
    public static string Token(HttpContext context) => context.GetRouteValue("token") as string ?? "";

    /// <summary>The path of an absolute link.</summary>
    public static string PathOf(string link) => Uri.TryCreate(link, UriKind.Absolute, out var url) ? url.AbsolutePath : "";

    /// <summary>
    /// Reads the token in the route and the person. Returns null after it answered with the dead-link page, for every link that is not
    /// valid here. A link that went to a former address is valid only for unsubscribing.
    /// </summary>
    public async Task<OpenedLink?> OpenAsync(HttpContext context, LinkPurpose purpose)
    {
        context.Response.Headers["X-Robots-Tag"] = "noindex";
        if (links.TryRead(purpose, Token(context), out var link))
        {
            var person = await PersonAsync(context, link.SubscriberId);
            var onlyUnsubscribes = person is not null && link.OnlyUnsubscribes(person);
            if (!onlyUnsubscribes || purpose == LinkPurpose.Unsubscribe)
            {
                return new OpenedLink(link.SubscriberId, link.AddressTag, person, onlyUnsubscribes);
            }
        }

        await WriteDeadLinkAsync(context);
        return null;
    }

    /// <summary>Returns the person, or null if there is none or they were erased.</summary>
    public async Task<Subscriber?> PersonAsync(HttpContext context, string id) =>
        (await subscribers.GetAsync(id, context.RequestAborted))?.Subscriber is { Status: not SubscriberStatus.Erased } person
            ? person : null;

    /// <summary>The view in the requested language, otherwise in the person's.</summary>
    public async Task<View> ViewAsync(HttpContext context, string id, string? posted = null) =>
        ViewOf(context, await PersonAsync(context, id), posted);

    /// <summary>The same for a person who was read already; null for no person.</summary>
    public View ViewOf(HttpContext context, Subscriber? person, string? posted = null) =>
        pages.View(context, person?.SignUp?.Language ?? person?.Language, posted);

    /// <summary>The origin in the consent record: the page on which the reader pressed the button.</summary>
    public ConsentPage ConsentPage(HttpContext context, View view, string page) => new(page, view.Language, network.Hash(context));

    /// <summary>Reads the form, then the token. Runs the action, or writes the dead-link page.</summary>
    public async Task PostAsync(HttpContext context, LinkPurpose purpose, Func<OpenedLink, Dictionary<string, StringValues>, Task> act)
    {
        var form = await RequestBody.FormAsync(context.Request);
        if (await OpenAsync(context, purpose) is { } opened)
        {
            await act(opened, form);
        }
    }

    /// <summary>Shows the page of the link. Changes nothing.</summary>
    public async Task ShowAsync(HttpContext context, LinkPurpose purpose, Func<OpenedLink, View, Task> show)
    {
        if (await OpenAsync(context, purpose) is { } opened)
        {
            await show(opened, ViewOf(context, opened.Person));
        }
    }

    /// <summary>
    /// Writes a page with one button. With <paramref name="consents"/> it shows the consent text below, which <see cref="ConsentPage"/>
    /// records.
    /// </summary>
    public Task WriteButtonAsync(HttpContext context, View view, string key, string path, bool consents = false) =>
        pages.WriteAsync<MessagePage>(
            context, StatusCodes.Status200OK, view,
            ("Key", key), ("ButtonKey", key + ".Button"), ("ButtonAction", view.Link(path)), ("Consents", consents));

    /// <summary>One answer for every invalid link: expired, forged, truncated, of another purpose, or of a former address.</summary>
    public Task WriteDeadLinkAsync(HttpContext context) =>
        pages.WriteMessageAsync(context, StatusCodes.Status404NotFound, pages.View(context), "DeadLink", "/", "DeadLink.Link");
}

/// <summary>A valid link and its person.</summary>
/// <param name="Id">The subscriber's id.</param>
/// <param name="AddressTag">Identifies the address that the link went to; empty for purposes without one.</param>
/// <param name="Person">As read when the link was opened; null if there is no person or they were erased.</param>
/// <param name="OnlyUnsubscribes">See <see cref="ReaderLink.OnlyUnsubscribes"/>.</param>
internal sealed record OpenedLink(string Id, string AddressTag, Subscriber? Person, bool OnlyUnsubscribes);
