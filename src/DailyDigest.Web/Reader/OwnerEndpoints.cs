using DailyDigest.Storage;
using DailyDigest.Subscribers;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>
/// The pages behind links that were mailed to the owner of an address on request: data, new address, erasure, and taking a move back.
/// A GET shows, a POST acts.
/// </summary>
internal sealed class OwnerEndpoints(
    PageRenderer pages, PersonalPages personal, ReaderLinks links, AskNewAddress ask, CollectPersonalData collect, EraseSubscriber erase,
    UndoMove undo)
{
    // An address has at most 254 characters.
    private const int MaxTyped = 254;

    /// <summary>GET /data/{token}: the page with the file.</summary>
    public Task ShowDataAsync(HttpContext context) => personal.ShowAsync(context, LinkPurpose.Data, (opened, view) =>
        opened.Person is null
            ? personal.WriteDeadLinkAsync(context)
            : pages.WriteAsync<MessagePage>(
                context, StatusCodes.Status200OK, view,
                ("Key", "Data"), ("FileUrl", view.Path($"/data/{PersonalPages.Token(context)}/file"))));

    /// <summary>GET /data/{token}/file: the stored data of the person.</summary>
    public async Task DataAsync(HttpContext context)
    {
        if (await personal.OpenAsync(context, LinkPurpose.Data) is not { } opened)
        {
            return;
        }

        if (await collect.ExecuteAsync(opened.Id, context.RequestAborted) is not { } data)
        {
            await personal.WriteDeadLinkAsync(context);
            return;
        }

        context.Response.Headers.ContentDisposition = "attachment; filename=\"my-data.json\"";
        await Problem.WriteJsonAsync(context, StatusCodes.Status200OK, data, options: Problem.ForPeople);
    }

    /// <summary>GET /move/{token}: the form for another address.</summary>
    public Task ShowMoveAsync(HttpContext context) =>
        personal.ShowAsync(context, LinkPurpose.Move, (opened, view) => WriteMoveAsync(context, view, opened.Person));

    /// <summary>POST /move/{token}: mails a link to the other address, which confirms it.</summary>
    public Task MoveAsync(HttpContext context) => personal.PostAsync(context, LinkPurpose.Move, async (opened, form) =>
    {
        var typed = form.Value("address");
        var answer = await ask.ExecuteAsync(opened.Id, typed, context.RequestAborted);
        var view = personal.ViewOf(context, opened.Person, form.Value("lang"));
        await WriteMoveAsync(
            context, view, await personal.PersonAsync(context, opened.Id), answer.ToString(), typed?.Length <= MaxTyped ? typed : null);
    });

    /// <summary>GET /erase/{token}. After the erasure it shows that it is done, in any language.</summary>
    public Task ShowEraseAsync(HttpContext context) => personal.ShowAsync(
        context, LinkPurpose.Erase, (opened, view) => opened.Person is null
            ? WriteErasedAsync(context, view)
            : personal.WriteButtonAsync(context, view, "Erase", "/erase/" + PersonalPages.Token(context)));

    /// <summary>POST /erase/{token}: erases the person everywhere. It is idempotent.</summary>
    public Task EraseAsync(HttpContext context) => personal.PostAsync(context, LinkPurpose.Erase, async (opened, form) =>
    {
        var view = personal.ViewOf(context, opened.Person, form.Value("lang"));
        await erase.ExecuteAsync(opened.Id, context.RequestAborted);
        await WriteErasedAsync(context, view);
    });

    /// <summary>GET /undo-move/{token}</summary>
    public Task ShowUndoAsync(HttpContext context) => personal.ShowAsync(context, LinkPurpose.UndoMove, (opened, view) =>
        undo.IsDone(opened.Person, opened.AddressTag)
            ? pages.WriteMessageAsync(context, StatusCodes.Status200OK, view, "MovedBack", "/digests", "Archive.Nav")
        : undo.IsOpen(opened.Person, opened.AddressTag)
            ? pages.WriteAsync<MessagePage>(
                context, StatusCodes.Status200OK, view,
                ("Key", "UndoMove"), ("ButtonKey", "UndoMove.Button"), ("Consents", true),
                ("ButtonAction", view.Link("/undo-move/" + PersonalPages.Token(context))),
                ("LeaveUrl", LeaveUrl(opened)))
        : WriteTooLateAsync(context, view, opened));

    /// <summary>POST /undo-move/{token}</summary>
    public Task UndoAsync(HttpContext context) => personal.PostAsync(context, LinkPurpose.UndoMove, async (opened, form) =>
    {
        var view = personal.ViewOf(context, opened.Person, form.Value("lang"));
        var shown = personal.ConsentPage(context, view, "undo page");
        if (!await undo.ExecuteAsync(opened.Id, opened.AddressTag, shown, context.RequestAborted)
            || await personal.PersonAsync(context, opened.Id) is not { } person)
        {
            await WriteTooLateAsync(context, view, opened);
            return;
        }

        await pages.WriteAsync<MessagePage>(
            context, StatusCodes.Status200OK, view,
            ("Key", "MovedBack"), ("PreferencesUrl", PersonalPages.PathOf(links.Preferences(person.Id, person.Version))));
    });

    // The owner of a former address may always end the subscription: the link has no version.
    private string LeaveUrl(OpenedLink opened) => PersonalPages.PathOf(links.Unsubscribe(opened.Id));

    private Task WriteTooLateAsync(HttpContext context, View view, OpenedLink opened) =>
        opened.Person switch
        {
            { Status: SubscriberStatus.Active } => pages.WriteAsync<MessagePage>(
                context, StatusCodes.Status409Conflict, view, ("Key", "UndoLate"), ("LeaveUrl", LeaveUrl(opened))),
            { } => pages.WriteMessageAsync(context, StatusCodes.Status409Conflict, view, "UndoEnded", "/", "DeadLink.Link"),
            null => personal.WriteDeadLinkAsync(context),
        };

    private Task WriteMoveAsync(HttpContext context, View view, Subscriber? person, string? message = null, string? typed = null) =>
        person is not { Status: SubscriberStatus.Active }
            ? personal.WriteDeadLinkAsync(context)
            : pages.WriteAsync<MovePage>(
                context, MovePage.IsFault(message) ? StatusCodes.Status422UnprocessableEntity : StatusCodes.Status200OK, view,
                ("Person", person), ("Path", "/move/" + PersonalPages.Token(context)), ("Message", message), ("Typed", typed));

    private Task WriteErasedAsync(HttpContext context, View view) =>
        pages.WriteMessageAsync(context, StatusCodes.Status200OK, view, "Erased", "/", "Back");
}
