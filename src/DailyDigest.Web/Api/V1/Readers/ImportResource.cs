using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DailyDigest.Accounts;
using DailyDigest.Calendar;
using DailyDigest.Subscribers;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>Imports of lists of readers, with the limits of the desk. A list that is sent again continues where it stopped.</summary>
internal sealed class ImportResource(
    ImportSubscribers import, ListImports list, ShowImport show, ExportRefused export, AuditLog audit)
{
    private const int MaxSource = 200;
    private const int MaxShown = 100;
    private const int MaxListed = 200;

    public void Map(ApiRoutes routes)
    {
        routes.Post<ApiImportList, ApiImport>("/imports", Permission.ChangeReaders, "importReaders", ImportAsync)
            .UpTo(ListFile.MaxForm).Fails(ApiProblem.TooLarge)
            .Says("Imports a list of readers, or tries it.", "It never subscribes people who left, complained, bounced, were blocked or "
                + "erased here. Exports of Mailchimp, Substack, Ghost, listmonk, Buttondown and MailPoet are recognised. A larger list "
                + "belongs on the command line.");
        routes.Get("/imports", Permission.ChangeReaders, "listImports", ListAsync)
            .Says("Lists the last 200 imports, newest first.");
        routes.Get("/imports/{id}", Permission.ChangeReaders, "getImport", GetAsync).Fails(ApiProblem.NotFound)
            .Says("Shows one import.");
        routes.Get<NoContent>("/imports/{id}/refused", Permission.ChangeReaders, "exportRefusedLines", RefusedAsync)
            .Fails(ApiProblem.NotFound).Streams("text/csv").Answers(StatusCodes.Status200OK)
            .Says("Returns the refused lines of an import as CSV.");
    }

    private async Task<ApiAnswer<ApiImport>> ImportAsync(ApiRequest request, ApiImportList body)
    {
        var bytes = Encoding.UTF8.GetBytes(body.Csv);
        var source = body.Source.Trim();
        if (source.Length is 0 or > MaxSource || source.Any(char.IsControl))
        {
            return ApiProblem.Of("source", "must be a text of 1 to 200 characters");
        }

        if (ListFile.IsTooLarge(bytes))
        {
            return ApiProblem.TooLarge.Because("A list has at most 10,000 lines and 2 MB. Use the command line for a larger one.");
        }

        var refused = new List<RefusedRow>();
        using var csv = new MemoryStream(bytes, writable: false);
        var report = await import.ExecuteAsync(
            csv, source, body.Trial, refused.Add, null, request.Cancellation, body.Dates ?? DayMonth.Unknown, body.Name);
        if (report is { Fault: { } fault, Rows: 0 })
        {
            return new ApiFault(ApiProblem.Invalid, fault, ["csv: cannot be read"]);
        }

        var file = Convert.ToHexStringLower(SHA256.HashData(bytes));
        if (!body.Trial)
        {
            await audit.WriteAsync(request.Actor, "reader.import", file, null, string.Create(
                CultureInfo.InvariantCulture,
                $"{report.Rows} rows: {report.Added} added, {report.Known} subscribed before, {report.Refused} refused"),
                request.Cancellation);
        }

        return new ApiImport(
            file, body.Trial, report.Rows, report.Added, report.Known, report.Refused, report.Inactive, report.LeftOut, report.Repeated,
            report.Fault, report.Letters?.Assumption, report.Service, [.. report.Columns.Take(MaxShown).Select(ApiListColumn.Of)],
            report.Notes, [.. report.States.Take(MaxShown).Select(ApiListState.Of)],
            [.. refused.Take(MaxShown).Select(row => new ApiRefusedLine(row.Line, row.Reason))]);
    }

    private async Task<ApiAnswer<ApiPage<ApiPastImport>>> ListAsync(ApiRequest request) =>
        request.Page((await list.ExecuteAsync(MaxListed, request.Cancellation)).Select(ApiPastImport.Of), null);

    private async Task<ApiAnswer<ApiPastImport>> GetAsync(ApiRequest request) =>
        await show.ExecuteAsync(request.Route("id"), request.Cancellation) is { } found
            ? ApiPastImport.Of(found.Import) : ApiProblem.NotFound;

    private async Task<ApiAnswer<NoContent>> RefusedAsync(ApiRequest request)
    {
        if (await show.ExecuteAsync(request.Route("id"), request.Cancellation) is not { } found)
        {
            return ApiProblem.NotFound;
        }

        await export.ExecuteAsync(
            request.BeginFile("text/csv; charset=utf-8", "refused.csv"), found.Import.File, request.Cancellation);
        return NoContent.Now;
    }
}
