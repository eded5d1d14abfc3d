using DailyDigest.Runs;

namespace DailyDigest.Reporting;

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

/// <summary>Lists the local dates that have runs, with their counts.</summary>
public sealed class ListRunDays(CurrentRuns current, RunStore runs, DeliveryOptions options)
{
    /// <summary>The most dates that are looked at once.</summary>
    public const int MaxDays = 10;

    /// <summary>
    /// Looks at this many dates (1 to <see cref="MaxDays"/>) before the given one; at the newest if it is null, or not within the dates
    /// that are kept.
    /// </summary>
    public async Task<RunDays> ExecuteAsync(DateOnly? before, int days, CancellationToken cancellationToken)
    {
        // In zones where it is tomorrow already, tomorrow's runs may have begun.
        var (newest, last) = (current.Today.AddDays(1), current.Today.AddDays(-options.KeepDays));
        var first = before is { } date && date > last && date <= newest ? date.AddDays(-1) : newest;
        var found = new List<RunDay>();
        date = first;
        for (var read = 0; read < Math.Min(days, MaxDays) && date >= last; read++, date = date.AddDays(-1))
        {
            var all = (await runs.ListAsync(date, cancellationToken)).Where(run => run.Why != Run.NoReaders).ToList();
            if (all.Count > 0)
            {
                var sent = all.Sum(run => run.Counts.GetValueOrDefault(DeliveryState.Sent));
                found.Add(new RunDay(
                    date, all.Count, all.Count(run => run.IsOpen), all.Count(run => run.State == RunState.Skipped), sent,
                    all.Sum(run => run.Counts.Values.Sum()) - sent));
            }
        }

        return new RunDays(found, first == newest ? null : first, date < last ? null : date.AddDays(1), last);
    }
}
