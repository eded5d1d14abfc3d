using System.Runtime.CompilerServices;
using DailyDigest.Calendar;
using DailyDigest.Storage;

namespace DailyDigest.Runs;

/// <summary>
/// Reads the ledger. A partition holds the deliveries of every cohort of the date, so that a reader who changes cohort keeps one row. A
/// small cohort is read by its audience, not out of a million rows of others: every reader with a row in the ledger has one in the
/// audience.
/// </summary>
public static class LedgerReader
{
    // Reading one row by its key costs about as much as reading so many rows in a page.
    private const int RowsPerKey = 8;
    private const int MaxParallelReads = 32;

    /// <summary>Subscriber ids are hex digits: control rows (!), the clock ($) and retry rows (~) stand before and after them.</summary>
    internal static readonly RowRange Deliveries = new(From: "0", Before: "g");

    /// <summary>
    /// Every delivery of the run, in the order of subscriber ids, from the one after <paramref name="after"/> on, read in pages.
    /// </summary>
    public static async IAsyncEnumerable<DeliveryRow> DeliveriesAsync(
        ITableStore tables, Run run, [EnumeratorCancellation] CancellationToken cancellationToken, string? after = null)
    {
        foreach (var slice in Part.SlicesOf(run.Slices)
            .Where(slice => after is null || string.CompareOrdinal(slice, Part.SliceOf(after, run.Slices)) >= 0))
        {
            await foreach (var row in DeliveriesAsync(tables, new Part(run.Date, slice, run.Cohort), cancellationToken, after))
            {
                yield return row;
            }
        }
    }

    /// <summary>Every delivery of the part, in the order of subscriber ids.</summary>
    internal static async IAsyncEnumerable<DeliveryRow> DeliveriesAsync(
        ITableStore tables, Part part, [EnumeratorCancellation] CancellationToken cancellationToken, string? after = null)
    {
        await foreach (var stored in RowsAsync(tables, part, cancellationToken, after))
        {
            if (DeliveryRow.CohortOf(stored) == part.Cohort && DeliveryRow.Read(stored) is { } row)
            {
                yield return row;
            }
        }
    }

    /// <summary>
    /// The stored deliveries of the part, in the order of subscriber ids. Deliveries of other cohorts may be among them; those of readers
    /// who are or were in this cohort always are.
    /// </summary>
    internal static async IAsyncEnumerable<TableRow> RowsAsync(
        ITableStore tables, Part part, [EnumeratorCancellation] CancellationToken cancellationToken, string? after = null)
    {
        var (own, all) = (0L, 0L);
        do
        {
            var page = await tables.QueryAsync(
                Tables.Ledger, part.Partition, Deliveries with { After = after }, TableRules.MaxPage, cancellationToken);
            foreach (var stored in page)
            {
                own += DeliveryRow.CohortOf(stored) == part.Cohort ? 1 : 0;
                yield return stored;
            }

            if (page.Count < TableRules.MaxPage)
            {
                yield break;
            }

            (after, all) = (page[^1].Key, all + page.Count);
        }
        while (all <= RowsPerKey * own + TableRules.MaxPage || !Cohort.TryParse(part.Cohort, out _));

        await foreach (var stored in ByAudienceAsync(tables, part, after, cancellationToken))
        {
            yield return stored;
        }
    }

    private static async IAsyncEnumerable<TableRow> ByAudienceAsync(
        ITableStore tables, Part part, string after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        _ = Cohort.TryParse(part.Cohort, out var cohort);
        var readers = AudienceKeys.ScanAsync(tables, cohort, part.AudienceSlices, after, cancellationToken);
        await foreach (var some in readers.Chunk(MaxParallelReads).WithCancellation(cancellationToken))
        {
            foreach (var stored in await Task.WhenAll(some.Select(
                id => tables.GetAsync(Tables.Ledger, part.Partition, id, cancellationToken))))
            {
                if (stored is not null)
                {
                    yield return stored;
                }
            }
        }
    }

    /// <summary>The parts of the run with their control rows.</summary>
    public static async Task<IReadOnlyList<(Part Part, PartControl Control)>> PartsAsync(
        ITableStore tables, Run run, CancellationToken cancellationToken)
    {
        var parts = new List<(Part, PartControl)>();
        foreach (var slice in Part.SlicesOf(run.Slices))
        {
            var part = new Part(run.Date, slice, run.Cohort);
            if (await tables.GetAsync(Tables.Ledger, part.Partition, part.ControlKey, cancellationToken) is { } row)
            {
                parts.Add((part, PartControl.Read(row)));
            }
        }

        return parts;
    }
}
