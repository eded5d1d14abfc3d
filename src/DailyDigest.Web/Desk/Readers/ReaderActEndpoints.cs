using System.Globalization;
using DailyDigest.Accounts;
using DailyDigest.Subscribers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace DailyDigest.Web;

/// <summary>The acts on readers: forms that carry the version which the operator saw.</summary>
internal sealed class ReaderActEndpoints(
    ActOnReader acts, ReaderEndpoints readers, CollectPersonalData collect, ExportSubscribers export, AuditLog audit)
{
    public void Map(GuardedRoutes routes)
    {
        Act(routes, "pause", form => new ReaderAct.Pause(form.Value("until")));
        Act(routes, "resume", _ => new ReaderAct.Resume());
        Act(routes, "wake", _ => new ReaderAct.Wake());
        Act(routes, "leave", _ => new ReaderAct.Leave());
        Act(routes, "restore", _ => new ReaderAct.Restore());
        Act(routes, "resend", _ => new ReaderAct.Resend());
        Act(routes, "change", form => new ReaderAct.Change(Wanted(form)));
        Act(routes, "suppress", form => SuppressionEndpoints.Reason(form) is { } reason ? new ReaderAct.Suppress(reason) : null);
        Act(routes, "erase", form => new ReaderAct.Erase(form.Value("address")));
        routes.Post("/desk/readers/{id}/data", Permission.ChangeReaders, DataAsync);
        routes.Post("/desk/readers/export", Permission.ChangeReaders, ExportAsync);
    }

    private void Act(GuardedRoutes routes, string name, Func<Dictionary<string, StringValues>, ReaderAct?> read) =>
        routes.Post($"/desk/readers/{{id}}/{name}", Permission.ChangeReaders, request => ActAsync(request, name, read(request.Form)));

    private async Task ActAsync(DeskRequest request, string name, ReaderAct? act)
    {
        var (id, path) = (request.Route("id"), "/desk/readers/" + request.Route("id"));
        if (!SubscriberStore.IsId(id))
        {
            await ReaderEndpoints.NotFoundAsync(request);
            return;
        }

        // A form without a version is not one of ours.
        var seen = long.TryParse(request.Form.Value("version"), NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? version : 0;
        var result = act is null ? new ReaderActResult(ReaderActOutcome.NotUnderstood)
            : await acts.ExecuteAsync(id, act, seen, request.Cancellation);
        switch (result.Outcome)
        {
            case ReaderActOutcome.Done:
                await audit.WriteAsync(request.Actor, act!.Verb, id, result.Before, result.After, request.Cancellation);
                await request.DoneAsync(act is ReaderAct.Erase ? "/desk/readers" : path, "Reader.Done." + name);
                return;

            case ReaderActOutcome.NotFound:
                await ReaderEndpoints.NotFoundAsync(request);
                return;

            case ReaderActOutcome.Changed:
                await request.ChangedAsync(path);
                return;

            default:
                await readers.ShowAsync(request, StatusCodes.Status422UnprocessableEntity, name, result.Outcome);
                return;
        }
    }

    /// <summary>POST /desk/readers/{id}/data: everything that is stored about the person, as a file.</summary>
    private async Task DataAsync(DeskRequest request)
    {
        var id = request.Route("id");
        if (!SubscriberStore.IsId(id) || await collect.ExecuteAsync(id, request.Cancellation) is not { } data)
        {
            await ReaderEndpoints.NotFoundAsync(request);
            return;
        }

        await audit.WriteAsync(request.Actor, "reader.data", id, null, null, request.Cancellation);
        request.Context.Response.Headers.ContentDisposition = $"attachment; filename=\"reader-{id[..10]}.json\"";
        await Problem.WriteJsonAsync(request.Context, StatusCodes.Status200OK, data, options: Problem.ForPeople);
    }

    /// <summary>POST /desk/readers/export: all readers as CSV.</summary>
    private async Task ExportAsync(DeskRequest request)
    {
        await audit.WriteAsync(request.Actor, "reader.export", "all", null, null, request.Cancellation);
        var response = request.Context.Response;
        response.ContentType = "text/csv; charset=utf-8";
        response.Headers.ContentDisposition = "attachment; filename=\"readers.csv\"";
        response.Headers.CacheControl = "no-store";
        await export.ExecuteAsync(response.Body, null, request.Cancellation);
    }

    private static Preferences Wanted(Dictionary<string, StringValues> form) => new(
        form.Value("zone"),
        int.TryParse(form.Value("hour"), NumberStyles.None, CultureInfo.InvariantCulture, out var hour) ? hour : -1,
        form.Value("rhythm"), form.Value("language"),
        form.ContainsKey("sections") ? [.. form.GetValueOrDefault("section").OfType<string>()] : null);
}
