using DailyDigest.Accounts;
using DailyDigest.Calendar;
using DailyDigest.Repair;
using DailyDigest.Runs;
using DailyDigest.Storage;

namespace DailyDigest.Clock;

/// <summary>The outcome of an operator's act.</summary>
public enum OrderOutcome
{
    /// <summary>It is done.</summary>
    Done,

    /// <summary>It is stored, and the next tick carries it out, within a minute.</summary>
    Later,

    /// <summary>The run was changed since the operator saw it. Nothing was changed.</summary>
    Changed,

    /// <summary>There is no such run.</summary>
    NotFound,

    /// <summary>The run does not allow it. Nothing was changed.</summary>
    Refused,
}

/// <summary>The result of an operator's act.</summary>
/// <param name="Outcome">Done, later, or why not.</param>
/// <param name="Run">The run as stored; null if there is none.</param>
/// <param name="Refusal">Why it was refused; null otherwise.</param>
public sealed record OrderedRun(OrderOutcome Outcome, Run? Run, RunRefusal? Refusal = null)
{
    /// <summary>For work on deliveries that is done: how many readers.</summary>
    public RunTaskResult? Result { get; init; }
}

/// <summary>
/// Carries out what an operator decided about a run that they looked at. If somebody has changed it since, nothing happens. The work on
/// the deliveries of a large run is left to the sweep, so this returns soon. Messages are sent and withheld by the workers.
/// </summary>
public sealed class OrderRun(
    RunStore runs, SteerRun steerRun, ForeseeAct foresee, CarryOutTask carryOut, ReopenMissed reopen, AuditLog audit,
    TimeProvider time)
{
    /// <summary>Carries out the act, and records it.</summary>
    /// <param name="actor">Who.</param>
    /// <param name="date">The run's local date.</param>
    /// <param name="cohort">The cohort's key, as it came.</param>
    /// <param name="act">What.</param>
    /// <param name="version">The version of the run that the operator saw.</param>
    /// <param name="cancellationToken">Stops it. The sweep completes a stored order.</param>
    public async Task<OrderedRun> ExecuteAsync(
        Actor actor, DateOnly date, string cohort, RunAct act, string? version, CancellationToken cancellationToken)
    {
        if (!Cohort.TryParse(cohort, out var known) || known.Key != cohort
            || await runs.GetAsync(date, cohort, cancellationToken) is not { } run)
        {
            return new OrderedRun(OrderOutcome.NotFound, null);
        }

        if (run.ETag != version)
        {
            return new OrderedRun(OrderOutcome.Changed, run);
        }

        if (await foresee.RefusalAsync(run, act, cancellationToken) is { } refusal)
        {
            return new OrderedRun(OrderOutcome.Refused, run, refusal);
        }

        var ordered = act switch
        {
            RunAct.Pause => await SteerAsync(run, RunOrder.Pause, cancellationToken),
            RunAct.Resume => await SteerAsync(run, RunOrder.Resume, cancellationToken),
            RunAct.Cancel => await SteerAsync(run, RunOrder.Cancel, cancellationToken),
            RunAct.Skip => await SteerAsync(run, RunOrder.Skip, cancellationToken),
            RunAct.Release when run.IsUndecided => await SteerAsync(run, RunOrder.Release, cancellationToken),
            RunAct.Begin => await reopen.ExecuteAsync(run, cancellationToken) is { } begun
                ? new OrderedRun(OrderOutcome.Later, begun) : new OrderedRun(OrderOutcome.Changed, run),
            _ => await TaskAsync(run, act, cancellationToken),
        };
        if (ordered is { Outcome: OrderOutcome.Done or OrderOutcome.Later, Run: { } after })
        {
            var verb = act.ToString().ToLowerInvariant();
            var subject = $"{date.Text()} {cohort}";
            await audit.WriteAsync(actor, "run." + verb, subject, Words(run), Words(after), cancellationToken);
            if (ordered.Outcome == OrderOutcome.Done && after.Ordered is not null)
            {
                return await CarryOutAsync(after, cancellationToken);
            }
        }

        return ordered;
    }

    private async Task<OrderedRun> SteerAsync(Run run, RunOrder order, CancellationToken cancellationToken) =>
        await steerRun.ExecuteAsync(run.Date, run.Cohort, order, cancellationToken, run.ETag) is { } steered
            ? new OrderedRun(
                !steered.Obeyed ? OrderOutcome.Changed : steered.Run.State == RunState.Preparing ? OrderOutcome.Later : OrderOutcome.Done,
                steered.Run)
            : new OrderedRun(OrderOutcome.NotFound, null);

    /// <summary>Stores the order. It is done at once in a run of one part, which has fewer than 20,000 readers.</summary>
    private async Task<OrderedRun> TaskAsync(Run run, RunAct act, CancellationToken cancellationToken)
    {
        var task = act switch
        {
            RunAct.Retry => RunTask.Retry,
            RunAct.Missing => RunTask.Missing,
            RunAct.Hold => RunTask.Hold,
            _ => RunTask.Held,
        };
        var wanted = run with { Ordered = task, OrderedAt = time.GetUtcNow(), LastTask = null };
        return await runs.ChangeAsync(wanted, cancellationToken) is { } ordered
            ? new OrderedRun(run.Slices == 1 ? OrderOutcome.Done : OrderOutcome.Later, ordered)
            : new OrderedRun(OrderOutcome.Changed, run);
    }

    private async Task<OrderedRun> CarryOutAsync(Run run, CancellationToken cancellationToken)
    {
        var result = await carryOut.ExecuteAsync(run, cancellationToken);
        return new OrderedRun(OrderOutcome.Done, await runs.GetAsync(run.Date, run.Cohort, cancellationToken) ?? run) { Result = result };
    }

    private static string Words(Run run) => string.Join(", ", new[]
    {
        run.State.ToString().ToLowerInvariant(),
        run.Held ? "held" : null,
        run.Paused ? "paused" : null,
        run.Cancelled ? "cancelled" : null,
        run.Missed ? "missed" : null,
        run.Ordered is { } task ? "ordered: " + task.ToString().ToLowerInvariant() : null,
    }.OfType<string>());
}
