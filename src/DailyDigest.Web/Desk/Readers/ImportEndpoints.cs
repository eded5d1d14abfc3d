using System.Globalization;
using System.Security.Cryptography;
using DailyDigest.Accounts;
using DailyDigest.Calendar;
using DailyDigest.Subscribers;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>A trial run of an import.</summary>
/// <param name="Report">The report of an import that was not done.</param>
/// <param name="Refused">The lines that it would refuse.</param>
/// <param name="Content">The file, for the form that imports it.</param>
/// <param name="Name">The name of the file; null for none.</param>
public sealed record ImportTrial(ImportReport Report, IReadOnlyList<RefusedRow> Refused, string Content, string? Name);

/// <summary>
/// Imports lists of readers. The import runs within the request, so a list has a limit; the command line has none. The page of a trial run
/// carries the file, so nothing of it is stored before the import.
/// </summary>
internal sealed class ImportEndpoints(
    ImportSubscribers import, ListImports list, ShowImport show, ExportRefused export, AuditLog audit)
{
    private const int MaxSource = 200;
    private const int MaxListed = 50;

    public void Map(GuardedRoutes routes)
    {
        routes.Get("/desk/readers/import", Permission.ChangeReaders, request => ListAsync(request, StatusCodes.Status200OK));
        routes.Upload("/desk/readers/import/try", Permission.ChangeReaders, ListFile.MaxForm, TryAsync);
        routes.Upload("/desk/readers/import", Permission.ChangeReaders, ListFile.MaxForm, ImportAsync);
        routes.Get("/desk/readers/import/{file}", Permission.ChangeReaders, ShowAsync);
        routes.Get("/desk/readers/import/{file}/refused.csv", Permission.ChangeReaders, RefusedAsync);
    }

    private async Task ListAsync(DeskRequest request, int status, string? fault = null, ImportTrial? trial = null) =>
        await request.PageAsync<ImportPage>(
            status, ("Imports", await list.ExecuteAsync(MaxListed, request.Cancellation)), ("Fault", fault), ("Trial", trial),
            ("Source", Source(request)), ("Dates", request.Form.Value("dates")));

    /// <summary>POST /desk/readers/import/try: says what an import would do. Writes nothing.</summary>
    private Task TryAsync(DeskRequest request) => WithFileAsync(request, async (bytes, source) =>
    {
        var (report, refused) = await RunAsync(bytes, source, dryRun: true, request);
        await (report.Fault is not null && report.Rows == 0
            ? ListAsync(request, StatusCodes.Status422UnprocessableEntity, report.Fault)
            : ListAsync(request, StatusCodes.Status200OK, trial: new ImportTrial(report, refused, ListFile.Pack(bytes), Name(request))));
    });

    /// <summary>POST /desk/readers/import: imports. Sent again, it continues where it stopped.</summary>
    private Task ImportAsync(DeskRequest request) => WithFileAsync(request, async (bytes, source) =>
    {
        var (report, _) = await RunAsync(bytes, source, dryRun: false, request);
        if (report.Fault is not null && report.Rows == 0)
        {
            await ListAsync(request, StatusCodes.Status422UnprocessableEntity, report.Fault);
            return;
        }

        var file = Convert.ToHexStringLower(SHA256.HashData(bytes));
        await audit.WriteAsync(request.Actor, "reader.import", file, null, Words(report), request.Cancellation);
        await request.DoneAsync("/desk/readers/import/" + file, "Import.Done");
    });

    /// <summary>GET /desk/readers/import/{file}: what became of an import.</summary>
    private async Task ShowAsync(DeskRequest request)
    {
        if (await show.ExecuteAsync(request.Route("file"), request.Cancellation) is not { } found)
        {
            await request.NotFoundAsync();
            return;
        }

        await request.PageAsync<ImportedPage>(("Import", found.Import), ("Refused", found.Refused));
    }

    /// <summary>GET /desk/readers/import/{file}/refused.csv</summary>
    private async Task RefusedAsync(DeskRequest request)
    {
        if (await show.ExecuteAsync(request.Route("file"), request.Cancellation) is not { } found)
        {
            await request.NotFoundAsync();
            return;
        }

        var response = request.Context.Response;
        response.ContentType = "text/csv; charset=utf-8";
        response.Headers.ContentDisposition = "attachment; filename=\"refused.csv\"";
        response.Headers.CacheControl = "no-store";
        await export.ExecuteAsync(response.Body, found.Import.File, request.Cancellation);
    }

    private async Task WithFileAsync(DeskRequest request, Func<byte[], string, Task> act)
    {
        var bytes = request.File is { Length: > 0 } file ? file : ListFile.Unpack(request.Form.Value("content"));
        var fault = bytes is null or { Length: 0 } ? "Import.NoFile"
            : Source(request) is null ? "Import.NoSource"
            : ListFile.IsTooLarge(bytes) ? "Import.TooLarge" : null;
        await (fault is null ? act(bytes!, Source(request)!) : ListAsync(request, StatusCodes.Status422UnprocessableEntity, fault));
    }

    private async Task<(ImportReport Report, IReadOnlyList<RefusedRow> Refused)> RunAsync(
        byte[] bytes, string source, bool dryRun, DeskRequest request)
    {
        var refused = new List<RefusedRow>();
        var dates = request.Form.Value("dates") switch
        {
            "day-first" => DayMonth.DayFirst,
            "month-first" => DayMonth.MonthFirst,
            _ => DayMonth.Unknown,
        };
        var report = await import.ExecuteAsync(
            new MemoryStream(bytes, writable: false), source, dryRun, refused.Add, null, request.Cancellation, dates, Name(request));
        return (report, refused);
    }

    private static string? Name(DeskRequest request) => request.FileName ?? request.Form.Value("name");

    private static string? Source(DeskRequest request) => request.Form.Value("source")?.Trim() is { Length: > 0 and <= MaxSource } source
        && !source.Any(char.IsControl) ? source : null;

    private static string Words(ImportReport report) => string.Create(
        CultureInfo.InvariantCulture,
        $"{report.Rows} rows: {report.Added} added, {report.Known} subscribed before, {report.Refused} refused");
}
