using System.Globalization;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace DailyDigest.Web;

/// <summary>What a subscriber can choose, ask for and take along, behind the link to the preferences.</summary>
internal sealed class PreferencesEndpoints(
    PageRenderer pages, PersonalPages personal, ReaderLinks links, ChangePreferences change, PauseDigest pause, FindPause findPause, EndPause endPause,
    AskNewAddress ask, CollectPersonalData collect, EraseSubscriber erase)
{
    /// <summary>GET /preferences/{token}</summary>
    public Task ShowAsync(HttpContext context) =>
        personal.ShowAsync(context, LinkPurpose.Preferences, (opened, _) => WriteAsync(context, opened.Person, opened.Id, null));

    /// <summary>POST /preferences/{token}</summary>
    public Task ChangeAsync(HttpContext context) => PostAsync(context, async (id, form) =>
    {
        int? hour = form.One("hour") is not { } text ? null : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;

        // A browser says nothing of boxes that are not ticked; that there were boxes says a field of its own.
        IReadOnlyList<string>? sections = form.ContainsKey("sections") ? [.. form.GetValueOrDefault("section").OfType<string>()] : null;
        var wanted = new Preferences(form.One("zone"), hour, form.One("rhythm"), form.One("language"), sections);
        return await change.ExecuteAsync(id, wanted, context.RequestAborted) switch
        {
            PreferencesOutcome.NotUnderstood => "Fault",
            PreferencesOutcome.TooOften => "Often",
            _ => "Kept",
        };
    });

    /// <summary>POST /preferences/{token}/pause</summary>
    public Task PauseAsync(HttpContext context) => PostAsync(
        context, async (id, form) => (await pause.ExecuteAsync(id, form.One("until"), context.RequestAborted)).ToString());

    /// <summary>POST /preferences/{token}/resume</summary>
    public Task ResumeAsync(HttpContext context) => PostAsync(context, async (id, _) =>
    {
        await endPause.ExecuteAsync(id, context.RequestAborted);
        return "Resumed";
    });

    /// <summary>POST /preferences/{token}/address</summary>
    public Task AskAddressAsync(HttpContext context) => PostAsync(
        context, async (id, form) => (await ask.ExecuteAsync(id, form.One("address"), context.RequestAborted)).ToString());

    /// <summary>GET /preferences/{token}/data: what is held about the person, as a file.</summary>
    public async Task DataAsync(HttpContext context)
    {
        if (await personal.OpenAsync(context, LinkPurpose.Preferences) is not { } opened)
        {
            return;
        }

        if (await collect.ExecuteAsync(opened.Id, context.RequestAborted) is not { } data)
        {
            await personal.DeadAsync(context);
            return;
        }

        context.Response.Headers.ContentDisposition = "attachment; filename=\"my-data.json\"";
        await Problem.WriteJsonAsync(context, StatusCodes.Status200OK, data, options: Problem.ForPeople);
    }

    /// <summary>GET /preferences/{token}/erase. Once it is done it says so, also in the other language.</summary>
    public Task ShowEraseAsync(HttpContext context) => personal.ShowAsync(context, LinkPurpose.Preferences, (opened, view) => opened.Person is null
        ? WriteErasedAsync(context, view)
        : personal.WriteButtonAsync(context, view, "Erase", $"/preferences/{PersonalPages.Token(context)}/erase"));

    /// <summary>POST /preferences/{token}/erase: now and everywhere. Again, it is done already.</summary>
    public Task EraseAsync(HttpContext context) => personal.PostAsync(context, LinkPurpose.Preferences, async (opened, form) =>
    {
        var view = personal.ViewOf(context, opened.Person, form.One("lang"));
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
                ("Path", "/preferences/" + PersonalPages.Token(context)), ("Unsubscribe", PersonalPages.PathOf(links.Unsubscribe(id, person.Version))));
            return;
        }

        // Who has left may still ask what is held, and have it erased.
        var path = person is null ? null : "/preferences/" + PersonalPages.Token(context);
        await pages.WriteAsync<MessagePage>(
            context, StatusCodes.Status200OK, view, ("Key", "NotSubscribed"), ("LinkPath", "/"), ("LinkKey", "DeadLink.Link"), ("PersonPath", path));
    }
}
