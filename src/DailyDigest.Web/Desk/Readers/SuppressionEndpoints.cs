using DailyDigest.Accounts;
using DailyDigest.Calendar;
using DailyDigest.Mailing;
using DailyDigest.Subscribers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace DailyDigest.Web;

/// <summary>
/// The suppression list: its pages, and adding, removing, importing and exporting entries. An import runs within the request, so a list has
/// the limits of a list of readers.
/// </summary>
internal sealed class SuppressionEndpoints(
    ListSuppressions list, ImportSuppressions import, ExportSuppressions export, RemoveSuppression remove, LookUpReader look,
    SuppressAddress suppress, AddressHash hash, AuditLog audit)
{
    private const string Path = "/desk/readers/suppressions";
    private const int PerPage = 50;
    private const int MaxSource = 200;

    public void Map(GuardedRoutes routes)
    {
        routes.Get(Path, Permission.SeeReaders, request => ListAsync(request, StatusCodes.Status200OK));
        routes.Post("/desk/readers/suppress", Permission.ChangeReaders, AddAsync);
        routes.Post(Path + "/remove", Permission.ChangeReaders, RemoveAsync);
        routes.Upload(Path + "/import", Permission.ChangeReaders, ListFile.MaxForm, ImportAsync);
        routes.Post(Path + "/export", Permission.ChangeReaders, ExportAsync);
    }

    /// <summary>GET /desk/readers/suppressions?after=KEY</summary>
    private async Task ListAsync(
        DeskRequest request, int status, string? fault = null, SuppressionImport? done = null, IReadOnlyList<RefusedRow>? refused = null)
    {
        var after = request.Query("after") is { Length: 64 } key && key.All(char.IsAsciiHexDigitLower) ? key : null;
        var page = await list.ExecuteAsync(after, PerPage, request.Cancellation);
        await request.PageAsync<SuppressionsPage>(
            status, ("Entries", page), ("Next", page.Count == PerPage ? page[^1].Entry.Key : null), ("IsFirst", after is null),
            ("Fault", fault), ("Done", done), ("Refused", refused ?? []), ("Source", Source(request)));
    }

    /// <summary>POST /desk/readers/suppress: stops mail to an address, of a reader or of nobody.</summary>
    private async Task AddAsync(DeskRequest request)
    {
        if (!EmailAddress.TryParse(request.Form.Value("address"), out var address) || Reason(request.Form) is not { } reason)
        {
            await ListAsync(request, StatusCodes.Status422UnprocessableEntity, "Readers.NoAddress");
            return;
        }

        var person = (await look.ExecuteAsync(address.Value, request.Cancellation)).Id;
        await suppress.ExecuteAsync(address, reason, request.Cancellation);
        await audit.WriteAsync(
            request.Actor, "reader.suppress", person ?? hash.Tag(address), null, reason.ToString().ToLowerInvariant(),
            request.Cancellation);
        await request.DoneAsync(Path, "Readers.Done.suppress");
    }

    /// <summary>POST /desk/readers/suppressions/remove: takes an entry off the list. It subscribes nobody.</summary>
    private async Task RemoveAsync(DeskRequest request)
    {
        var removed = await remove.ExecuteAsync(
            request.Form.Value("key") ?? "", request.Caller?.May(Permission.LiftComplaints) == true, request.Cancellation);
        if (removed.Outcome == RemoveSuppressionOutcome.NeedsOwner)
        {
            await ListAsync(request, StatusCodes.Status422UnprocessableEntity, "Suppressions.NeedsOwner");
            return;
        }

        if (removed.Outcome == RemoveSuppressionOutcome.Removed)
        {
            await audit.WriteAsync(
                request.Actor, "address.release", removed.Key![..16], removed.Reason.ToString()!.ToLowerInvariant(), null,
                request.Cancellation);
        }

        await request.DoneAsync(Path, "Suppressions.Removed");
    }

    /// <summary>POST /desk/readers/suppressions/import: a list from elsewhere.</summary>
    private async Task ImportAsync(DeskRequest request)
    {
        var fault = request.File is not { Length: > 0 } ? "Import.NoFile"
            : Source(request) is null || Reason(request.Form) is null ? "Suppressions.NoSource"
            : ListFile.IsTooLarge(request.File) ? "Suppressions.TooLarge" : null;
        if (fault is not null)
        {
            await ListAsync(request, StatusCodes.Status422UnprocessableEntity, fault);
            return;
        }

        var (refused, source) = (new List<RefusedRow>(), Source(request)!);
        var dates = request.Form.Value("dates") switch
        {
            "day-first" => DayMonth.DayFirst,
            "month-first" => DayMonth.MonthFirst,
            _ => DayMonth.Unknown,
        };
        var report = await import.ExecuteAsync(
            new MemoryStream(request.File!, writable: false), new SuppressionDefaults(Reason(request.Form)!.Value, source, dates),
            dryRun: false, refused.Add, null, request.Cancellation);
        if (report.Rows > 0)
        {
            await audit.WriteAsync(
                request.Actor, "address.import", source, null, SuppressionResource.Words(report), request.Cancellation);
        }

        await ListAsync(
            request, report.Fault is null && report.Refused == 0 ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity,
            done: report, refused: refused);
    }

    /// <summary>POST /desk/readers/suppressions/export: the list as CSV, with hashes and without addresses.</summary>
    private async Task ExportAsync(DeskRequest request)
    {
        await audit.WriteAsync(request.Actor, "address.export", "all", null, null, request.Cancellation);
        var response = request.Context.Response;
        response.ContentType = "text/csv; charset=utf-8";
        response.Headers.ContentDisposition = "attachment; filename=\"suppressions.csv\"";
        response.Headers.CacheControl = "no-store";
        await export.ExecuteAsync(response.Body, withAddresses: false, request.Cancellation);
    }

    private static string? Source(DeskRequest request) => request.Form.Value("source")?.Trim() is { Length: > 0 and <= MaxSource } source
        && !source.Any(char.IsControl) ? source : null;

    /// <summary>The reason that a form names; null for none.</summary>
    public static Suppression? Reason(Dictionary<string, StringValues> form) => form.Value("reason") switch
    {
        "unsubscribed" => Suppression.Unsubscribed,
        "bounced" => Suppression.Bounced,
        "complained" => Suppression.Complained,
        "blocked" => Suppression.Blocked,
        _ => null,
    };
}
