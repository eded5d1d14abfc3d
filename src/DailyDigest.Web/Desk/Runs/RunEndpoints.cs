using DailyDigest.Accounts;
using DailyDigest.Calendar;
using DailyDigest.Clock;
using DailyDigest.Reporting;
using DailyDigest.Runs;

namespace DailyDigest.Web;

/// <summary>The runs of one local date, added up.</summary>
/// <param name="Date">The local date.</param>
/// <param name="Runs">How many runs, without those of cohorts that have no readers.</param>
/// <param name="Open">Runs that are not finished.</param>
/// <param name="Skipped">Runs that were skipped or missed.</param>
/// <param name="Sent">Messages that a relay accepted, of finished runs.</param>
/// <param name="NotSent">Deliveries that ended otherwise, of finished runs.</param>
public sealed record RunDay(DateOnly Date, int Runs, int Open, int Skipped, long Sent, long NotSent);

/// <summary>Some dates, newest first.</summary>
/// <param name="All">The dates that have runs.</param>
/// <param name="Newer">Not null if there are newer dates.</param>
/// <param name="Older">The date before which the next page begins; null if there is none.</param>
/// <param name="Last">The oldest date of which runs are kept.</param>
public sealed record RunDays(IReadOnlyList<RunDay> All, DateOnly? Newer, DateOnly? Older, DateOnly Last);

/// <summary>Today, and the runs of any date: counts, who did not get it and why.</summary>
internal sealed class RunEndpoints(
    LookAtToday today, CurrentRuns current, RunStore runs, WatchRuns watch, ListNotSent listNotSent, ExportNotSent export,
    DeliveryOptions options, SecurityHeaders security, TimeProvider time)
{
    private const int DaysPerPage = 10;
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

        // In zones where it is tomorrow already, tomorrow's runs may have begun.
        var (newest, last) = (current.Today.AddDays(1), current.Today.AddDays(-options.KeepDays));
        var first = LocalDates.TryParse(request.Query("before"), out var before) && before > last && before < newest
            ? before.AddDays(-1) : newest;
        var days = new List<RunDay>();
        var date = first;
        for (var read = 0; read < DaysPerPage && date >= last; read++, date = date.AddDays(-1))
        {
            var all = (await runs.ListAsync(date, request.Cancellation)).Where(run => run.Why != Run.NoReaders).ToList();
            if (all.Count > 0)
            {
                var sent = all.Sum(run => run.Counts.GetValueOrDefault(DeliveryState.Sent));
                days.Add(new RunDay(
                    date, all.Count, all.Count(run => run.IsOpen), all.Count(run => run.State == RunState.Skipped), sent,
                    all.Sum(run => run.Counts.Values.Sum()) - sent));
            }
        }

        await request.PageAsync<RunsPage>(
            ("Days", new RunDays(days, first == newest ? null : first, date < last ? null : date.AddDays(1), last)));
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
