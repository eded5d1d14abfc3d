using DailyDigest.Calendar;
using DailyDigest.Runs;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>
/// For readers who join while the run of their first date begins. Its workers read the audience in order, and may have passed the place of
/// such a reader already. A reader whom the run has not taken up starts with the next date, so that no run misses anybody.
/// </summary>
public sealed class StartNextDate(SubscriberStore subscribers, ProjectSubscriber project, RunStore runs, ITableStore tables)
{
    private const int MaxConcurrency = 16;

    /// <summary>Call it after the audience was written. Repeatable, also concurrently.</summary>
    /// <param name="joined">Active subscribers who have joined.</param>
    /// <param name="changeBegan">When an interrupted change began: a run that began before it does not count. Null for none.</param>
    /// <param name="cancellationToken">Cancels it; repeat it to complete it.</param>
    internal async Task ExecuteAsync(
        IEnumerable<Subscriber> joined, DateTimeOffset? changeBegan, CancellationToken cancellationToken)
    {
        var limit = new ParallelOptions { MaxDegreeOfParallelism = MaxConcurrency, CancellationToken = cancellationToken };
        foreach (var group in joined.Select(person => (person.Id, Start: Start(person))).Where(one => one.Start is not null)
            .GroupBy(one => (one.Start!.Cohort, one.Start.From)))
        {
            // While the run is prepared, nobody has read its audience.
            if (await runs.GetAsync(group.Key.From, group.Key.Cohort.Key, cancellationToken)
                is { State: RunState.Open or RunState.Closed } run && !(run.Started < changeBegan - FinishChanges.MinAge))
            {
                await Parallel.ForEachAsync(
                    group, limit, async (one, cancellation) => await PostponeAsync(one.Id, one.Start!, run, cancellation));
            }
        }
    }

    private async Task PostponeAsync(string id, Placement start, Run run, CancellationToken cancellationToken)
    {
        while (await subscribers.GetAsync(id, cancellationToken) is { Subscriber: { Status: SubscriberStatus.Active } person } stored
            && Start(person) == start && !await IsTakenUpAsync(id, run, cancellationToken))
        {
            var later = person with
            {
                Placements = [.. person.Placements.Select(one => one == start ? one with { From = one.From.AddDays(1) } : one)],
                Version = person.Version + 1,
            };
            if (await subscribers.UpdateAsync(stored, later, cancellationToken))
            {
                await project.ExecuteAsync(later, cancellationToken);
                return;
            }
        }
    }

    private async Task<bool> IsTakenUpAsync(string id, Run run, CancellationToken cancellationToken) => await tables.GetAsync(
        Tables.Ledger, Part.LedgerPartition(run.Date, Part.SliceOf(id, run.Slices)), id, cancellationToken) is not null;

    /// <summary>The placement of a subscriber who was in no cohort before; null for any other.</summary>
    private static Placement? Start(Subscriber person) =>
        person.Placements.Where(placement => !placement.Removed).ToList() is [{ Until: null } only] ? only : null;
}
