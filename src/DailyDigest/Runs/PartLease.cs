using DailyDigest.Storage;

namespace DailyDigest.Runs;

/// <summary>The result of a commit.</summary>
internal enum Commit
{
    /// <summary>The rows and the control row were written.</summary>
    Done,

    /// <summary>Nothing was written: one row has changed since it was read.</summary>
    Conflict,

    /// <summary>Nothing was written, and nothing may be written from now on: another worker has taken the part.</summary>
    Lost,
}

/// <summary>
/// A worker's lease of a part. Every batch replaces the control row with If-Match and the next sequence number; that is the fence against a
/// worker that has lost the part. If it is unclear whether a batch was written, the control row is read. Our name with the new sequence:
/// written. Our name with the old sequence: not written. Anything else: the part is lost.
/// </summary>
internal sealed class PartLease : IDisposable
{
    private const int TriesWithoutPause = 3;

    /// <summary>Sending stops this long before the lease ends.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly ITableStore tables;
    private readonly TimeProvider time;
    private readonly TimeSpan hold;
    private readonly string owner;
    private readonly Action disposed;
    private readonly CancellationTokenSource ending;
    private long renewed; // UTC ticks by the wall clock; senders read it.

    /// <summary>Created by <see cref="PartLeases"/> when it has taken the part.</summary>
    /// <param name="tables">The store.</param>
    /// <param name="part">The part.</param>
    /// <param name="control">The control row as written when the part was taken.</param>
    /// <param name="lease">How long a lease lasts without a commit.</param>
    /// <param name="asked">When taking was asked for.</param>
    /// <param name="time">The clock.</param>
    /// <param name="wasAbandoned">True if the last owner did not release the part.</param>
    /// <param name="disposed">Called when the lease is disposed of.</param>
    public PartLease(
        ITableStore tables, Part part, PartControl control, TimeSpan lease, Asked asked, TimeProvider time,
        bool wasAbandoned, Action disposed)
    {
        (this.tables, this.time, Part, Control, WasAbandoned) = (tables, time, part, control, wasAbandoned);
        (owner, hold, this.disposed) = (control.Owner!, lease - Margin, disposed);
        ending = new CancellationTokenSource(hold, time);
        Renew(asked);
    }

    public Part Part { get; }

    /// <summary>The control row as last committed, with the pause and cancel flags as last read.</summary>
    public PartControl Control { get; private set; }

    /// <summary>True if the last owner did not release the part: its rows in "attempting" are in doubt.</summary>
    public bool WasAbandoned { get; }

    /// <summary>The index of the row on which the last commit failed.</summary>
    public int ConflictIndex { get; private set; } = -1;

    /// <summary>
    /// Cancelled 10 seconds before the lease ends, if it is not renewed by then: no message may be sent any more when the next owner
    /// begins. Counted from the request of the last commit, by the machine's monotonic clock.
    /// </summary>
    public CancellationToken Ending => ending.Token;

    /// <summary>
    /// False if, by the wall clock, the lease has ended since the last commit: the machine may have slept, and another worker may have
    /// taken the part. No message is begun until the next commit has shown whose it is.
    /// </summary>
    public bool MayBegin => time.GetUtcNow().UtcTicks - Volatile.Read(ref renewed) < hold.Ticks;

    /// <summary>
    /// Commits at most 99 rows together with the control row. <paramref name="next"/> gives the control row's new contents. A store that is
    /// out of reach is retried until <see cref="Ending"/>, because giving up would leave in doubt what a retry settles.
    /// </summary>
    /// <exception cref="StorageException">The store stayed out of reach.</exception>
    public async Task<Commit> CommitAsync(
        IReadOnlyList<TableWrite> rows, Func<PartControl, PartControl> next, CancellationToken cancellationToken)
    {
        var first = Asked.Now(time);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                if (await TryAsync(rows, Next(next), first, cancellationToken) is { } commit)
                {
                    return commit;
                }

                if (Ending.IsCancellationRequested && attempt > TriesWithoutPause)
                {
                    return Commit.Lost;
                }
            }
            catch (StorageException) when (!Ending.IsCancellationRequested)
            {
                // In doubt: the next attempt reads from the control row whether this one was written.
            }

            if (attempt >= TriesWithoutPause)
            {
                await PauseAsync();
            }
        }
    }

    private PartControl Next(Func<PartControl, PartControl> next) =>
        next(Control) with { Sequence = Control.Sequence + 1, Uptime = time.GetUptime() };

    /// <summary>Writes once. Returns null if it was certainly not written and may be retried.</summary>
    private async Task<Commit?> TryAsync(
        IReadOnlyList<TableWrite> rows, PartControl wanted, Asked first, CancellationToken cancellationToken)
    {
        var asked = Asked.Now(time);
        WriteResult? result = null;
        try
        {
            result = await tables.WriteAsync(
                Tables.Ledger, Part.Partition, [.. rows, TableWrite.Update(wanted.ToRow(Part), Control.ETag!)], cancellationToken);
        }
        catch (StorageException) when (!Ending.IsCancellationRequested)
        {
            // In doubt: the control row says whether it was written.
        }

        if (result is { IsDone: true })
        {
            return Committed(wanted with { ETag = result.ETags[^1] }, asked);
        }

        var row = await tables.GetAsync(Tables.Ledger, Part.Partition, Part.ControlKey, cancellationToken);
        var seen = row is null ? null : PartControl.Read(row);
        if (seen?.Owner == wanted.Owner && seen?.Sequence == wanted.Sequence)
        {
            return Committed(seen, first);
        }

        if (seen is null || seen.Sequence != Control.Sequence || seen.Owner != owner)
        {
            return Commit.Lost;
        }

        // Still ours, and not written. An order to pause or cancel changes the row's version and flags, not its sequence.
        Control = Control with { ETag = seen.ETag, Paused = seen.Paused, Cancelled = seen.Cancelled };
        if (result is not null && result.FailedIndex < rows.Count)
        {
            ConflictIndex = result.FailedIndex;
            return Commit.Conflict;
        }

        return null;
    }

    private async Task PauseAsync()
    {
        try
        {
            await Task.Delay(Pause, time, Ending);
        }
        catch (OperationCanceledException)
        {
            // One last try.
        }
    }

    private Commit Committed(PartControl control, Asked asked)
    {
        Control = control;
        Renew(asked);
        return Commit.Done;
    }

    private void Renew(Asked asked)
    {
        Volatile.Write(ref renewed, asked.UtcTicks);
        var left = hold - time.GetElapsedTime(asked.Timestamp);
        if (left > TimeSpan.Zero)
        {
            ending.CancelAfter(left);
        }
        else
        {
            ending.Cancel();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        disposed();
        ending.Dispose();
    }

    /// <summary>When a commit was asked for, by the monotonic clock and by the wall clock.</summary>
    internal readonly record struct Asked(long Timestamp, long UtcTicks)
    {
        public static Asked Now(TimeProvider time) => new(time.GetTimestamp(), time.GetUtcNow().UtcTicks);
    }
}
