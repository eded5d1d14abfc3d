using DailyDigest.Subscribers;
using DailyDigest.Web.Pages;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>Coming, moving and leaving, each behind a signed link. A GET shows a button, a POST does what it says.</summary>
internal sealed class SubscriberEndpoints(
    PageRenderer pages, PersonalPages personal, ReaderLinks links, ConfirmSignUp confirm, ConfirmNewAddress move, Unsubscribe unsubscribe,
    Resubscribe resubscribe, SayWhyLeft why, LatestDigest latest)
{
    /// <summary>GET /confirm/{token}</summary>
    public Task ShowConfirmAsync(HttpContext context) => personal.ShowAsync(context, LinkPurpose.Confirm, (person, view) =>
        person is { SignUp: not null } or { Status: SubscriberStatus.Active }
            ? personal.WriteButtonAsync(context, view, "Confirm", "/confirm/" + PersonalPages.Token(context))
            : personal.DeadAsync(context));

    /// <summary>POST /confirm/{token}</summary>
    public Task ConfirmAsync(HttpContext context) => personal.PostAsync(context, LinkPurpose.Confirm, async (id, form) =>
    {
        var view = await personal.ViewAsync(context, id, form.One("lang"));
        if (await confirm.ExecuteAsync(id, personal.Shown(context, view, "confirm page"), context.RequestAborted) != ConfirmOutcome.Active
            || await personal.PersonAsync(context, id) is not { } person)
        {
            await personal.DeadAsync(context);
            return;
        }

        await pages.WriteAsync<WelcomePage>(
            context, StatusCodes.Status200OK, view, ("Latest", await latest.GetAsync(context.RequestAborted)), ("Next", NextDigest.After(person, view.Now)),
            ("PreferencesUrl", PersonalPages.PathOf(links.Preferences(id))));
    });

    /// <summary>GET /address/{token}. A link to an address that another one was asked for since is dead before its button is pressed.</summary>
    public Task ShowMoveAsync(HttpContext context) => personal.ShowAsync(context, LinkPurpose.NewAddress, (person, tie, view) => move.IsOpen(person, tie)
        ? personal.WriteButtonAsync(context, view, "NewAddress", "/address/" + PersonalPages.Token(context))
        : personal.DeadAsync(context));

    /// <summary>POST /address/{token}</summary>
    public Task MoveAsync(HttpContext context) => personal.PostAsync(context, LinkPurpose.NewAddress, async (id, tie, form) =>
    {
        var view = await personal.ViewAsync(context, id, form.One("lang"));
        var outcome = await move.ExecuteAsync(id, tie, personal.Shown(context, view, "new address page"), context.RequestAborted);
        await (outcome == NewAddressOutcome.Moved
            ? pages.WriteAsync<MessagePage>(
                context, StatusCodes.Status200OK, view, ("Key", "Moved"), ("PreferencesUrl", PersonalPages.PathOf(links.Preferences(id))))
            : personal.DeadAsync(context));
    });

    /// <summary>GET /unsubscribe/{token}. Whoever has left already is told so, with the way back while there is one: mail programs unsubscribe on their own.</summary>
    public Task ShowUnsubscribeAsync(HttpContext context) =>
        personal.ShowAsync(context, LinkPurpose.Unsubscribe, (person, view) => WriteLeavingAsync(context, person, view));

    /// <summary>POST /unsubscribe/{token}: from our page, or from a mail program by List-Unsubscribe-Post (RFC 8058), which wants an answer and no page.</summary>
    public Task UnsubscribeAsync(HttpContext context) => personal.PostAsync(context, LinkPurpose.Unsubscribe, async (id, form) =>
    {
        await unsubscribe.ExecuteAsync(id, context.RequestAborted);
        if (form.One("page") is null)
        {
            context.Response.StatusCode = StatusCodes.Status200OK;
            context.Response.ContentLength = 0;
            return;
        }

        await WriteGoodbyeAsync(context, await personal.ViewAsync(context, id, form.One("lang")), thanked: false);
    });

    /// <summary>POST /unsubscribe/{token}/why: the answer to the one question, for whoever likes to answer it.</summary>
    public Task WhyAsync(HttpContext context) => personal.PostAsync(context, LinkPurpose.Unsubscribe, async (id, form) =>
    {
        var thanked = await why.ExecuteAsync(id, form.One("why"), context.RequestAborted);
        var person = await personal.PersonAsync(context, id);
        var view = personal.ViewOf(context, person, form.One("lang"));

        // Who has come back meanwhile, in another tab, is not told goodbye.
        await (thanked ? WriteGoodbyeAsync(context, view, thanked) : WriteLeavingAsync(context, person, view));
    });

    /// <summary>POST /unsubscribe/{token}/undo</summary>
    public Task UndoAsync(HttpContext context) => personal.PostAsync(context, LinkPurpose.Unsubscribe, async (id, form) =>
    {
        var returned = await resubscribe.ExecuteAsync(id, context.RequestAborted);
        var view = await personal.ViewAsync(context, id, form.One("lang"));
        await (returned
            ? pages.WriteAsync<MessagePage>(
                context, StatusCodes.Status200OK, view, ("Key", "Returned"), ("PreferencesUrl", PersonalPages.PathOf(links.Preferences(id))))
            : pages.WriteMessageAsync(context, StatusCodes.Status200OK, view, "NotSubscribed", "/", "Back"));
    });

    private Task WriteLeavingAsync(HttpContext context, Subscriber? person, View view) => person switch
    {
        { SignUp: not null } or { Status: SubscriberStatus.Active or SubscriberStatus.Pending } =>
            personal.WriteButtonAsync(context, view, "Unsubscribe", "/unsubscribe/" + PersonalPages.Token(context)),
        not null when Resubscribe.IsOpen(person, view.Now) => WriteGoodbyeAsync(context, view, person.LeftFor is not null),
        _ => pages.WriteMessageAsync(context, StatusCodes.Status200OK, view, "NotSubscribed", "/", "DeadLink.Link"),
    };

    private Task WriteGoodbyeAsync(HttpContext context, View view, bool thanked) => pages.WriteAsync<GoodbyePage>(
        context, StatusCodes.Status200OK, view, ("Thanked", thanked), ("UndoAction", view.Link("/unsubscribe/" + PersonalPages.Token(context) + "/undo")),
        ("WhyAction", view.Link("/unsubscribe/" + PersonalPages.Token(context) + "/why")));
}
