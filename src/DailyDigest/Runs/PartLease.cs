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

    /// <summary>Tolerance for the difference of clocks and for early queue messages.</summary>
    private static readonly TimeSpan Early = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly ITableStore tables;
    private readonly TimeProvider time;
    private readonly TimeSpan hold;
    private readonly string owner;
    private readonly CancellationTokenSource ending;

    private PartLease(ITableStore tables, Part part, PartControl control, TimeSpan lease, long asked, TimeProvider time, bool leftBehind)
    {
        (this.tables, this.time, Part, Control, WasAbandoned) = (tables, time, part, control, leftBehind);
        (owner, hold) = (control.Owner!, lease - Margin);
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
    /// Takes the part if no worker holds it and there is something to do now; null otherwise. With <paramref name="evenIdle"/>, for an
    /// operator's command, it also takes a part that is done, paused or waiting.
    /// </summary>
    public static async Task<PartLease?> TakeAsync(
        ITableStore tables, Part part, DeliveryOptions options, TimeProvider time, CancellationToken cancellationToken,
            bool evenIdle = false)
    {
        var row = await tables.GetAsync(Tables.Ledger, part.Partition, part.ControlKey, cancellationToken);
        if (row is null)
        {
            return null;
        }

        var seen = PartControl.Read(row);
        if (!evenIdle && (seen.Done || (!seen.Cancelled && (seen.Paused || seen.NextRetry > time.GetUtcNow() + Early))))
        {
            return null;
        }

        if (seen.Owner is not null && !PartOwner.IsGone(seen.Owner))
        {
            // 30 seconds after the lease's end: the owner stops sending 10 seconds before it, and may be slow to stop.
            var now = await StoreClock.NowAsync(tables, part.Partition, cancellationToken);
            if (now - seen.Timestamp < options.Lease + TimeSpan.FromSeconds(30))
            {
                return null;
            }
        }

        var asked = time.GetTimestamp();
        var mine = seen with { Owner = PartOwner.New(), Sequence = seen.Sequence + 1, NextRetry = null };
        var written = await tables.WriteAsync(
            Tables.Ledger, part.Partition, TableWrite.Update(mine.ToRow(part), seen.ETag!), cancellationToken);
        var taken = written.IsDone ? mine with { ETag = written.ETags[0] } : await MineAsync(tables, part, mine.Owner, cancellationToken);
        return taken is null ? null : new PartLease(tables, part, taken, options.Lease, asked, time, seen.Owner is not null);
    }

    /// <summary>
    /// Commits at most 99 rows together with the control row. <paramref name="next"/> gives the control row's new contents. A store that is
    /// out of reach is retried until <see cref="Ending"/>, because giving up would leave in doubt what a retry settles.
    /// </summary>
    /// <exception cref="StorageException">The store stayed out of reach.</exception>
    public async Task<Commit> CommitAsync(
        IReadOnlyList<TableWrite> rows, Func<PartControl, PartControl> next, CancellationToken cancellationToken)
    {
        var first = time.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                if (await TryAsync(rows, next(Control) with { Sequence = Control.Sequence + 1 }, first, cancellationToken) is { } commit)
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

    /// <summary>Writes once. Returns null if it was certainly not written and may be retried.</summary>
    private async Task<Commit?> TryAsync(
        IReadOnlyList<TableWrite> rows, PartControl wanted, long first, CancellationToken cancellationToken)
    {
        var asked = time.GetTimestamp();
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

    /// <summary>The control row if the part was taken but the reply was lost; null if another worker was first.</summary>
    private static async Task<PartControl?> MineAsync(ITableStore tables, Part part, string owner, CancellationToken cancellationToken) =>
        await tables.GetAsync(Tables.Ledger, part.Partition, part.ControlKey, cancellationToken) is { } row
        && PartControl.Read(row) is var seen && seen.Owner == owner
            ? seen
            : null;

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

    private Commit Committed(PartControl control, long asked)
    {
        Control = control;
        Renew(asked);
        return Commit.Done;
    }

    private void Renew(long asked)
    {
        var left = hold - time.GetElapsedTime(asked);
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
    public void Dispose() => ending.Dispose();
}
