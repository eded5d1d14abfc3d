using DailyDigest.Calendar;
using DailyDigest.Figures;

namespace DailyDigest.Runs;

/// <summary>
/// Adds up the counts of closed runs for each local date. The counts stand in the runs' rows, which the sweep reads anyway. Repeatable: a
/// date is overwritten with the sum of its runs.
/// </summary>
public sealed class SumRuns(FigureStore figures, TimeProvider time, DeliveryOptions options)
{
    // A domain of few readers might tell who reads; one that gives mailboxes to everybody does not.
    private const int MinReaders = 5;
    private const int MaxDomains = 20;

    // By date: the runs that were added up last, with the instants of their close.
    private readonly Dictionary<DateOnly, string> known = [];

    /// <summary>Adds up the dates of the runs: all runs of each date, as read at once.</summary>
    /// <param name="near">The runs.</param>
    /// <param name="isPublic">True for a domain that is named however few readers it has.</param>
    /// <param name="cancellationToken">Cancels it; the next call repeats it.</param>
    public async Task ExecuteAsync(IReadOnlyList<Run> near, Func<string, bool> isPublic, CancellationToken cancellationToken)
    {
        // The purge deletes the runs of older dates one by one; their sums are final.
        var first = LocalDates.Utc(time.GetUtcNow()).AddDays(-options.KeepDays);
        var changed = new Dictionary<DateOnly, (string Versions, List<Run> Runs)>();
        foreach (var group in near.Where(run => run.Date >= first).GroupBy(run => run.Date))
        {
            var closed = group.Where(run => run.State == RunState.Closed).ToList();
            // A run is closed again with another instant. Its version also changes for what comes afterwards.
            var versions = string.Join(' ', closed.Select(run => $"{run.Cohort} {run.Ended?.UtcTicks}"));
            if (closed.Count > 0 && known.GetValueOrDefault(group.Key) != versions)
            {
                changed[group.Key] = (versions, closed);
            }
        }

        if (changed.Count == 0)
        {
            return;
        }

        await WriteAsync(FigureKinds.Deliveries, changed.Select(one => Sum(one.Key, one.Value.Runs)));
        await WriteAsync(FigureKinds.Domains, changed.Select(one => SumDomains(one.Key, one.Value.Runs, isPublic)));
        foreach (var (date, (versions, _)) in changed)
        {
            known[date] = versions;
        }

        // A program that has just begun does not know what is stored.
        async Task WriteAsync(string kind, IEnumerable<FigureDay> days)
        {
            var stored = (await figures.RangeAsync(kind, changed.Keys.Min(), changed.Keys.Max(), cancellationToken))
                .ToDictionary(day => day.Date, Text);
            await figures.WriteAsync(
                kind, days.Where(day => stored.GetValueOrDefault(day.Date, "") != Text(day) && Text(day) != "\n"), cancellationToken);
        }
    }

    private static string Text(FigureDay day) => $"{day.Counts}\n{day.Labels}";

    private static FigureDay Sum(DateOnly date, List<Run> runs)
    {
        var counts = new FigureCounts();
        counts.Add("runs", runs.Count);
        foreach (var (state, count) in runs.SelectMany(run => run.Counts))
        {
            counts.Add("readers", count);
            counts.Add(state.ToString().ToLowerInvariant(), count);
        }

        // The ledger keeps the last state: what was deferred in between is known by domain.
        counts.Add("deferrals", runs.Sum(run => FigureLabels.Parse(run.Domains).Total()["deferred"]));
        var seconds = runs.Where(run => run.LastSent is not null).Select(run => (long)(run.LastSent!.Value - run.Due).TotalSeconds)
            .Where(one => one >= 0).Order().ToList();
        if (seconds.Count > 0)
        {
            counts.Add("slowest-seconds", seconds[^1]);
            counts.Add("median-seconds", seconds[(seconds.Count - 1) / 2]);
        }

        return new FigureDay(date, counts);
    }

    private static FigureDay SumDomains(DateOnly date, List<Run> runs, Func<string, bool> isPublic)
    {
        var all = new FigureLabels();
        foreach (var run in runs)
        {
            all.Add(FigureLabels.Parse(run.Domains));
        }

        return new FigureDay(date, new FigureCounts())
        {
            Labels = all.Largest(
                MaxDomains, (domain, counts) => isPublic(domain) || counts.Sum - counts["deferred"] >= MinReaders),
        };
    }
}
