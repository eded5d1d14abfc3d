using DailyDigest.Storage;

namespace DailyDigest.Runs;

/// <summary>
/// How many deliveries of a part were refused, for a reason about their recipient, by a report that came later: one row beside them, changed in the batch
/// that changes the delivery. So the number is always that of the rows marked <see cref="DeliveryRow.RefusedLate"/>, whatever crashes or races, and a run's
/// number is derived from it and never counted up.
/// </summary>
internal static class LateRefusals
{
    /// <summary>The write that belongs into the batch by which so many more (or, below zero, fewer) rows are marked. Refused if another batch came in between.</summary>
    public static async Task<TableWrite> ChangeAsync(ITableStore tables, string partition, string cohort, int by, CancellationToken cancellationToken)
    {
        var stored = await tables.GetAsync(Tables.Ledger, partition, Key(cohort), cancellationToken);
        var row = new TableRow(Key(cohort)) { { "count", Math.Max(0, (stored?.Whole("count") ?? 0) + by) } };
        return stored is null ? TableWrite.Insert(row) : TableWrite.Update(row, stored.ETag!);
    }

    /// <summary>How many rows of the run are marked.</summary>
    public static async Task<long> CountAsync(ITableStore tables, Run run, CancellationToken cancellationToken)
    {
        var count = 0L;
        foreach (var slice in Part.SlicesOf(run.Slices))
        {
            var row = await tables.GetAsync(Tables.Ledger, Part.LedgerPartition(run.Date, slice), Key(run.Cohort), cancellationToken);
            count += row?.Whole("count") ?? 0;
        }

        return count;
    }

    /// <summary>Brings the number in the row of a closed run up to date. Returns the run as it stands; null if it is not closed.</summary>
    public static async Task<Run?> NoteAsync(
        ITableStore tables, RunStore runs, DateOnly date, string cohort, CancellationToken cancellationToken)
    {
        while (await runs.GetAsync(date, cohort, cancellationToken) is { State: RunState.Closed } run)
        {
            // The run before the rows: whoever notes a later number in between makes this write fail.
            var late = await CountAsync(tables, run, cancellationToken);
            if (late == run.RefusedLate)
            {
                return run;
            }

            var refused = run.Refused - run.RefusedLate + late;
            var noted = run with
            {
                Refused = refused,
                RefusedLate = late,
                Distrusted = run.Distrusted || RefusalPolicy.AreTooMany(refused, run.Counts.Values.Sum()),
            };
            if (await runs.ChangeAsync(noted, cancellationToken) is { } changed)
            {
                return changed;
            }
        }

        return null;
    }

    // Stands before every subscriber's id, like the clock.
    private static string Key(string cohort) => "$refused|" + cohort;
}
