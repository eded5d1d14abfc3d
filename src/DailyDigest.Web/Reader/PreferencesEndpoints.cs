using System.Globalization;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace DailyDigest.Web;

/// <summary>The preferences page and its actions: choices, pause, new address, data, erasure.</summary>
internal sealed class PreferencesEndpoints(
    PageRenderer pages, PersonalPages personal, ReaderLinks links, ChangePreferences change, PauseDigest pause, FindPause findPause,
    EndPause endPause, AskNewAddress ask, CollectPersonalData collect, EraseSubscriber erase)
{
    /// <summary>GET /preferences/{token}</summary>
    public Task ShowAsync(HttpContext context) =>
        personal.ShowAsync(context, LinkPurpose.Preferences, (opened, _) => WriteAsync(context, opened.Person, opened.Id, null));

    /// <summary>POST /preferences/{token}</summary>
    public Task ChangeAsync(HttpContext context) => PostAsync(context, async (id, form) =>
    {
        int? hour = form.Value("hour") is not { } text ? null
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;

        // A browser sends no field for an unchecked box. The field "sections" shows that the form had boxes.
        IReadOnlyList<string>? sections = form.ContainsKey("sections") ? [.. form.GetValueOrDefault("section").OfType<string>()] : null;
        var wanted = new Preferences(form.Value("zone"), hour, form.Value("rhythm"), form.Value("language"), sections);
        return await change.ExecuteAsync(id, wanted, context.RequestAborted) switch
        {
            PreferencesOutcome.NotUnderstood => "Fault",
            PreferencesOutcome.TooOften => "Often",
            _ => "Kept",
        };
    });

    /// <summary>POST /preferences/{token}/pause</summary>
    public Task PauseAsync(HttpContext context) => PostAsync(
        context, async (id, form) => (await pause.ExecuteAsync(id, form.Value("until"), context.RequestAborted)).ToString());

    /// <summary>POST /preferences/{token}/resume</summary>
    public Task ResumeAsync(HttpContext context) => PostAsync(context, async (id, _) =>
    {
        await endPause.ExecuteAsync(id, context.RequestAborted);
        return "Resumed";
    });

    /// <summary>POST /preferences/{token}/address</summary>
    public Task AskAddressAsync(HttpContext context) => PostAsync(
        context, async (id, form) => (await ask.ExecuteAsync(id, form.Value("address"), context.RequestAborted)).ToString());

    /// <summary>GET /preferences/{token}/data: the stored data of the person, as a file.</summary>
    public async Task DataAsync(HttpContext context)
    {
        if (await personal.OpenAsync(context, LinkPurpose.Preferences) is not { } opened)
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

    /// <summary>GET /preferences/{token}/erase. After the erasure it shows that it is done, in any language.</summary>
    public Task ShowEraseAsync(HttpContext context) => personal.ShowAsync(
        context, LinkPurpose.Preferences, (opened, view) => opened.Person is null
            ? WriteErasedAsync(context, view)
            : personal.WriteButtonAsync(context, view, "Erase", $"/preferences/{PersonalPages.Token(context)}/erase"));

    /// <summary>POST /preferences/{token}/erase: erases the person everywhere. It is idempotent.</summary>
    public Task EraseAsync(HttpContext context) => personal.PostAsync(context, LinkPurpose.Preferences, async (opened, form) =>
    {
        var view = personal.ViewOf(context, opened.Person, form.Value("lang"));
        await erase.ExecuteAsync(opened.Id, context.RequestAborted);
        await WriteErasedAsync(context, view);
    });

    private Task WriteErasedAsync(HttpContext context, View view) =>
        pages.WriteMessageAsync(context, StatusCodes.Status200OK, view, "Erased", "/", "Back");

    private Task PostAsync(HttpContext context, Func<string, Dictionary<string, StringValues>, Task<string>> act) =>
        personal.PostAsync(context, LinkPurpose.Preferences, async (opened, form) =>
        {
            var message = await act(opened.Id, form);
            await WriteAsync(context, await personal.PersonAsync(context, opened.Id), opened.Id, message);
        });

    private async Task WriteAsync(HttpContext context, Subscriber? person, string id, string? message)
    {
        var view = pages.View(context, person?.Language);
        if (person is { Status: SubscriberStatus.Active })
        {
            var status = PreferencesPage.IsFault(message) ? StatusCodes.Status422UnprocessableEntity : StatusCodes.Status200OK;
            await pages.WriteAsync<PreferencesPage>(
                context, status, view, ("Person", person), ("Sections", change.SectionsFor(person)), ("Message", message),
                ("PausedUntil", await findPause.ExecuteAsync(person, context.RequestAborted)),
                ("Path", "/preferences/" + PersonalPages.Token(context)),
                ("Unsubscribe", PersonalPages.PathOf(links.Unsubscribe(id, person.Version))));
            return;
        }

        // A person who has left may still download and erase their data.
        var path = person is null ? null : "/preferences/" + PersonalPages.Token(context);
        await pages.WriteAsync<MessagePage>(
            context, StatusCodes.Status200OK, view,
            ("Key", "NotSubscribed"), ("LinkPath", "/"), ("LinkKey", "DeadLink.Link"), ("PersonPath", path));
    }
}
