using DailyDigest.Schedule;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Delivery;

/// <summary>What trying again at once met. Who has left since is among none of the numbers.</summary>
/// <param name="Deferred">Readers who were put off, by the relay or because it refused us, and are due now; in a dry run would be.</param>
/// <param name="InDoubt">Readers who are in doubt and are sent to again by the policy anyway: due now. The held are not among them.</param>
/// <param name="NotTakenUp">Readers of parts that go on now whom the run had not come to.</param>
/// <param name="InOtherHands">Readers put off or in doubt in parts that a worker holds just now: they are as they were.</param>
public sealed record RetryNowReport(long Deferred, long InDoubt, long NotTakenUp, long InOtherHands)
{
    /// <summary>How many are tried now.</summary>
    public long Total => Deferred + InDoubt + NotTakenUp;

    /// <summary>Both together.</summary>
    public static RetryNowReport operator +(RetryNowReport one, RetryNowReport other) => new(
        one.Deferred + other.Deferred, one.InDoubt + other.InDoubt, one.NotTakenUp + other.NotTakenUp, one.InOtherHands + other.InOtherHands);
}

/// <summary>
/// Makes what waits in an open run due at once: an operator has mended the relay. Each part is changed under its lease, in batches that carry its fence; one
/// that a worker holds is left alone. Nothing is put into the queue: who called this takes up the parts, because the relay may still be one that the serving
/// program leaves alone. If nobody does, the sweep takes them up half a minute later.
/// </summary>
public sealed partial class RetryNow(ITableStore tables, AudienceStore audience, DeliveryOptions options, TimeProvider time, ILogger<RetryNow> logger)
{
    // A delivery, the row by which it was found, and the row by which it is found now; and the control row.
    private const int MostReaders = (TableRules.MaxBatch - 1) / 3;
    private static readonly RetryNowReport Nobody = new(0, 0, 0, 0);
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(10);

    /// <summary>Counts them and, unless <paramref name="dryRun"/>, makes them due. Repeatable. Nobody waits in a run that is not open, or is cancelled.</summary>
    /// <param name="run">The run, as read.</param>
    /// <param name="dryRun">True to count only.</param>
    /// <param name="cancellationToken">Stops it; the next call goes on.</param>
    /// <exception cref="StorageException">The store failed and stayed so; the next call goes on.</exception>
    public async Task<RetryNowReport> ExecuteAsync(Run run, bool dryRun, CancellationToken cancellationToken)
    {
        var all = Nobody;
        if (run is not { State: RunState.Open, Cancelled: false } || !Cohort.TryParse(run.Cohort, out var cohort))
        {
            return all;
        }

        foreach (var (part, control) in (await LedgerReader.PartsAsync(tables, run, cancellationToken)).Where(one => !one.Control.Done))
        {
            var readers = new PartReaders(part, cohort, run, SendAgainTo.Missing, null, tables, audience, time);
            if (dryRun)
            {
                var counted = await CountAsync(readers, part, control, cancellationToken);
                all += control.Owner is null || PartOwner.IsGone(control.Owner) ? counted : InHand(counted);
                continue;
            }

            using var lease = await PartLease.TakeAsync(tables, part, options, time, cancellationToken, evenIdle: true);
            all += lease is not null && await TurnAsync(lease, readers, cancellationToken) is { } turned
                ? turned : InHand(await CountAsync(readers, part, control, cancellationToken));
        }

        if (!dryRun)
        {
            Log.Now(logger, run.Date, run.Cohort, all.Total);
        }

        return all;
    }

    private static RetryNowReport InHand(RetryNowReport found) => Nobody with { InOtherHands = found.Deferred + found.InDoubt };

    private static async Task<RetryNowReport> CountAsync(PartReaders readers, Part part, PartControl control, CancellationToken cancellationToken)
    {
        var found = Nobody;
        await foreach (var (row, entry) in readers.ReadAsync(cancellationToken))
        {
            found += Count(row, entry, part, control);
        }

        return found;
    }

    private static RetryNowReport Count(DeliveryRow? row, AudienceEntry? entry, Part part, PartControl control) => (row?.State, entry) switch
    {
        (_, null) => Nobody,
        (_, { } reader) when !reader.CountsOn(part.Date) => Nobody,
        (null, _) => control.Exhausted ? Nobody : Nobody with { NotTakenUp = 1 },
        (DeliveryState.Deferred, _) => Nobody with { Deferred = 1 },
        (DeliveryState.Unknown, _) => Nobody with { InDoubt = 1 },
        _ => Nobody,
    };

    /// <summary>Returns what was turned; null if somebody else took the part, which then is as far as this came.</summary>
    private async Task<RetryNowReport?> TurnAsync(PartLease lease, PartReaders readers, CancellationToken cancellationToken)
    {
        var (found, committed) = (Nobody, time.GetTimestamp());
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
                batch.Add(([TableWrite.Delete(index.Key)], Nobody));
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
                found += Nobody with { Deferred = -batch[conflict].Counted.Deferred, InDoubt = -batch[conflict].Counted.InDoubt };
                batch.RemoveAt(conflict);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(362, LogLevel.Information, "Run {Date:yyyy-MM-dd} {Cohort}: {Count} readers who waited are tried now")]
        public static partial void Now(ILogger logger, DateOnly date, string cohort, long count);
    }
}
