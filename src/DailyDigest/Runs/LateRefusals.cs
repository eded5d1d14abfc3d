using DailyDigest.Storage;

namespace DailyDigest.Runs;

/// <summary>
/// Counts the deliveries of a part that a later report refused, for a reason about the recipient. The count is a row beside the deliveries,
/// changed in the batch that changes the delivery. So it equals the number of rows marked <see cref="DeliveryRow.RefusedLate"/> after any
/// crash or race. A run's count is derived from these rows and never incremented. Those for reasons that may pass
/// (<see cref="SoftRefusals"/>) are counted in a row of their own; it never falls, also if such a delivery is sent again.
/// </summary>
internal static class LateRefusals
{
    /// <summary>Refusals for a reason about the recipient. The key sorts before every subscriber's id, like the clock's row.</summary>
    public const string Final = "$refused|";

    /// <summary>Refusals for a reason that may pass.</summary>
    public const string Soft = "$soft|";

    /// <summary>
    /// The write that changes the count by <paramref name="by"/>, for the batch that marks or unmarks the rows. It fails if another batch
    /// came in between.
    /// </summary>
    public static async Task<TableWrite> ChangeAsync(
        ITableStore tables, string partition, string cohort, int by, CancellationToken cancellationToken, string kind = Final)
    {
        var stored = await tables.GetAsync(Tables.Ledger, partition, kind + cohort, cancellationToken);
        var row = new TableRow(kind + cohort) { { "count", Math.Max(0, (stored?.Whole("count") ?? 0) + by) } };
        return stored is null ? TableWrite.Insert(row) : TableWrite.Update(row, stored.ETag!);
    }

    /// <summary>How many rows of the run are counted.</summary>
    public static async Task<long> CountAsync(ITableStore tables, Run run, CancellationToken cancellationToken, string kind = Final)
    {
        var count = 0L;
        foreach (var slice in Part.SlicesOf(run.Slices))
        {
            var row = await tables.GetAsync(Tables.Ledger, Part.LedgerPartition(run.Date, slice), kind + run.Cohort, cancellationToken);
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
            // The run is read before the rows: if another process stores a later count in between, this write fails.
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
}
