using DailyDigest.Accounts;
using DailyDigest.Clock;
using DailyDigest.Runs;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>The acts of an operator on a run. A page says what will happen before it does.</summary>
internal sealed class RunActEndpoints(RunStore runs, ForeseeAct foresee, OrderRun order)
{
    private const string Path = "/desk/runs/{date}/{cohort}/{act}";

    // By name only: Enum.TryParse would also take numbers.
    private static readonly Dictionary<string, RunAct> Acts =
        Enum.GetValues<RunAct>().ToDictionary(act => act.ToString().ToLowerInvariant(), StringComparer.Ordinal);

    public void Map(GuardedRoutes routes)
    {
        routes.Get(Path, Permission.ChangeRuns, ShowAsync);
        routes.Post(Path, Permission.ChangeRuns, ActAsync);
    }

    private async Task ShowAsync(DeskRequest request)
    {
        if (Act(request) is not { } act || await RunEndpoints.FindAsync(runs, request) is not { } run)
        {
            await request.NotFoundAsync();
            return;
        }

        var outlook = await foresee.ExecuteAsync(run, act, request.Cancellation);
        await request.PageAsync<RunActPage>(
            outlook.Refusal is null ? StatusCodes.Status200OK : StatusCodes.Status409Conflict, ("Run", run), ("Outlook", outlook));
    }

    private async Task ActAsync(DeskRequest request)
    {
        if (Act(request) is not { } act || await RunEndpoints.FindAsync(runs, request) is not { } run)
        {
            await request.NotFoundAsync();
            return;
        }

        var ordered = await order.ExecuteAsync(
            request.Actor, run.Date, run.Cohort, act, request.Form.Value("version"), request.Cancellation);
        var (path, words) = (RunWords.Path(run), new RunWords(request.View));
        await (ordered switch
        {
            { Outcome: OrderOutcome.NotFound } => request.NotFoundAsync(),
            { Outcome: OrderOutcome.Changed } => request.ChangedAsync(path),
            { Outcome: OrderOutcome.Refused } => request.FaultAsync(path, "Runs.Refusal." + ordered.Refusal),
            { Outcome: OrderOutcome.Later } => request.DoneAsync(path, "Runs.Later"),
            { Result: { Busy: > 0 } result } => request.DoneAsync(
                path, "Runs.Done.Busy", words.Number(result.Readers), words.Number(result.Busy)),
            { Result: { } result } => request.DoneAsync(path, "Runs.Done.Task", words.Number(result.Readers)),
            _ => request.DoneAsync(path, "Runs.Done." + act),
        });
    }

    private static RunAct? Act(DeskRequest request) => Acts.TryGetValue(request.Route("act"), out var act) ? act : null;
}
