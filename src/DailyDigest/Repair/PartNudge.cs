using DailyDigest.Runs;
using DailyDigest.Sending;
using DailyDigest.Storage;
using DailyDigest.Subscribers;

namespace DailyDigest.Repair;

/// <summary>Makes what waits in a part due at once, in batches that carry the part's fence, and gives the part back without a wait.</summary>
internal sealed class PartNudge(ITableStore tables, PartLease lease, PartReaders readers, DeliveryOptions options, TimeProvider time)
{
    // A delivery, the row by which it was found, and the row by which it is found now; and the control row.
    private const int MostReaders = (TableRules.MaxBatch - 1) / 3;
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(10);

    /// <summary>Returns what was turned; null if somebody else took the part, which then is as far as this came.</summary>
    public async Task<RetryNowReport?> ExecuteAsync(CancellationToken cancellationToken)
    {
        var (found, committed) = (RetryNowReport.Nobody, time.GetTimestamp());
        var batch = new List<(IReadOnlyList<TableWrite> Writes, RetryNowReport Counted)>();
        await foreach (var (row, entry) in readers.ReadAsync(cancellationToken))
        {
            var (now, counted) = (time.GetUtcNow(), Count(row, entry, lease.Part, lease.Control));
            found += counted;
            if (row is { State: DeliveryState.Attempting } && lease.LeftBehind)
            {
                // Whoever gives a part back must have seen to what its last owner left behind.
                batch.Add(([.. Outcomes.Rows(lease.Part, Outcomes.AfterCrash(row, now, options.InDoubt))], counted));
            }
            else if (row is { State: DeliveryState.Deferred or DeliveryState.Unknown, Until: { } until } && until > now)
            {
                // Also of who has left: the worker clears that away, and the run need not wait for it.
                batch.Add((
                    [
                        TableWrite.Update((row with { Until = now }).ToRow(), row.ETag!),
                        TableWrite.Delete(lease.Part.RetryKey(until, row.SubscriberId)),
                        TableWrite.Upsert(new TableRow(lease.Part.RetryKey(now, row.SubscriberId))),
                    ],
                    counted));
            }

            if ((batch.Count == MostReaders || time.GetElapsedTime(committed) > Heartbeat) && !await CommitAsync(control => control))
            {
                return null;
            }
        }

        if (!await CommitAsync(control => control))
        {
            return null;
        }

        // What is left of those found by their time leads to nobody: held, withheld or reported since. The run need not wait for it to come.
        var later = lease.Part.RetryRange with { From = null, After = lease.Part.RetryKey(time.GetUtcNow(), "g") };
        await foreach (var index in tables.ScanAsync(Tables.Ledger, lease.Part.Partition, later, cancellationToken))
        {
            if (await RetryReads.RowAsync(tables, lease.Part, index.Key, cancellationToken) is null)
            {
                batch.Add(([TableWrite.Delete(index.Key)], RetryNowReport.Nobody));
            }

            if ((batch.Count == MostReaders || time.GetElapsedTime(committed) > Heartbeat) && !await CommitAsync(control => control))
            {
                return null;
            }
        }

        // The operator's word: whatever the relay did before, its next refusal is the first.
        return await CommitAsync(control => control)
            && await CommitAsync(control => control with { Owner = null, NextRetry = null, Troubles = 0 }) ? found : null;

        async Task<bool> CommitAsync(Func<PartControl, PartControl> next)
        {
            while (true)
            {
                var commit = await lease.CommitAsync([.. batch.SelectMany(one => one.Writes)], next, CancellationToken.None);
                if (commit != Commit.Conflict)
                {
                    batch.Clear();
                    committed = time.GetTimestamp();
                    return commit == Commit.Done;
                }

                // Its reader left meanwhile, or somebody held it: it does not wait any more, the rest does.
                var index = lease.ConflictIndex;
                var conflict = batch.FindIndex(one => (index -= one.Writes.Count) < 0);
                found += RetryNowReport.Nobody with { Deferred = -batch[conflict].Counted.Deferred, InDoubt = -batch[conflict].Counted.InDoubt };
                batch.RemoveAt(conflict);
            }
        }
    }

    /// <summary>What a reader of the part counts as: who has left, or whom a part that is at its end has not taken up, as nobody.</summary>
    public static RetryNowReport Count(DeliveryRow? row, AudienceEntry? entry, Part part, PartControl control) => (row?.State, entry) switch
    {
        (_, null) => RetryNowReport.Nobody,
        (_, { } reader) when !reader.CountsOn(part.Date) => RetryNowReport.Nobody,
        (null, _) => control.Exhausted ? RetryNowReport.Nobody : RetryNowReport.Nobody with { NotTakenUp = 1 },
        (DeliveryState.Deferred, _) => RetryNowReport.Nobody with { Deferred = 1 },
        (DeliveryState.Unknown, _) => RetryNowReport.Nobody with { InDoubt = 1 },
        _ => RetryNowReport.Nobody,
    };
}
