using System.Globalization;
using DailyDigest.Calendar;
using DailyDigest.Runs;
using DailyDigest.Storage;

namespace DailyDigest.Reporting;

/// <summary>
/// Says how far runs are. It reads the control rows of open runs, and neither ledger nor audience: a run of a million readers costs a few
/// rows.
/// </summary>
public sealed class WatchRuns(ITableStore tables, CohortStore cohorts, TimeProvider time)
{
    // From this many open runs of a date on, one query for all of them costs less than one read for each.
    private const int MaxSingle = 2;
    private const int MaxIndex = 1_000;
    private const int IdDigits = 8;
    private const double MinFraction = 0.05;

    private readonly RecentRates rates = new(time);

    /// <summary>The standings, in the order of the runs.</summary>
    public async Task<IReadOnlyList<RunStanding>> ExecuteAsync(IReadOnlyList<Run> runs, CancellationToken cancellationToken)
    {
        var readers = runs.Any(run => run.State == RunState.Open)
            ? (await cohorts.ListAsync(cancellationToken)).ToDictionary(row => row.Cohort.Key, row => row.Audience) : [];
        var controls = new Dictionary<(DateOnly Date, string Cohort), List<(Part Part, PartControl Control)>>();
        var retries = new Dictionary<Part, long>();
        foreach (var date in runs.Where(run => run.State == RunState.Open).GroupBy(run => (run.Date, run.Slices)))
        {
            foreach (var one in await ControlsAsync(date.Key.Date, date.Key.Slices, [.. date], cancellationToken))
            {
                var key = (one.Part.Date, one.Part.Cohort);
                controls.TryAdd(key, []);
                controls[key].Add(one);
            }

            var isOpen = date.Select(run => run.Cohort).ToHashSet(StringComparer.Ordinal);
            var exhausted = controls.Where(pair => pair.Key.Date == date.Key.Date && isOpen.Contains(pair.Key.Cohort))
                .SelectMany(pair => pair.Value).Where(one => one.Control is { Exhausted: true, Done: false }).Select(one => one.Part);
            foreach (var (part, count) in await RetriesAsync([.. exhausted], cancellationToken))
            {
                retries[part] = count;
            }
        }

        var standings = new List<RunStanding>();
        foreach (var run in runs)
        {
            standings.Add(run.State == RunState.Open
                ? Open(
                    run, controls.GetValueOrDefault((run.Date, run.Cohort)) ?? [], readers.GetValueOrDefault(run.Cohort), retries)
                : Ended(run));
        }

        return standings;
    }

    private static RunStanding Ended(Run run)
    {
        var sent = run.Counts.GetValueOrDefault(DeliveryState.Sent);
        return new RunStanding(run, sent, run.Counts.Values.Sum() - sent, run.State == RunState.Preparing ? null : 0, false)
        {
            Parts = Part.SlicesOf(run.Slices).Count,
            PartsDone = Part.SlicesOf(run.Slices).Count,
        };
    }

    private RunStanding Open(
        Run run, List<(Part Part, PartControl Control)> parts, long? lastAudience, Dictionary<Part, long> retries)
    {
        var (sent, other) = (parts.Sum(one => one.Control.Sent), parts.Sum(one => one.Control.Other));
        var open = parts.Where(one => !one.Control.Done).ToList();
        var (waiting, isAbout) = parts.Count > 0 && open.All(one => retries.ContainsKey(one.Part))
            ? (open.Sum(one => retries[one.Part]), false) : (Expected(parts, lastAudience) - sent - other, true);
        var now = time.GetUtcNow();
        var isWaiting = open.Count > 0 && open.All(one => one.Control is { Owner: null, NextRetry: { } next } && next > now);
        return new RunStanding(run, sent, other, waiting is { } left ? Math.Max(left, 0) : null, isAbout)
        {
            Parts = parts.Count,
            PartsDone = parts.Count - open.Count,
            Busy = open.Count(one => one.Control.Owner is { } owner && !PartOwner.IsGone(owner)),
            Trouble = open.Select(one => one.Control.Trouble).FirstOrDefault(trouble => trouble is not null),
            NextTry = isWaiting ? open.Min(one => one.Control.NextRetry) : null,
            PerSecond = run.IsStopped || run.Cancelled || isWaiting ? null : rates.Of(run, sent),
        };
    }

    /// <summary>
    /// The readers of the run: of the cohort's last run, or, if that is not known or was smaller, from the share of the ids that the parts
    /// have passed. Ids are random, so the readers are spread evenly over them.
    /// </summary>
    private static long? Expected(List<(Part Part, PartControl Control)> parts, long? lastAudience)
    {
        var settled = parts.Sum(one => one.Control.Sent + one.Control.Other);
        if (lastAudience > settled)
        {
            return lastAudience;
        }

        var passed = parts.Count == 0 ? 0 : parts.Average(one => Passed(one.Part, one.Control));
        return passed < MinFraction ? lastAudience : (long)Math.Round(settled / passed);
    }

    private static double Passed(Part part, PartControl control)
    {
        if (control.Done || control.Exhausted || control.Cursor is not { Length: > IdDigits } cursor
            || !long.TryParse(cursor[..IdDigits], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var at))
        {
            return control.Done || control.Exhausted ? 1 : 0;
        }

        var all = at / Math.Pow(16, IdDigits);
        return part.Slice == Part.Whole ? all : (all * 16) - Math.Floor(all * 16);
    }

    /// <summary>
    /// The readers who wait for another attempt in parts that have read their whole audience, by the index of retries. Nothing for a part
    /// of which there are too many to read in one page.
    /// </summary>
    private async Task<IReadOnlyList<(Part Part, long Count)>> RetriesAsync(IReadOnlyList<Part> parts, CancellationToken cancellationToken)
    {
        var pages = await Task.WhenAll(parts.GroupBy(part => part.Partition).Select(async own =>
        {
            var range = own.Count() <= MaxSingle ? (RowRange?)null : RowRange.Prefix("~");
            var counted = new List<(Part, long)>();
            foreach (var some in range is null ? own.Select(part => (IReadOnlyList<Part>)[part]) : [[.. own]])
            {
                var rows = await tables.QueryAsync(
                    Tables.Ledger, own.Key, range ?? some[0].RetryRange, MaxIndex, cancellationToken);
                if (rows.Count < MaxIndex)
                {
                    counted.AddRange(some.Select(part => (part, (long)rows.Count(row => part.IsRetry(row.Key)))));
                }
            }

            return counted;
        }));
        return [.. pages.SelectMany(page => page)];
    }

    private async Task<IReadOnlyList<(Part Part, PartControl Control)>> ControlsAsync(
        DateOnly date, int slices, IReadOnlyList<Run> runs, CancellationToken cancellationToken)
    {
        var rows = await Task.WhenAll(Part.SlicesOf(slices).Select(async slice =>
        {
            var some = new List<(Part, PartControl)>();
            if (runs.Count <= MaxSingle)
            {
                foreach (var part in runs.Select(run => new Part(date, slice, run.Cohort)))
                {
                    if (await tables.GetAsync(Tables.Ledger, part.Partition, part.ControlKey, cancellationToken) is { } row)
                    {
                        some.Add((part, PartControl.Read(row)));
                    }
                }

                return some;
            }

            var partition = Part.LedgerPartition(date, slice);
            await foreach (var row in tables.ScanAsync(Tables.Ledger, partition, RowRange.Prefix("!"), cancellationToken))
            {
                some.Add((new Part(date, slice, row.Key[1..]), PartControl.Read(row)));
            }

            return some;
        }));
        return [.. rows.SelectMany(some => some)];
    }
}
