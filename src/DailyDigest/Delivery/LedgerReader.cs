using System.Runtime.CompilerServices;
using DailyDigest.Storage;

namespace DailyDigest.Delivery;

/// <summary>Reads the ledger.</summary>
public static class LedgerReader
{
    /// <summary>Subscriber ids are hex digits: control rows (!), the clock ($) and retry rows (~) stand before and after them.</summary>
    internal static readonly RowRange Deliveries = new(From: "0", Before: "g");

    /// <summary>Every delivery of the run, in the order of subscriber ids, from the one after <paramref name="after"/> on, read in pages.</summary>
    public static async IAsyncEnumerable<DeliveryRow> DeliveriesAsync(
        ITableStore tables, Run run, [EnumeratorCancellation] CancellationToken cancellationToken, string? after = null)
    {
        foreach (var slice in Part.SlicesOf(run.Slices).Where(slice => after is null || string.CompareOrdinal(slice, Part.SliceOf(after, run.Slices)) >= 0))
        {
            var range = Deliveries with { After = after };
            await foreach (var stored in tables.ScanAsync(Tables.Ledger, Part.LedgerPartition(run.Date, slice), range, cancellationToken))
            {
                if (DeliveryRow.Read(stored) is { } row && row.Cohort == run.Cohort)
                {
                    yield return row;
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
