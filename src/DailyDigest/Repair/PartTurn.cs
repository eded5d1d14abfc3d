using DailyDigest.Runs;
using DailyDigest.Sending;
using DailyDigest.Storage;

namespace DailyDigest.Repair;

/// <summary>Turns the readers of a part whom an operator wants to be sent to, in batches that carry the part's fence, and gives the part back with work in it.</summary>
internal sealed class PartTurn(ITableStore tables, PartLease lease, Run run, PartReaders readers, DeliveryOptions options, TimeProvider time)
{
    private const int MostReaders = (TableRules.MaxBatch - 2) / 2;
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(10);

    private readonly List<(IReadOnlyList<TableWrite> Writes, DeliveryRow? Before)> batch = [];
    private long committed = time.GetTimestamp();
    private bool any;

    /// <summary>Returns what was turned; null if somebody else took the part, which then is as far as this came.</summary>
    public async Task<AgainTally?> ExecuteAsync(CancellationToken cancellationToken)
    {
        var tally = new AgainTally();
        await foreach (var (row, entry) in readers.ReadAsync(cancellationToken))
        {
            if (row is { State: DeliveryState.Attempting } && lease.LeftBehind)
            {
                // Whoever gives a part back must have seen to what its last owner left behind.
                batch.Add(([.. Outcomes.Rows(lease.Part, Outcomes.AfterCrash(row, time.GetUtcNow(), options.InDoubt))], row));
            }
            else if (readers.Choose(row, entry, tally) is { } next)
            {
                var write = row is null ? TableWrite.Insert(next.ToRow()) : TableWrite.Update(next.ToRow(), row.ETag!);
                batch.Add(([write, TableWrite.Upsert(new TableRow(lease.Part.RetryKey(next.Until!.Value, next.SubscriberId)))], row));
                any = true;
            }

            if ((batch.Count == MostReaders || time.GetElapsedTime(committed) > Heartbeat) && !await CommitAsync(control => control))
            {
                return null;
            }
        }

        return await CommitAsync(control => control) && await CommitAsync(control => control with { Owner = null, NextRetry = null }) ? tally : null;
    }

    /// <summary>Returns false when the part is lost.</summary>
    private async Task<bool> CommitAsync(Func<PartControl, PartControl> next)
    {
        while (true)
        {
            var writes = batch.SelectMany(one => one.Writes).ToList();
            if (batch.Count(one => one.Before is { RefusedLate: true }) is > 0 and var refused)
            {
                writes.Add(await LateRefusals.ChangeAsync(tables, lease.Part.Partition, lease.Part.Cohort, -refused, CancellationToken.None));
            }

            var commit = await lease.CommitAsync(
                writes,
                control => next(control) with
                {
                    Done = control.Done && !any,
                    Cancelled = false,
                    Paused = control.Paused && run.State == RunState.Open,
                    Other = Math.Max(0, control.Other - batch.Count(one => one.Before is { IsSettled: true })),
                },
                CancellationToken.None);
            if (commit != Commit.Conflict)
            {
                batch.Clear();
                committed = time.GetTimestamp();
                return commit == Commit.Done;
            }

            // Its reader left meanwhile, or somebody else settled it: it is not ours to send, the rest is. Or, at the end, a report was counted meanwhile.
            var index = lease.ConflictIndex;
            if (batch.FindIndex(one => (index -= one.Writes.Count) < 0) is >= 0 and var conflict)
            {
                batch.RemoveAt(conflict);
            }
        }
    }
}
