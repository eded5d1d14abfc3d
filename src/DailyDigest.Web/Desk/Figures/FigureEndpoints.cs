using System.Globalization;
using DailyDigest.Accounts;
using DailyDigest.Reporting;

namespace DailyDigest.Web;

/// <summary>The page of figures, and its tables as CSV.</summary>
internal sealed class FigureEndpoints(ReadFigures figures)
{
    private const int UsualDays = 30;

    public void Map(GuardedRoutes routes)
    {
        routes.Get("/desk/figures", Permission.SeeFigures, ShowAsync);
        routes.Get("/desk/figures/days.csv", Permission.SeeFigures, request => ExportAsync(request, FiguresBy.Day));
        routes.Get("/desk/figures/domains.csv", Permission.SeeFigures, request => ExportAsync(request, FiguresBy.Domain));
        routes.Get("/desk/figures/feeds.csv", Permission.SeeFigures, request => ExportAsync(request, FiguresBy.Feed));
    }

    private async Task ShowAsync(DeskRequest request)
    {
        var days = DaysOf(request);
        var report = await figures.ExecuteAsync(days, request.Cancellation);
        await request.PageAsync<FiguresPage>(("Page", new FigurePage(report, days)));
    }

    private async Task ExportAsync(DeskRequest request, FiguresBy by)
    {
        var days = DaysOf(request);
        using var csv = new MemoryStream();
        await ExportFigures.ExecuteAsync(csv, await figures.ExecuteAsync(days, request.Cancellation), by, request.Cancellation);
        var name = string.Create(CultureInfo.InvariantCulture, $"figures-{by.ToString().ToLowerInvariant()}-{days}.csv");
        var response = request.Context.Response;
        (response.ContentType, response.ContentLength) = ("text/csv; charset=utf-8", csv.Length);
        response.Headers.ContentDisposition = $"attachment; filename=\"{name}\"";
        response.Headers.CacheControl = "no-store";
        await response.Body.WriteAsync(csv.ToArray(), request.Cancellation);
    }

    private static int DaysOf(DeskRequest request) =>
        int.TryParse(request.Query("days"), NumberStyles.None, CultureInfo.InvariantCulture, out var days)
            && days is >= 1 and <= ReadFigures.MaxDays ? days : UsualDays;
}
