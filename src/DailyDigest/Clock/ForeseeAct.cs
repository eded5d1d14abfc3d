using DailyDigest.Calendar;
using DailyDigest.Repair;
using DailyDigest.Reporting;
using DailyDigest.Runs;

namespace DailyDigest.Clock;

/// <summary>The foreseen effect of an act.</summary>
/// <param name="Act">The act.</param>
/// <param name="Refusal">Why the run does not allow it; null if it does.</param>
/// <param name="Readers">Readers whom it concerns; null if nobody knows before it is carried out.</param>
/// <param name="IsExact">False if the number comes from counts that are kept, and may differ a little.</param>
public sealed record RunOutlook(RunAct Act, RunRefusal? Refusal, long? Readers, bool IsExact)
{
    /// <summary>The readers by what became of them, such as "expired"; empty if they were not counted.</summary>
    public IReadOnlyDictionary<string, long> Found { get; init; } = new Dictionary<string, long>();

    /// <summary>True if the next tick carries it out, within a minute, and not the request.</summary>
    public bool IsLater { get; init; }
}

/// <summary>
/// Says what an act would do, and changes nothing. The readers of a small run are counted. Those of a large one are taken from the counts
/// that are kept, because counting would read a million rows.
/// </summary>
public sealed class ForeseeAct(
    RetryNow retryNow, SendAgain sendAgain, HoldInDoubt holdInDoubt, ReopenMissed reopen, WatchRuns watch, CohortStore cohorts,
    TimeProvider time)
{
    private const long MaxCounted = 5_000;

    /// <summary>Returns what the act would do with the run.</summary>
    public async Task<RunOutlook> ExecuteAsync(Run run, RunAct act, CancellationToken cancellationToken)
    {
        if (await RefusalAsync(run, act, cancellationToken) is { } refusal)
        {
            return new RunOutlook(act, refusal, null, true);
        }

        var standing = (await watch.ExecuteAsync([run], cancellationToken))[0];
        var isSmall = run.Slices == 1 && standing.Readers <= MaxCounted;
        return act switch
        {
            RunAct.Retry when isSmall => Exact(act, await retryNow.ExecuteAsync(run, dryRun: true, cancellationToken)),
            RunAct.Hold when isSmall => new RunOutlook(
                act, null, (await holdInDoubt.ExecuteAsync(run, dryRun: true, cancellationToken)).Held, true),
            RunAct.Missing when isSmall => await ExactAsync(run, act, SendAgainTo.Missing, cancellationToken),
            RunAct.Release when isSmall && !run.IsUndecided => await ExactAsync(run, act, SendAgainTo.Held, cancellationToken),
            RunAct.Hold => new RunOutlook(act, null, null, false) { IsLater = true },
            RunAct.Missing => new RunOutlook(act, null, Missing(run), false) { IsLater = true },
            RunAct.Release when !run.IsUndecided => new RunOutlook(act, null, Held(run), false) { IsLater = true },
            RunAct.Begin => new RunOutlook(act, null, await AudienceAsync(run, cancellationToken), false) { IsLater = true },
            _ => new RunOutlook(act, null, standing.Waiting ?? await AudienceAsync(run, cancellationToken), !standing.IsAbout
                && standing.Waiting is not null)
            { IsLater = act == RunAct.Retry },
        };
    }

    /// <summary>Why the run does not allow the act; null if it does. A few reads.</summary>
    internal async Task<RunRefusal?> RefusalAsync(Run run, RunAct act, CancellationToken cancellationToken)
    {
        if (RunActs.Refusal(run, act, time.GetUtcNow()) is { } refusal)
        {
            return refusal;
        }

        if (act == RunAct.Begin)
        {
            return await reopen.IsToldLaterAsync(run, time.GetUtcNow(), cancellationToken) ? RunRefusal.SentLater : null;
        }

        return act == RunAct.Missing || (act == RunAct.Release && !run.IsUndecided)
            ? await sendAgain.RefusalAsync(run, cancellationToken) switch
            {
                null => null,
                SendAgainOutcome.TooOld => RunRefusal.TooOld,
                SendAgainOutcome.SentLater => RunRefusal.SentLater,
                SendAgainOutcome.NoDigest => RunRefusal.NoDigest,
                _ => RunRefusal.Ended,
            }
            : null;
    }

    /// <summary>Expired, refused for a reason that may have gone, or withheld by a cancel.</summary>
    public static long Missing(Run run) => run.Counts.GetValueOrDefault(DeliveryState.Expired)
        + Math.Max(0, run.Counts.GetValueOrDefault(DeliveryState.Rejected) - (run.Distrusted ? 0 : run.Refused))
        + (run.Cancelled && !run.Held ? run.Counts.GetValueOrDefault(DeliveryState.Withheld) : 0);

    private static long? Held(Run run) => run.State == RunState.Closed ? run.Counts.GetValueOrDefault(DeliveryState.Held) : null;

    private static RunOutlook Exact(RunAct act, RetryNowReport report) =>
        new(act, null, report.Total, true)
        {
            Found = new Dictionary<string, long>
            {
                ["deferred"] = report.Deferred,
                ["in doubt"] = report.InDoubt,
                ["not taken up"] = report.NotTakenUp,
            }.Where(pair => pair.Value > 0).ToDictionary(),
        };

    private async Task<RunOutlook> ExactAsync(Run run, RunAct act, SendAgainTo to, CancellationToken cancellationToken)
    {
        var report = await sendAgain.ExecuteAsync(run, to, null, dryRun: true, cancellationToken);
        return new RunOutlook(act, null, report.Total, true) { Found = report.Found };
    }

    private async Task<long?> AudienceAsync(Run run, CancellationToken cancellationToken) =>
        Cohort.TryParse(run.Cohort, out var cohort) ? (await cohorts.GetAsync(cohort, cancellationToken))?.Audience : null;
}
