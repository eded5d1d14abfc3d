using DailyDigest.Calendar;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace DailyDigest.Web;

/// <summary>Confirming, moving to a new address and unsubscribing, each behind a signed link. A GET shows a button, a POST acts.</summary>
internal sealed class SubscriberEndpoints(
    PageRenderer pages, PersonalPages personal, ReaderLinks links, ConfirmSignUp confirm, ConfirmNewAddress move,
    Unsubscribe unsubscribe, Resubscribe resubscribe, RecordLeavingReason why, LatestDigest latest, PauseDigest pause,
    ChangePreferences change)
{
    private const int PauseDays = 14;

    /// <summary>The rhythm that a reader who is leaving is offered.</summary>
    internal static Rhythm Weekly { get; } = Rhythm.TryParse("weekly-saturday", out var weekly) ? weekly : Rhythm.Daily;

    /// <summary>
    /// GET /confirm/{token}. After the confirmation it shows that it is done, in any language, without the links that only the POST
    /// returns.
    /// </summary>
    public Task ShowConfirmAsync(HttpContext context) => personal.ShowAsync(
        context, LinkPurpose.Confirm, (opened, view) => opened.Person switch
        {
            { Status: SubscriberStatus.Active } =>
                pages.WriteMessageAsync(context, StatusCodes.Status200OK, view, "Welcome", "/digests", "Archive.Nav"),
            { SignUp: not null } =>
                personal.WriteButtonAsync(context, view, "Confirm", "/confirm/" + PersonalPages.Token(context), consents: true),
            _ => personal.WriteDeadLinkAsync(context),
        });

    /// <summary>POST /confirm/{token}</summary>
    public Task ConfirmAsync(HttpContext context) => personal.PostAsync(context, LinkPurpose.Confirm, async (opened, form) =>
    {
        var view = personal.ViewOf(context, opened.Person, form.Value("lang"));
        var shown = personal.ConsentPage(context, view, "confirm page");
        if (await confirm.ExecuteAsync(opened.Id, shown, context.RequestAborted) != ConfirmOutcome.Active
            || await personal.PersonAsync(context, opened.Id) is not { } person)
        {
            await personal.WriteDeadLinkAsync(context);
            return;
        }

        await pages.WriteAsync<WelcomePage>(
            context, StatusCodes.Status200OK, view,
            ("Latest", await latest.GetAsync(view.Language, context.RequestAborted)), ("Next", NextDigest.After(person, view.Now)),
            ("PreferencesUrl", PersonalPages.PathOf(links.Preferences(person.Id, person.Version))));
    });

    /// <summary>
    /// GET /address/{token}. A link is dead, without a button, if another address was requested later. After the move it shows that it is
    /// done.
    /// </summary>
    public Task ShowMoveAsync(HttpContext context) => personal.ShowAsync(context, LinkPurpose.NewAddress, (opened, view) =>
        move.IsMoved(opened.Person, opened.AddressTag)
            ? pages.WriteMessageAsync(context, StatusCodes.Status200OK, view, "Moved", "/digests", "Archive.Nav")
        : move.IsOpen(opened.Person, opened.AddressTag)
            ? personal.WriteButtonAsync(context, view, "NewAddress", "/address/" + PersonalPages.Token(context), consents: true)
        : personal.WriteDeadLinkAsync(context));

    /// <summary>POST /address/{token}</summary>
    public Task MoveAsync(HttpContext context) => personal.PostAsync(context, LinkPurpose.NewAddress, async (opened, form) =>
    {
        var view = personal.ViewOf(context, opened.Person, form.Value("lang"));
        var shown = personal.ConsentPage(context, view, "new address page");
        if (await move.ExecuteAsync(opened.Id, opened.AddressTag, shown, context.RequestAborted) != NewAddressOutcome.Moved
            || await personal.PersonAsync(context, opened.Id) is not { } person)
        {
            await personal.WriteDeadLinkAsync(context);
            return;
        }

        await pages.WriteAsync<MessagePage>(
            context, StatusCodes.Status200OK, view,
            ("Key", "Moved"), ("PreferencesUrl", PersonalPages.PathOf(links.Preferences(person.Id, person.Version))));
    });

    /// <summary>
    /// GET /unsubscribe/{token}. Mail programs unsubscribe on their own, so a person who has left sees that, with the undo button while it
    /// works.
    /// </summary>
    public Task ShowUnsubscribeAsync(HttpContext context) =>
        personal.ShowAsync(context, LinkPurpose.Unsubscribe, (opened, view) => WriteLeavingAsync(context, opened, view));

    /// <summary>
    /// POST /unsubscribe/{token}: from our page, or from a mail program by List-Unsubscribe-Post (RFC 8058), which needs no page as the
    /// answer.
    /// </summary>
    public Task UnsubscribeAsync(HttpContext context) => personal.PostAsync(context, LinkPurpose.Unsubscribe, async (opened, form) =>
    {
        await unsubscribe.ExecuteAsync(opened.Id, context.RequestAborted);
        if (form.Value("page") is null)
        {
            context.Response.StatusCode = StatusCodes.Status200OK;
            context.Response.ContentLength = 0;
            return;
        }

        var view = personal.ViewOf(context, opened.Person, form.Value("lang"));
        await (opened.OnlyUnsubscribes
            ? pages.WriteMessageAsync(context, StatusCodes.Status200OK, view, "Ended", "/", "DeadLink.Link")
            : WriteGoodbyeAsync(context, view, thanked: false));
    });

    /// <summary>POST /unsubscribe/{token}/why: the answer to the optional question why the person left.</summary>
    public Task WhyAsync(HttpContext context) => PostForReaderAsync(context, async (opened, form) =>
    {
        var thanked = await why.ExecuteAsync(opened.Id, form.Value("why"), context.RequestAborted);
        opened = opened with { Person = await personal.PersonAsync(context, opened.Id) };
        var view = personal.ViewOf(context, opened.Person, form.Value("lang"));

        // The person may have come back in another tab.
        await (thanked ? WriteGoodbyeAsync(context, view, thanked) : WriteLeavingAsync(context, opened, view));
    });

    /// <summary>
    /// POST /unsubscribe/{token}/undo. A second press, or one by a person who never left, shows that nothing has changed. The page has no
    /// link to the preferences: this link is in a mail header, which providers pass on in their reports.
    /// </summary>
    public Task UndoAsync(HttpContext context) => PostForReaderAsync(context, async (opened, form) =>
    {
        var returned = await resubscribe.ExecuteAsync(opened.Id, context.RequestAborted);
        var view = personal.ViewOf(context, opened.Person, form.Value("lang"));
        await pages.WriteMessageAsync(context, StatusCodes.Status200OK, view, returned ? "Returned" : "NotSubscribed", "/", "Back");
    });

    /// <summary>
    /// POST /unsubscribe/{token}/instead: a pause or a weekly digest instead of leaving. Both are less than what the link may do anyway.
    /// </summary>
    public Task InsteadAsync(HttpContext context) => PostForReaderAsync(context, async (opened, form) =>
    {
        var view = personal.ViewOf(context, opened.Person, form.Value("lang"));
        var (key, until) = (form.Value("instead"), Zones.LocalDate(opened.Person?.Zone ?? "Etc/UTC", view.Now).AddDays(PauseDays));
        var message = key switch
        {
            "pause" => await pause.ExecuteAsync(opened.Id, until.Text(), context.RequestAborted) == PauseOutcome.Paused ? "Paused" : null,
            "weekly" => await change.ExecuteAsync(
                opened.Id, new Preferences(null, null, Weekly.ToString(), null), context.RequestAborted) switch
            {
                PreferencesOutcome.Kept => "Weekly",
                PreferencesOutcome.TooOften => "TooOften",
                _ => null,
            },
            _ => null,
        };
        if (message is null)
        {
            await WriteLeavingAsync(context, opened with { Person = await personal.PersonAsync(context, opened.Id) }, view);
            return;
        }

        await pages.WriteAsync<MessagePage>(
            context, message == "TooOften" ? StatusCodes.Status422UnprocessableEntity : StatusCodes.Status200OK, view,
            ("Key", "Instead." + message), ("Detail", message == "Weekly" ? view.NameOf(Weekly) : view.InWords(until)),
            ("LinkPath", "/"), ("LinkKey", "Back"));
    });

    // A link that went to a former address may only unsubscribe.
    private Task PostForReaderAsync(HttpContext context, Func<OpenedLink, Dictionary<string, StringValues>, Task> act) =>
        personal.PostAsync(
            context, LinkPurpose.Unsubscribe, (opened, form) => opened.OnlyUnsubscribes
                ? personal.WriteDeadLinkAsync(context) : act(opened, form));

    private Task WriteLeavingAsync(HttpContext context, OpenedLink opened, View view) => opened.Person switch
    {
        { SignUp: not null } or { Status: SubscriberStatus.Active or SubscriberStatus.Pending } =>
            pages.WriteAsync<LeavePage>(
                context, StatusCodes.Status200OK, view, ("Path", "/unsubscribe/" + PersonalPages.Token(context)),
                ("Person", opened is { OnlyUnsubscribes: false, Person.Status: SubscriberStatus.Active } ? opened.Person : null)),
        { } person when !opened.OnlyUnsubscribes && Resubscribe.IsOpen(person, view.Now) =>
            WriteGoodbyeAsync(context, view, person.LeftFor is not null),
        _ => pages.WriteMessageAsync(context, StatusCodes.Status200OK, view, "NotSubscribed", "/", "DeadLink.Link"),
    };

    private Task WriteGoodbyeAsync(HttpContext context, View view, bool thanked)
    {
        var path = "/unsubscribe/" + PersonalPages.Token(context);
        return pages.WriteAsync<GoodbyePage>(
            context, StatusCodes.Status200OK, view,
            ("Thanked", thanked), ("UndoAction", view.Link(path + "/undo")), ("WhyAction", view.Link(path + "/why")));
    }
}
