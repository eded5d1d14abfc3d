using DailyDigest.Storage;

namespace DailyDigest.Delivery;

/// <summary>What became of a batch.</summary>
internal enum Commit
{
    /// <summary>Written, fence and all.</summary>
    Done,

    /// <summary>Nothing was written: one row is not as expected.</summary>
    Conflict,

    /// <summary>Nothing was written, and nothing may be from now on: somebody else has the part.</summary>
    Lost,
}

/// <summary>
/// A part that this worker holds. Every batch carries an If-Match replace of the control row with the next sequence: the fence. After an
/// answer that is in doubt (time-out, or a refusal after the client's own retry) the control row says what happened: ours at the new
/// sequence is committed, ours at the old one is not, anything else is lost.
/// </summary>
internal sealed class PartLease
{
    private const int MostTries = 4;

    private readonly ITableStore tables;
    private readonly TimeProvider time;
    private readonly string owner;
    private long renewed;

    private PartLease(ITableStore tables, Part part, PartControl control, TimeProvider time, bool leftBehind)
    {
        (this.tables, this.time, Part, Control, LeftBehind) = (tables, time, part, control, leftBehind);
        owner = control.Owner!;
        renewed = time.GetTimestamp();
    }

    public Part Part { get; }

    /// <summary>The control row as last committed, with an operator's pause and cancel as last seen.</summary>
    public PartControl Control { get; private set; }

    /// <summary>True if the last owner did not release the part: its rows in "attempting" are in doubt.</summary>
    public bool LeftBehind { get; }

    /// <summary>The index of the row that a commit stumbled over.</summary>
    public int ConflictIndex { get; private set; } = -1;

    /// <summary>Time since the last commit, by the machine's monotonic clock.</summary>
    public TimeSpan SinceRenewed => time.GetElapsedTime(renewed);

    /// <summary>Takes the part if nobody holds it and there is something to do; null otherwise.</summary>
    public static async Task<PartLease?> TakeAsync(
        ITableStore tables, Part part, DeliveryOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        var row = await tables.GetAsync(Tables.Ledger, part.Partition, part.ControlKey, cancellationToken);
        if (row is null)
        {
            return null;
        }

        var seen = PartControl.Read(row);
        if (seen.Done || (seen.Paused && !seen.Cancelled))
        {
            return null;
        }

        if (seen.Owner is not null && !PartOwner.IsGone(seen.Owner))
        {
            // 30 seconds past the lease: its owner closes its connections 10 seconds before the end, and may be slow in doing so.
            var now = await StoreClock.NowAsync(tables, part.Partition, cancellationToken);
            if (now - seen.Timestamp < options.Lease + TimeSpan.FromSeconds(30))
            {
                return null;
            }
        }

        var mine = seen with { Owner = PartOwner.New(), Sequence = seen.Sequence + 1, NextRetry = null };
        var written = await tables.WriteAsync(
            Tables.Ledger, part.Partition, TableWrite.Update(mine.ToRow(part), seen.ETag!), cancellationToken);
        return written.IsDone
            ? new PartLease(tables, part, mine with { ETag = written.ETags[0] }, time, seen.Owner is not null)
            : null;
    }

    /// <summary>Commits at most 99 rows together with the control row. <paramref name="next"/> gives the control row's new contents.</summary>
    public async Task<Commit> CommitAsync(
        IReadOnlyList<TableWrite> rows, Func<PartControl, PartControl> next, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var wanted = next(Control) with { Sequence = Control.Sequence + 1 };
            var write = TableWrite.Update(wanted.ToRow(Part), Control.ETag!);
            WriteResult? result = null;
            try
            {
                result = await tables.WriteAsync(Tables.Ledger, Part.Partition, [.. rows, write], cancellationToken);
            }
            catch (StorageException) when (attempt < MostTries)
            {
                // In doubt: the control row says below whether it was written.
            }

            if (result is { IsDone: true })
            {
                return Committed(wanted with { ETag = result.ETags[^1] });
            }

            var row = await tables.GetAsync(Tables.Ledger, Part.Partition, Part.ControlKey, cancellationToken);
            var seen = row is null ? null : PartControl.Read(row);
            if (seen?.Owner == owner && seen.Sequence == wanted.Sequence)
            {
                return Committed(seen);
            }

            if (seen is null || seen.Sequence != Control.Sequence || seen.Owner != owner)
            {
                return Commit.Lost;
            }

            // Ours and not written. An operator's pause or cancel changes the row's version and its flags, not its sequence.
            Control = Control with { ETag = seen.ETag, Paused = seen.Paused, Cancelled = seen.Cancelled };
            if (result is not null && result.FailedIndex < rows.Count)
            {
                ConflictIndex = result.FailedIndex;
                return Commit.Conflict;
            }

            if (attempt >= 20)
            {
                return Commit.Lost;
            }
        }
    }

    private Commit Committed(PartControl control)
    {
        Control = control;
        renewed = time.GetTimestamp();
        return Commit.Done;
    }
}
