using System.Globalization;
using DailyDigest.Subscribers;
using DailyDigest.Web.Pages;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace DailyDigest.Web;

/// <summary>What a subscriber can choose, ask for and take along, behind the link to the preferences.</summary>
internal sealed class PreferencesEndpoints(
    PageRenderer pages, PersonalPages personal, ReaderLinks links, ChangePreferences change, PauseDigest pause, FindPause findPause, EndPause endPause,
    AskNewAddress ask, CollectPersonalData collect, EraseSubscriber erase)
{
    /// <summary>GET /preferences/{token}</summary>
    public Task ShowAsync(HttpContext context) => personal.TryRead(context, LinkPurpose.Preferences, out var id)
        ? WriteAsync(context, id, null)
        : personal.DeadAsync(context);

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
        if (!personal.TryRead(context, LinkPurpose.Preferences, out var id) || await collect.ExecuteAsync(id, context.RequestAborted) is not { } data)
        {
            await personal.DeadAsync(context);
            return;
        }

        context.Response.Headers.ContentDisposition = "attachment; filename=\"my-data.json\"";
        await Problem.WriteJsonAsync(context, StatusCodes.Status200OK, data, options: Problem.ForPeople);
    }

    /// <summary>GET /preferences/{token}/erase</summary>
    public Task ShowEraseAsync(HttpContext context) =>
        personal.ShowButtonAsync(context, LinkPurpose.Preferences, "Erase", $"/preferences/{PersonalPages.Token(context)}/erase");

    /// <summary>POST /preferences/{token}/erase: now and everywhere. Again, it is done already.</summary>
    public Task EraseAsync(HttpContext context) => personal.PostAsync(context, LinkPurpose.Preferences, async (id, form) =>
    {
        var view = await personal.ViewAsync(context, id, form.One("lang"));
        await erase.ExecuteAsync(id, context.RequestAborted);
        await pages.WriteMessageAsync(context, StatusCodes.Status200OK, view, "Erased", "/", "Back");
    });

    private Task PostAsync(HttpContext context, Func<string, Dictionary<string, StringValues>, Task<string>> act) =>
        personal.PostAsync(context, LinkPurpose.Preferences, async (id, form) => await WriteAsync(context, id, await act(id, form)));

    private async Task WriteAsync(HttpContext context, string id, string? message)
    {
        var person = await personal.PersonAsync(context, id);
        var view = pages.View(context, person?.Language);
        if (person is { Status: SubscriberStatus.Active })
        {
            var status = PreferencesPage.IsFault(message) ? StatusCodes.Status422UnprocessableEntity : StatusCodes.Status200OK;
            await pages.WriteAsync<PreferencesPage>(
                context, status, view, ("Person", person), ("Sections", change.SectionsFor(person)), ("Message", message),
                ("PausedUntil", await findPause.ExecuteAsync(person, context.RequestAborted)),
                ("Path", "/preferences/" + PersonalPages.Token(context)), ("Unsubscribe", PersonalPages.PathOf(links.Unsubscribe(id))));
            return;
        }

        // Who has left may still ask what is held, and have it erased.
        var path = person is null ? null : "/preferences/" + PersonalPages.Token(context);
        await pages.WriteAsync<MessagePage>(
            context, StatusCodes.Status200OK, view, ("Key", "NotSubscribed"), ("LinkPath", "/"), ("LinkKey", "DeadLink.Link"), ("PersonPath", path));
    }
}
