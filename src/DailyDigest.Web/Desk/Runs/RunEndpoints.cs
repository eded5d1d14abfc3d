using DailyDigest.Accounts;
using DailyDigest.Calendar;
using DailyDigest.Clock;
using DailyDigest.Reporting;
using DailyDigest.Runs;

namespace DailyDigest.Web;

/// <summary>Today, and the runs of any date: counts, who did not get it and why.</summary>
internal sealed class RunEndpoints(
    LookAtToday today, ListRunDays listDays, RunStore runs, WatchRuns watch, ListNotSent listNotSent, ExportNotSent export,
    SecurityHeaders security, TimeProvider time)
{
    private const int RunsPerPage = 100;
    private const int ReadersPerPage = 50;

    public void Map(GuardedRoutes routes)
    {
        routes.Get("/desk/today", Permission.SeeRuns, TodayAsync);
        routes.Get("/desk/runs", Permission.SeeRuns, DaysAsync);
        routes.Get("/desk/runs/{date}", Permission.SeeRuns, DateAsync);
        routes.Get("/desk/runs/{date}/{cohort}", Permission.SeeRuns, RunAsync);
        routes.Get("/desk/runs/{date}/{cohort}/not-sent.csv", Permission.SeeReaders, ExportAsync);
    }

    /// <summary>The run that the path names; null if there is none.</summary>
    public static async Task<Run?> FindAsync(RunStore runs, DeskRequest request) =>
        LocalDates.TryParse(request.Route("date"), out var date) && Cohort.TryParse(request.Route("cohort"), out var cohort)
            ? await runs.GetAsync(date, cohort.Key, request.Cancellation) : null;

    private async Task TodayAsync(DeskRequest request)
    {
        var report = await today.ExecuteAsync(request.Cancellation);
        await LiveAsync<TodayPage>(request, ("Report", report));
    }

    /// <summary>GET /desk/runs?before=DATE: the dates before that one. With ?date=DATE: shows that date.</summary>
    private async Task DaysAsync(DeskRequest request)
    {
        if (request.Query("date") is { } wanted)
        {
            await (LocalDates.TryParse(wanted, out var one) ? request.RedirectAsync("/desk/runs/" + one.Text()) : request.NotFoundAsync());
            return;
        }

        DateOnly? before = LocalDates.TryParse(request.Query("before"), out var date) ? date : null;
        await request.PageAsync<RunsPage>(("Days", await listDays.ExecuteAsync(before, ListRunDays.MaxDays, request.Cancellation)));
    }

    private async Task DateAsync(DeskRequest request)
    {
        if (!LocalDates.TryParse(request.Route("date"), out var date))
        {
            await request.NotFoundAsync();
            return;
        }

        var after = request.Query("after");
        var all = (await runs.ListAsync(date, request.Cancellation))
            .Where(run => run.Why != Run.NoReaders && (after is null || string.CompareOrdinal(run.Cohort, after) > 0)).ToList();
        var shown = all.Take(RunsPerPage).ToList();
        await LiveAsync<RunDatePage>(
            request, ("Date", date), ("Runs", await watch.ExecuteAsync(shown, request.Cancellation)),
            ("Next", all.Count > RunsPerPage ? shown[^1].Cohort : null));
    }

    private async Task RunAsync(DeskRequest request)
    {
        if (await FindAsync(runs, request) is not { } run)
        {
            await request.NotFoundAsync();
            return;
        }

        var after = request.Query("after") is { } cursor && ListNotSent.IsId(cursor) ? cursor : null;
        var standing = (await watch.ExecuteAsync([run], request.Cancellation))[0];

        // A closed run that reached everybody has nothing to read.
        var notSent = run.State == RunState.Open || standing.NotSent > 0
            ? await listNotSent.ExecuteAsync(
                run, after, ReadersPerPage, request.View.May(Permission.SeeReaders), request.Cancellation)
            : run.State == RunState.Closed ? new NotSentPage([], null) : null;
        await LiveAsync<RunPage>(
            request, ("One", standing), ("NotSent", notSent),
            ("Acts", request.View.May(Permission.ChangeRuns) ? RunActs.Of(run, time.GetUtcNow()) : []));
    }

    /// <summary>Every reader who did not get it, as CSV. It is read while it is written.</summary>
    private async Task ExportAsync(DeskRequest request)
    {
        if (await FindAsync(runs, request) is not { } run)
        {
            await request.NotFoundAsync();
            return;
        }

        var response = request.Context.Response;
        response.ContentType = "text/csv; charset=utf-8";
        response.Headers.ContentDisposition = $"attachment; filename=\"not-sent-{run.Date.Text()}.csv\"";
        response.Headers.CacheControl = "no-store";
        await export.ExecuteAsync(response.Body, [run], request.Cancellation);
    }

    private Task LiveAsync<TPage>(DeskRequest request, params (string Name, object? Value)[] parameters)
        where TPage : Microsoft.AspNetCore.Components.IComponent
    {
        request.Context.Response.Headers.ContentSecurityPolicy = security.LivePolicy;
        return request.PageAsync<TPage>(parameters);
    }
}
