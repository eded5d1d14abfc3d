using System.Globalization;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace DailyDigest.Web;

/// <summary>The preferences page and its actions: choices, pause, and mailing a link for everything else.</summary>
internal sealed class PreferencesEndpoints(
    PageRenderer pages, PersonalPages personal, ReaderLinks links, ChangePreferences change, PauseDigest pause, FindPause findPause,
    EndPause endPause, EndRest endRest, MailLink mail)
{
    private const int MaxTyped = 40;

    /// <summary>GET /preferences/{token}</summary>
    public Task ShowAsync(HttpContext context) =>
        personal.ShowAsync(context, LinkPurpose.Preferences, (opened, _) => WriteAsync(context, opened.Person, opened.Id, null));

    /// <summary>POST /preferences/{token}</summary>
    public Task ChangeAsync(HttpContext context) => PostAsync(context, async (id, form) =>
    {
        int? hour = form.Value("hour") is not { } text ? null
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;

        // A browser sends no field for an unchecked box. The fields "sections" and "stories" show that the form had boxes.
        IReadOnlyList<string>? sections = form.ContainsKey("sections") ? [.. form.GetValueOrDefault("section").OfType<string>()] : null;
        IReadOnlyList<string>? stories =
            form.ContainsKey("stories") ? [.. form.GetValueOrDefault("story-language").OfType<string>()] : null;
        var wanted = new Preferences(form.Value("zone"), hour, form.Value("rhythm"), form.Value("language"), sections, stories);
        return await change.ExecuteAsync(id, wanted, context.RequestAborted) switch
        {
            PreferencesOutcome.NotUnderstood => "Fault",
            PreferencesOutcome.TooOften => "Often",
            PreferencesOutcome.NoStoryLanguage => "NoLanguage",
            _ => "Kept",
        };
    });

    /// <summary>POST /preferences/{token}/pause</summary>
    public Task PauseAsync(HttpContext context) => PostAsync(
        context, async (id, form) => (await pause.ExecuteAsync(id, form.Value("until"), context.RequestAborted)).ToString(), "until");

    /// <summary>POST /preferences/{token}/resume</summary>
    public Task ResumeAsync(HttpContext context) => PostAsync(context, async (id, _) =>
    {
        await endPause.ExecuteAsync(id, context.RequestAborted);
        return "Resumed";
    });

    /// <summary>POST /preferences/{token}/wake: ends a rest after refused digests.</summary>
    public Task WakeAsync(HttpContext context) => PostAsync(context, async (id, _) =>
    {
        await endRest.ExecuteAsync(id, context.RequestAborted);
        return "Woken";
    });

    /// <summary>
    /// POST /preferences/{token}/link: mails a link for the data, a new address or the erasure. The link in a digest is not enough for
    /// these, because readers forward digests.
    /// </summary>
    public Task MailLinkAsync(HttpContext context) => personal.PostAsync(context, LinkPurpose.Preferences, async (opened, form) =>
    {
        var view = personal.ViewOf(context, opened.Person, form.Value("lang"));
        LinkPurpose? purpose = form.Value("for") switch
        {
            "data" => LinkPurpose.Data,
            "move" => LinkPurpose.Move,
            "erase" => LinkPurpose.Erase,
            _ => null,
        };
        if (purpose is null)
        {
            await pages.WriteMessageAsync(context, StatusCodes.Status400BadRequest, view, "BadRequest", "/", "Back");
            return;
        }

        var answer = await mail.ExecuteAsync(opened.Id, purpose.Value, context.RequestAborted);
        await (answer switch
        {
            MailLinkAnswer.Mailed => WriteMailedAsync(context, StatusCodes.Status200OK, view, "LinkMailed"),
            MailLinkAnswer.TooOften => WriteMailedAsync(context, StatusCodes.Status422UnprocessableEntity, view, "LinkOften"),
            _ => WriteAsync(context, opened.Person, opened.Id, null),
        });
    });

    private Task WriteMailedAsync(HttpContext context, int status, View view, string key) =>
        pages.WriteMessageAsync(context, status, view, key, "/preferences/" + PersonalPages.Token(context), "Preferences.Back");

    // The value of the field is shown again if it is refused.
    private Task PostAsync(HttpContext context, Func<string, Dictionary<string, StringValues>, Task<string>> act, string? field = null) =>
        personal.PostAsync(context, LinkPurpose.Preferences, async (opened, form) =>
        {
            var message = await act(opened.Id, form);
            var typed = field is not null && form.Value(field) is { Length: <= MaxTyped } value ? value : null;
            await WriteAsync(context, await personal.PersonAsync(context, opened.Id), opened.Id, message, typed);
        });

    private async Task WriteAsync(HttpContext context, Subscriber? person, string id, string? message, string? typed = null)
    {
        var view = pages.View(context, person?.Language);
        if (person is { Status: SubscriberStatus.Active })
        {
            var status = PreferencesPage.IsFault(message) ? StatusCodes.Status422UnprocessableEntity : StatusCodes.Status200OK;
            await pages.WriteAsync<PreferencesPage>(
                context, status, view, ("Person", person), ("Sections", change.SectionsFor(person)),
                ("StoryLanguages", change.StoryLanguagesFor(person)), ("Message", message), ("Typed", typed),
                ("PausedUntil", await findPause.ExecuteAsync(person, context.RequestAborted)),
                ("Path", "/preferences/" + PersonalPages.Token(context)),
                ("Unsubscribe", PersonalPages.PathOf(links.Unsubscribe(id, person.Version))));
            return;
        }

        // A person who has left may still ask for their data and its erasure.
        var path = person is null ? null : "/preferences/" + PersonalPages.Token(context);
        await pages.WriteAsync<MessagePage>(
            context, StatusCodes.Status200OK, view,
            ("Key", "NotSubscribed"), ("LinkPath", "/"), ("LinkKey", "DeadLink.Link"), ("PersonPath", path));
    }
}
