using System.Collections.Concurrent;
using DailyDigest.Calendar;
using DailyDigest.Digests;
using DailyDigest.Hooks;
using DailyDigest.Runs;
using DailyDigest.Storage;

namespace DailyDigest.Clock;

/// <summary>
/// Tells web hooks which runs have begun and ended and which digests were frozen, as the runs' rows say. So a crash after a run's row was
/// written loses no event. Table Hooks, partition <c>told-</c> and local date: the runs that were told.
/// </summary>
public sealed class AnnounceRuns(PublishEvents publish, DigestStore digests, ITableStore tables)
{
    private static readonly string[] Types = [HookTypes.RunBegun, HookTypes.RunClosed, HookTypes.DigestFrozen];

    // Marks that this program has written or read: they are not read again at each tick.
    private readonly ConcurrentDictionary<(DateOnly Date, string Mark), bool> known = new();

    /// <summary>The partition of the marks of a local date.</summary>
    internal static string Partition(DateOnly date) => "told-" + date.Text();

    /// <summary>Tells what was not told yet. Without a hook that takes such events it reads and writes nothing.</summary>
    public async Task ExecuteAsync(IReadOnlyList<Run> runs, CancellationToken cancellationToken)
    {
        if (!await publish.IsWantedAsync(Types, cancellationToken))
        {
            return;
        }

        foreach (var date in runs.GroupBy(run => run.Date))
        {
            var marks = date.SelectMany(run => Marks(run).Select(mark => (Run: run, Mark: mark)))
                .Where(one => !known.ContainsKey((date.Key, one.Mark))).ToList();
            if (marks.Count == 0)
            {
                continue;
            }

            var told = new HashSet<string>(StringComparer.Ordinal);
            await foreach (var row in tables.ScanAsync(Tables.Hooks, Partition(date.Key), RowRange.All, cancellationToken))
            {
                told.Add(row.Key);
            }

            foreach (var (run, mark) in marks)
            {
                if (!told.Contains(mark))
                {
                    await publish.ExecuteAsync(await EventsAsync(run, mark, cancellationToken), cancellationToken);
                    await tables.WriteAsync(
                        Tables.Hooks, Partition(date.Key), TableWrite.Upsert(new TableRow(mark)), cancellationToken);
                }

                known[(date.Key, mark)] = true;
            }
        }

        Forget(runs);
    }

    /// <summary>The marks of a run by its state. A run that an operator opens again ends a second time.</summary>
    private static IEnumerable<string> Marks(Run run)
    {
        if (run.State is RunState.Open or RunState.Closed)
        {
            yield return run.Cohort + "~begun";
        }

        if (run.State is RunState.Closed or RunState.Skipped && run.Ended is { } ended && run.Why != Run.NoReaders)
        {
            yield return FormattableString.Invariant($"{run.Cohort}~ended~{ended.UtcTicks}");
        }
    }

    private async Task<IReadOnlyList<HookEvent>> EventsAsync(Run run, string mark, CancellationToken cancellationToken)
    {
        var subject = $"{run.Date.Text()} {mark}";
        var data = new Dictionary<string, object?> { ["date"] = run.Date.Text(), ["cohort"] = run.Cohort };
        if (mark.EndsWith("~begun", StringComparison.Ordinal))
        {
            var begun = new HookEvent(HookTypes.RunBegun, run.Started, subject, data);
            return await digests.GetAsync(run.Date, run.Cohort, cancellationToken) is { } digest
                ? [begun, Frozen(digest, subject, data)] : [begun];
        }

        data = new(data) { ["state"] = run.State == RunState.Skipped ? "skipped" : "closed" };
        if (run.Why is { } why)
        {
            data["why"] = why;
        }

        data["counts"] = run.Counts.ToDictionary(pair => JsonName(pair.Key), pair => pair.Value);
        return [new HookEvent(HookTypes.RunClosed, run.Ended!.Value, subject, data)];
    }

    private static HookEvent Frozen(Digest digest, string subject, Dictionary<string, object?> data) => new(
        HookTypes.DigestFrozen, digest.FrozenAt, subject, new Dictionary<string, object?>(data)
        {
            ["stories"] = digest.Items.Select(item => item.Story.Id).ToList(),
        });

    private static string JsonName(DeliveryState state) => state.ToString().ToLowerInvariant();

    /// <summary>Dates that the sweep does not look at any more.</summary>
    private void Forget(IReadOnlyList<Run> runs)
    {
        if (runs.Count > 0 && runs.Min(run => run.Date) is var first)
        {
            foreach (var old in known.Keys.Where(one => one.Date < first))
            {
                known.TryRemove(old, out _);
            }
        }
    }
}
