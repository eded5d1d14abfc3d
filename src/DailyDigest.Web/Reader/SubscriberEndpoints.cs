using DailyDigest.Storage;
using DailyDigest.Subscribers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace DailyDigest.Web;

/// <summary>Coming, moving and leaving, each behind a signed link. A GET shows a button, a POST does what it says.</summary>
internal sealed class SubscriberEndpoints(
    PageRenderer pages, PersonalPages personal, ReaderLinks links, ConfirmSignUp confirm, ConfirmNewAddress move, Unsubscribe unsubscribe,
    Resubscribe resubscribe, SayWhyLeft why, LatestDigest latest)
{
    /// <summary>GET /confirm/{token}. Once it is done it says so, also in the other language; what only the button gives is not given.</summary>
    public Task ShowConfirmAsync(HttpContext context) => personal.ShowAsync(context, LinkPurpose.Confirm, (opened, view) => opened.Person switch
    {
        { Status: SubscriberStatus.Active } => pages.WriteMessageAsync(context, StatusCodes.Status200OK, view, "Welcome", "/digests", "Archive.Nav"),
        { SignUp: not null } => personal.WriteButtonAsync(context, view, "Confirm", "/confirm/" + PersonalPages.Token(context), consents: true),
        _ => personal.DeadAsync(context),
    });

    /// <summary>POST /confirm/{token}</summary>
    public Task ConfirmAsync(HttpContext context) => personal.PostAsync(context, LinkPurpose.Confirm, async (opened, form) =>
    {
        var view = personal.ViewOf(context, opened.Person, form.One("lang"));
        if (await confirm.ExecuteAsync(opened.Id, personal.Shown(context, view, "confirm page"), context.RequestAborted) != ConfirmOutcome.Active
            || await personal.PersonAsync(context, opened.Id) is not { } person)
        {
            await personal.DeadAsync(context);
            return;
        }

        await pages.WriteAsync<WelcomePage>(
            context, StatusCodes.Status200OK, view, ("Latest", await latest.GetAsync(context.RequestAborted)), ("Next", NextDigest.After(person, view.Now)),
            ("PreferencesUrl", PersonalPages.PathOf(links.Preferences(person.Id, person.Version))));
    });

    /// <summary>
    /// GET /address/{token}. A link to an address that another one was asked for since is dead before its button is pressed; one that has done what it was for
    /// says so.
    /// </summary>
    public Task ShowMoveAsync(HttpContext context) => personal.ShowAsync(context, LinkPurpose.NewAddress, (opened, view) =>
        move.IsMoved(opened.Person, opened.Tie) ? pages.WriteMessageAsync(context, StatusCodes.Status200OK, view, "Moved", "/digests", "Archive.Nav")
        : move.IsOpen(opened.Person, opened.Tie)
            ? personal.WriteButtonAsync(context, view, "NewAddress", "/address/" + PersonalPages.Token(context), consents: true)
        : personal.DeadAsync(context));

    /// <summary>POST /address/{token}</summary>
    public Task MoveAsync(HttpContext context) => personal.PostAsync(context, LinkPurpose.NewAddress, async (opened, form) =>
    {
        var view = personal.ViewOf(context, opened.Person, form.One("lang"));
        if (await move.ExecuteAsync(opened.Id, opened.Tie, personal.Shown(context, view, "new address page"), context.RequestAborted) != NewAddressOutcome.Moved
            || await personal.PersonAsync(context, opened.Id) is not { } person)
        {
            await personal.DeadAsync(context);
            return;
        }

        await pages.WriteAsync<MessagePage>(
            context, StatusCodes.Status200OK, view, ("Key", "Moved"), ("PreferencesUrl", PersonalPages.PathOf(links.Preferences(person.Id, person.Version))));
    });

    /// <summary>GET /unsubscribe/{token}. Whoever has left already is told so, with the way back while there is one: mail programs unsubscribe on their own.</summary>
    public Task ShowUnsubscribeAsync(HttpContext context) =>
        personal.ShowAsync(context, LinkPurpose.Unsubscribe, (opened, view) => WriteLeavingAsync(context, opened, view));

    /// <summary>POST /unsubscribe/{token}: from our page, or from a mail program by List-Unsubscribe-Post (RFC 8058), which wants an answer and no page.</summary>
    public Task UnsubscribeAsync(HttpContext context) => personal.PostAsync(context, LinkPurpose.Unsubscribe, async (opened, form) =>
    {
        await unsubscribe.ExecuteAsync(opened.Id, context.RequestAborted);
        if (form.One("page") is null)
        {
            context.Response.StatusCode = StatusCodes.Status200OK;
            context.Response.ContentLength = 0;
            return;
        }

        var view = personal.ViewOf(context, opened.Person, form.One("lang"));
        await (opened.EndsOnly
            ? pages.WriteMessageAsync(context, StatusCodes.Status200OK, view, "Ended", "/", "DeadLink.Link")
            : WriteGoodbyeAsync(context, view, thanked: false));
    });

    /// <summary>POST /unsubscribe/{token}/why: the answer to the one question, for whoever likes to answer it.</summary>
    public Task WhyAsync(HttpContext context) => PostForReaderAsync(context, async (opened, form) =>
    {
        var thanked = await why.ExecuteAsync(opened.Id, form.One("why"), context.RequestAborted);
        opened = opened with { Person = await personal.PersonAsync(context, opened.Id) };
        var view = personal.ViewOf(context, opened.Person, form.One("lang"));

        // Who has come back meanwhile, in another tab, is not told goodbye.
        await (thanked ? WriteGoodbyeAsync(context, view, thanked) : WriteLeavingAsync(context, opened, view));
    });

    /// <summary>
    /// POST /unsubscribe/{token}/undo. Who never left hears that nothing has changed, as does who presses twice. No link to the preferences is given: this one
    /// stands in a header that providers and their reports pass on.
    /// </summary>
    public Task UndoAsync(HttpContext context) => PostForReaderAsync(context, async (opened, form) =>
    {
        var returned = await resubscribe.ExecuteAsync(opened.Id, context.RequestAborted);
        await pages.WriteMessageAsync(
            context, StatusCodes.Status200OK, personal.ViewOf(context, opened.Person, form.One("lang")), returned ? "Returned" : "NotSubscribed", "/", "Back");
    });

    // What a former address may not: it ends a subscription, and that is all.
    private Task PostForReaderAsync(HttpContext context, Func<Opened, Dictionary<string, StringValues>, Task> act) =>
        personal.PostAsync(context, LinkPurpose.Unsubscribe, (opened, form) => opened.EndsOnly ? personal.DeadAsync(context) : act(opened, form));

    private Task WriteLeavingAsync(HttpContext context, Opened opened, View view) => opened.Person switch
    {
        { SignUp: not null } or { Status: SubscriberStatus.Active or SubscriberStatus.Pending } =>
            personal.WriteButtonAsync(context, view, "Unsubscribe", "/unsubscribe/" + PersonalPages.Token(context)),
        { } person when !opened.EndsOnly && Resubscribe.IsOpen(person, view.Now) => WriteGoodbyeAsync(context, view, person.LeftFor is not null),
        _ => pages.WriteMessageAsync(context, StatusCodes.Status200OK, view, "NotSubscribed", "/", "DeadLink.Link"),
    };

    private Task WriteGoodbyeAsync(HttpContext context, View view, bool thanked) => pages.WriteAsync<GoodbyePage>(
        context, StatusCodes.Status200OK, view, ("Thanked", thanked), ("UndoAction", view.Link("/unsubscribe/" + PersonalPages.Token(context) + "/undo")),
        ("WhyAction", view.Link("/unsubscribe/" + PersonalPages.Token(context) + "/why")));
}
