using System.Runtime.CompilerServices;
using DailyDigest.Storage;

namespace DailyDigest.Delivery;

/// <summary>Where a run stands, counted from the ledger.</summary>
/// <param name="Run">The run.</param>
/// <param name="Counts">Deliveries by state; they sum to the audience as far as it was taken up.</param>
/// <param name="Parts">Parts of the run.</param>
/// <param name="PartsDone">Parts in which everything is settled.</param>
/// <param name="Trouble">What the relay said if it refuses us at present; null otherwise.</param>
/// <param name="Paused">True if an operator has paused a part.</param>
public sealed record RunReport(
    Run Run, IReadOnlyDictionary<DeliveryState, long> Counts, int Parts, int PartsDone, string? Trouble, bool Paused);

/// <summary>Answers "who did not get it, and why".</summary>
public sealed class ReportRun(ITableStore tables, RunStore runs)
{
    /// <summary>A report per run of the local date, by cohort.</summary>
    public async Task<IReadOnlyList<RunReport>> ExecuteAsync(DateOnly date, CancellationToken cancellationToken)
    {
        var reports = new List<RunReport>();
        foreach (var run in await runs.ListAsync(date, cancellationToken))
        {
            var counts = new SortedDictionary<DeliveryState, long>();
            await foreach (var row in LedgerReader.DeliveriesAsync(tables, run, cancellationToken))
            {
                counts[row.State] = counts.GetValueOrDefault(row.State) + 1;
            }

            var parts = await LedgerReader.PartsAsync(tables, run, cancellationToken);
            reports.Add(new RunReport(
                run,
                counts,
                parts.Count,
                parts.Count(part => part.Control.Done),
                parts.Select(part => part.Control.Trouble).FirstOrDefault(trouble => trouble is not null),
                parts.Any(part => part.Control.Paused)));
        }

        return reports;
    }

    /// <summary>Every delivery of the run that is not sent, in the order of subscriber ids.</summary>
    public async IAsyncEnumerable<DeliveryRow> NotSentAsync(Run run, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var row in LedgerReader.DeliveriesAsync(tables, run, cancellationToken))
        {
            if (row.State != DeliveryState.Sent)
            {
                yield return row;
            }
        }
    }
}
