using System.Collections.Concurrent;
using DailyDigest.Storage;

namespace DailyDigest.Runs;

/// <summary>
/// Takes leases of parts, and knows those that this process holds. No clock may be set in a way that a process takes over a part that it
/// holds itself, or that another process of this machine is still sending: see <see cref="AgeAsync"/>.
/// </summary>
public sealed class PartLeases(ITableStore tables, DeliveryOptions options, TimeProvider time)
{
    /// <summary>Tolerance for the difference of clocks and for early queue messages.</summary>
    private static readonly TimeSpan Early = TimeSpan.FromSeconds(5);

    /// <summary>How long after the lease's end: the owner stops sending 10 seconds before it, and may be slow to stop.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, byte> held = new(StringComparer.Ordinal);

    /// <summary>
    /// Takes the part if no worker holds it and there is something to do now; null otherwise. With <paramref name="evenIdle"/>, for an
    /// operator's command, it also takes a part that is done, paused or waiting.
    /// </summary>
    /// <exception cref="StorageException">The store failed, or returned a row without a timestamp.</exception>
    internal async Task<PartLease?> TakeAsync(Part part, CancellationToken cancellationToken, bool evenIdle = false)
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

        if (seen.Owner is { } holder && (Holds(holder)
            || (!PartOwner.IsGone(holder) && await AgeAsync(part, seen, cancellationToken) < options.Lease + Grace)))
        {
            return null;
        }

        var asked = PartLease.Asked.Now(time);
        var mine = seen with { Owner = PartOwner.New(), Sequence = seen.Sequence + 1, NextRetry = null, Uptime = time.GetUptime() };
        held.TryAdd(mine.Owner, 0);
        PartControl? taken = null;
        try
        {
            // Not cancelled: a write that was cancelled on its way may have been carried out, and nobody would release the part.
            var written = await tables.WriteAsync(
                Tables.Ledger, part.Partition, TableWrite.Update(mine.ToRow(part), seen.ETag!), CancellationToken.None);
            taken = written.IsDone ? mine with { ETag = written.ETags[0] } : await MineAsync(part, mine.Owner, CancellationToken.None);
            return taken is null ? null : new PartLease(
                tables, part, taken, options.Lease, asked, time, seen.Owner is not null, () => held.TryRemove(mine.Owner, out _));
        }
        finally
        {
            if (taken is null)
            {
                held.TryRemove(mine.Owner, out _);
            }
        }
    }

    /// <summary>True if this process holds the lease: it is not abandoned, whatever a clock says.</summary>
    internal bool Holds(string owner) => held.ContainsKey(owner);

    /// <summary>
    /// How long ago the control row was written. The processes of one machine compare its clock since boot, which nobody can set.
    /// Machines compare the store's clock.
    /// </summary>
    /// <exception cref="StorageException">The store failed, or the row has no timestamp.</exception>
    internal async Task<TimeSpan> AgeAsync(Part part, PartControl control, CancellationToken cancellationToken)
    {
        if (control is { Owner: { } owner, Uptime: { } written } && PartOwner.IsOnThisMachine(owner))
        {
            return time.GetUptime() - written;
        }

        var timestamp = control.Timestamp ?? throw new StorageException($"The control row of {part} has no timestamp.");
        return await StoreClock.NowAsync(tables, part.Partition, cancellationToken) - timestamp;
    }

    /// <summary>The control row if the part was taken but the reply was lost; null if another worker was first.</summary>
    private async Task<PartControl?> MineAsync(Part part, string owner, CancellationToken cancellationToken) =>
        await tables.GetAsync(Tables.Ledger, part.Partition, part.ControlKey, cancellationToken) is { } row
        && PartControl.Read(row) is var seen && seen.Owner == owner
            ? seen
            : null;
}
