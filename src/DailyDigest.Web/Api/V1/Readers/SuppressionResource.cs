using System.Globalization;
using System.Text;
using DailyDigest.Accounts;
using DailyDigest.Calendar;
using DailyDigest.Mailing;
using DailyDigest.Subscribers;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>The suppression list. An address is never a part of a URL.</summary>
internal sealed class SuppressionResource(
    ListSuppressions list, ImportSuppressions import, ExportSuppressions export, RemoveSuppression remove, FindSubscriber find,
    SuppressAddress suppress, AddressHash hash, AuditLog audit)
{
    private const int MaxSource = 200;
    private const int MaxShown = 100;

    public void Map(ApiRoutes routes)
    {
        routes.Get("/suppressions", Permission.SeeReaders, "listSuppressions", ListAsync).InPages()
            .Says("Lists the addresses that get no mail.", "In the order of their ids, which are random.");
        routes.Post<ApiSuppressAddress, NoContent>("/suppressions", Permission.ChangeReaders, "suppressAddress", SuppressAsync)
            .Says("Stops all mail to an address, of a reader or of nobody.");
        routes.Delete("/suppressions/{id}", Permission.ChangeReaders, "removeSuppression", RemoveAsync)
            .Fails(ApiProblem.NotFound, ApiProblem.NotPossible)
            .Says("Takes an entry off the list.", "It subscribes nobody. Only an owner removes the entry of a reader who complained.");
        routes.Post<ApiImportSuppressions, ApiSuppressionImport>(
                "/suppressions/import", Permission.ChangeReaders, "importSuppressions", ImportAsync)
            .UpTo(ListFile.MaxForm).Fails(ApiProblem.TooLarge)
            .Says("Imports a suppression list of addresses or hashes, or tries it.", "The subscriptions of these people end. Of an export "
                + "of a mailing service only those who left are taken, with the reason in the list. A list with hashes reads every reader "
                + "once. A larger list belongs on the command line.");
        routes.Post<NoContent>("/suppressions/export", Permission.ChangeReaders, "exportSuppressions", ExportAsync).Streams("text/csv")
            .Answers(StatusCodes.Status200OK)
            .Says("Returns the list as CSV, with the SHA-256 of addresses that are stored.", "It is recorded.");
    }

    private async Task<ApiAnswer<ApiPage<ApiSuppression>>> ListAsync(ApiRequest request)
    {
        var page = await list.ExecuteAsync(request.After, request.Take, request.Cancellation);
        return request.Page(page.Select(ApiSuppression.Of), page.Count == request.Take ? page[^1].Entry.Key : null);
    }

    private async Task<ApiAnswer<NoContent>> SuppressAsync(ApiRequest request, ApiSuppressAddress body)
    {
        if (!EmailAddress.TryParse(body.Address, out var address))
        {
            return ApiProblem.Of("address", "is no e-mail address");
        }

        var person = (await find.ExecuteAsync(address, request.Cancellation)).Subscriber;
        await suppress.ExecuteAsync(address, (Suppression)body.Reason, request.Cancellation);
        await audit.WriteAsync(
            request.Actor, "reader.suppress", person?.Id ?? hash.Tag(address), null, body.Reason.ToString().ToLowerInvariant(),
            request.Cancellation);
        return NoContent.Now;
    }

    private async Task<ApiAnswer<NoContent>> RemoveAsync(ApiRequest request)
    {
        var removed = await remove.ExecuteAsync(
            request.Route("id"), request.May(Permission.LiftComplaints), request.Cancellation);
        if (removed.Outcome != RemoveSuppressionOutcome.Removed)
        {
            return removed.Outcome == RemoveSuppressionOutcome.NotFound ? ApiProblem.NotFound
                : ApiProblem.NotPossible.Because("The reader complained or was erased: only an owner may remove the entry.");
        }

        await audit.WriteAsync(
            request.Actor, "address.release", removed.Key![..16], removed.Reason.ToString()!.ToLowerInvariant(), null,
            request.Cancellation);
        return NoContent.Now;
    }

    private async Task<ApiAnswer<ApiSuppressionImport>> ImportAsync(ApiRequest request, ApiImportSuppressions body)
    {
        var (bytes, source) = (Encoding.UTF8.GetBytes(body.Csv), body.Source.Trim());
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
        var reason = (Suppression)(body.Reason ?? ApiSuppressReason.Unsubscribed);
        var report = await import.ExecuteAsync(
            csv, new SuppressionDefaults(reason, source, body.Dates ?? DayMonth.Unknown), body.Trial, refused.Add, null,
            request.Cancellation);
        if (report is { Fault: { } fault, Rows: 0 })
        {
            return new ApiFault(ApiProblem.Invalid, fault, ["csv: cannot be read"]);
        }

        if (!body.Trial)
        {
            await audit.WriteAsync(request.Actor, "address.import", source, null, Words(report), request.Cancellation);
        }

        return new ApiSuppressionImport(
            body.Trial, report.Rows, report.Added, report.Known, report.Ended, report.Newer, report.Refused, report.Service,
            report.NotLeft, report.Fault,
            [.. refused.Take(MaxShown).Select(row => new ApiRefusedLine(row.Line, row.Reason))]);
    }

    private async Task<ApiAnswer<NoContent>> ExportAsync(ApiRequest request)
    {
        await audit.WriteAsync(request.Actor, "address.export", "all", null, null, request.Cancellation);
        await export.ExecuteAsync(
            request.BeginFile("text/csv; charset=utf-8", "suppressions.csv"), withAddresses: false, request.Cancellation);
        return NoContent.Now;
    }

    /// <summary>The result of an import, for the audit.</summary>
    public static string Words(SuppressionImport report) => string.Create(
        CultureInfo.InvariantCulture,
        $"{report.Rows} rows: {report.Added} added, {report.Known} known, {report.Refused} refused; {report.Ended} subscriptions ended");
}
