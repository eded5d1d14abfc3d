using DailyDigest.Accounts;
using DailyDigest.Calendar;
using DailyDigest.Clock;
using DailyDigest.Reporting;
using DailyDigest.Runs;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>Today, the runs of any date, who did not get one, and the acts of an operator.</summary>
internal sealed class RunResource(
    LookAtToday today, ListRunDays listDays, RunStore runs, WatchRuns watch, ListNotSent listNotSent, ExportNotSent export,
    ForeseeAct foresee, OrderRun order)
{
    public void Map(ApiRoutes routes)
    {
        routes.Get("/today", Permission.SeeRuns, "getToday", TodayAsync)
            .Says("Shows today: runs, the next hours, and what needs a person.");
        routes.Get("/runs", Permission.SeeRuns, "listRunDates", DaysAsync).InPages()
            .Says("Lists the local dates that have runs, newest first.", "A page looks at ten dates at most, so it may be empty and "
                + "still have a next one.");
        routes.Get("/runs/{date}", Permission.SeeRuns, "listRuns", ListAsync).InPages().Fails(ApiProblem.NotFound)
            .Says("Lists the runs of a local date.");
        routes.Get("/runs/{date}/{cohort}", Permission.SeeRuns, "getRun", GetAsync).Fails(ApiProblem.NotFound).Says("Shows one run.");
        routes.Get("/runs/{date}/{cohort}/not-sent", Permission.SeeRuns, "listNotSent", NotSentAsync)
            .InPages().Fails(ApiProblem.NotFound)
            .Says("Lists the readers who did not get a run, and why.", "A page looks at 3,000 deliveries, so it may be empty and still "
                + "have a next one. Addresses need a key that may see readers.");
        routes.Get<NoContent>("/runs/{date}/{cohort}/not-sent/file", Permission.SeeReaders, "exportNotSent", ExportAsync)
            .Streams("text/csv").Answers(StatusCodes.Status200OK).Fails(ApiProblem.NotFound)
            .Says("Returns the same as CSV, with everybody.");
        routes.Post<ApiRunAct, ApiRunActed>("/runs/{date}/{cohort}/act", Permission.ChangeRuns, "actOnRun", ActAsync)
            .Versioned().Fails(ApiProblem.NotFound, ApiProblem.NotPossible)
            .Says("Pauses, resumes, retries, cancels a run and so on, or says what would happen.");
    }

    private async Task<ApiAnswer<ApiToday>> TodayAsync(ApiRequest request)
    {
        var report = await today.ExecuteAsync(request.Cancellation);
        return new ApiToday(
            report.Date, [.. report.Runs.Select(ApiRun.Of)],
            [.. report.Next.Select(next => new ApiNextHour(next.Due, next.Cohorts, next.Readers))],
            [.. report.Alerts.Select(alert => new ApiAlert(
                alert.Kind, alert.IsUrgent, alert.Text, alert.Name ?? alert.Run?.Cohort, alert.Run?.Date, alert.Count, alert.At))]);
    }

    private async Task<ApiAnswer<ApiPage<ApiRunDay>>> DaysAsync(ApiRequest request)
    {
        DateOnly? before = LocalDates.TryParse(request.After, out var date) ? date : null;
        var days = await listDays.ExecuteAsync(before, request.Take, request.Cancellation);
        return request.Page(
            days.All.Select(day => new ApiRunDay(day.Date, day.Runs, day.Open, day.Skipped, day.Sent, day.NotSent)), days.Older?.Text());
    }

    private async Task<ApiAnswer<ApiPage<ApiRun>>> ListAsync(ApiRequest request)
    {
        if (!LocalDates.TryParse(request.Route("date"), out var date))
        {
            return ApiProblem.NotFound;
        }

        var (after, take) = (request.After, request.Take);
        var all = (await runs.ListAsync(date, request.Cancellation))
            .Where(run => run.Why != Run.NoReaders && (after is null || string.CompareOrdinal(run.Cohort, after) > 0)).ToList();
        var shown = await watch.ExecuteAsync([.. all.Take(take)], request.Cancellation);
        return request.Page(shown.Select(ApiRun.Of), all.Count > take ? all[take - 1].Cohort : null);
    }

    private async Task<ApiAnswer<ApiRun>> GetAsync(ApiRequest request)
    {
        if (await FindAsync(request) is not { } run)
        {
            return ApiProblem.NotFound;
        }

        var standing = (await watch.ExecuteAsync([run], request.Cancellation))[0];
        return ApiAnswer.Of(ApiRun.Of(standing)).At(standing.Run.ETag ?? "");
    }

    private async Task<ApiAnswer<ApiPage<ApiNotSent>>> NotSentAsync(ApiRequest request)
    {
        if (await FindAsync(request) is not { } run)
        {
            return ApiProblem.NotFound;
        }

        var page = await listNotSent.ExecuteAsync(
            run, request.After, request.Take, request.May(Permission.SeeReaders), request.Cancellation);
        return request.Page(page.Readers.Select(one => new ApiNotSent(
            one.Delivery.SubscriberId, one.Address, one.Delivery.State, one.Delivery.Attempts, one.Delivery.Reason, one.Delivery.Reply,
            one.Delivery.At)), page.Next);
    }

    private async Task<ApiAnswer<NoContent>> ExportAsync(ApiRequest request)
    {
        if (await FindAsync(request) is not { } run)
        {
            return ApiProblem.NotFound;
        }

        await export.ExecuteAsync(request.BeginFile("text/csv; charset=utf-8", "not-sent.csv"), [run], request.Cancellation);
        return NoContent.Now;
    }

    private async Task<ApiAnswer<ApiRunActed>> ActAsync(ApiRequest request, ApiRunAct body)
    {
        if (await FindAsync(request) is not { } run)
        {
            return ApiProblem.NotFound;
        }

        if (body.Trial)
        {
            var outlook = await foresee.ExecuteAsync(run, body.Act, request.Cancellation);
            return outlook.Refusal is { } no ? Refused(no)
                : new ApiRunActed(true, outlook.IsLater, outlook.Readers, ApiTag.Of(run.ETag ?? ""));
        }

        var done = await order.ExecuteAsync(
            request.Actor, run.Date, run.Cohort, body.Act, request.Version ?? run.ETag, request.Cancellation);
        return done.Outcome switch
        {
            OrderOutcome.NotFound => ApiProblem.NotFound,
            OrderOutcome.Changed => ApiProblem.Changed,
            OrderOutcome.Refused => Refused(done.Refusal),
            _ => ApiAnswer.Of(new ApiRunActed(
                false, done.Outcome == OrderOutcome.Later, done.Result?.Readers, ApiTag.Of(done.Run?.ETag ?? "")))
                .At(done.Run?.ETag ?? ""),
        };
    }

    private static ApiFault Refused(RunRefusal? why) => ApiProblem.NotPossible.Because(why switch
    {
        RunRefusal.Ended => "It is closed or was skipped.",
        RunRefusal.Preparing => "It is still being prepared.",
        RunRefusal.AlreadySo => "It is in that state already.",
        RunRefusal.Cancelled => "It was cancelled.",
        RunRefusal.Paused => "It is paused: resume it first.",
        RunRefusal.Held => "It is held after a restore: release or skip it first.",
        RunRefusal.NotHeld => "It is not held after a restore, and nothing in it is held.",
        RunRefusal.Expired => "Its deadline has passed, and its waiting readers expire.",
        RunRefusal.TooOld => "It is more than two days old.",
        RunRefusal.SentLater => "A later digest has its stories.",
        RunRefusal.NoDigest => "Its digest cannot be read.",
        RunRefusal.NotMissed => "It was not missed.",
        _ => "The order before is not carried out yet.",
    });

    private async Task<Run?> FindAsync(ApiRequest request) =>
        LocalDates.TryParse(request.Route("date"), out var date) && Cohort.TryParse(request.Route("cohort"), out var cohort)
            ? await runs.GetAsync(date, cohort.Key, request.Cancellation) : null;
}
