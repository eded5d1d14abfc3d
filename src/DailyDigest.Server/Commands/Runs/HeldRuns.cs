using DailyDigest.Calendar;
using DailyDigest.Clock;
using DailyDigest.Runs;

namespace DailyDigest.Server.Commands;

/// <summary>Releases runs that are held after a restore.</summary>
internal sealed class HeldRuns(IServiceProvider services, Terminal terminal)
{
    /// <summary>Releases those of the runs that wait for an operator's decision. Returns them.</summary>
    public async Task<IReadOnlyList<Run>> ReleaseAsync(IReadOnlyList<Run> chosen, bool dryRun, CancellationToken cancellationToken)
    {
        var today = DateOnly.FromDateTime(services.GetRequiredService<TimeProvider>().GetUtcNow().UtcDateTime);
        var held = chosen.Where(run => run.IsUndecided).ToList();
        foreach (var run in held)
        {
            if (run.Date < today.AddDays(-Run.MaxDaysBack))
            {
                await terminal.LineAsync($"{ChosenRuns.Name(run)}: too old to be sent; run skip --date {run.Date.Text()} ends it");
                continue;
            }

            if (dryRun)
            {
                await terminal.LineAsync($"{ChosenRuns.Name(run)}: held after a restore, and would be sent");
                continue;
            }

            var released = await services.GetRequiredService<SteerRun>().ExecuteAsync(
                run.Date, run.Cohort, RunOrder.Release, cancellationToken);
            if (released is { Obeyed: true, Run.State: RunState.Preparing } && Cohort.TryParse(run.Cohort, out var cohort))
            {
                await services.GetRequiredService<StartRun>().ExecuteAsync(cohort, run.Date, run.Due, cancellationToken);
            }

            await services.AuditAsync("run.release", $"{run.Date.Text()} {run.Cohort}", null, null, cancellationToken);
            await terminal.LineAsync(
                $"{ChosenRuns.Name(run)}: {(released?.Obeyed == true ? "released" : "ended before the order reached it")}");
        }

        return held;
    }
}
