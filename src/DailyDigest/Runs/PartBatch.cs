using DailyDigest.Storage;

namespace DailyDigest.Runs;

/// <summary>
/// Collects changes to the ledger rows of a part, and commits them in one batch with the part's control row. An entry whose row has changed
/// since it was read is dropped, because another writer has decided about that reader; the other entries are committed.
/// </summary>
/// <typeparam name="T">The item that an entry stands for.</typeparam>
/// <param name="lease">The lease of the part.</param>
/// <param name="maxEntries">Entries that fit into one batch with the control row and whatever else is committed with them.</param>
/// <param name="dropped">Called for each entry that is dropped.</param>
/// <param name="time">The clock.</param>
internal sealed class PartBatch<T>(PartLease lease, int maxEntries, Action<T> dropped, TimeProvider time)
{
    // A commit renews the lease, also an empty one: reading a slice of millions takes longer than a lease lasts.
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(10);

    private readonly List<(T Item, IReadOnlyList<TableWrite> Writes)> entries = [];
    private long committed = time.GetTimestamp();

    /// <summary>The items of the entries that are not committed yet.</summary>
    public IEnumerable<T> Items => entries.Select(entry => entry.Item);

    /// <summary>True if the batch is full, or the lease is to be renewed.</summary>
    public bool IsDue => entries.Count >= maxEntries || time.GetElapsedTime(committed) > Heartbeat;

    /// <summary>Adds an entry. A row may stand in a batch once.</summary>
    public void Add(T item, IReadOnlyList<TableWrite> writes) => entries.Add((item, writes));

    /// <summary>
    /// Commits the entries, and empties the batch. Returns false if another worker has taken the part; nothing was written then.
    /// </summary>
    /// <param name="next">The control row's new contents; asked again after an entry was dropped.</param>
    /// <param name="also">One more write that depends on the entries; asked again after a conflict; null for none.</param>
    /// <exception cref="StorageException">The store stayed out of reach.</exception>
    public async Task<bool> CommitAsync(Func<PartControl, PartControl> next, Func<Task<TableWrite?>>? also = null)
    {
        while (true)
        {
            var writes = new List<TableWrite>(TableRules.MaxBatch);
            foreach (var (_, some) in entries)
            {
                writes.AddRange(some);
            }

            if (also is not null && await also() is { } more)
            {
                writes.Add(more);
            }

            var commit = await lease.CommitAsync(writes, next, CancellationToken.None);
            if (commit != Commit.Conflict)
            {
                entries.Clear();
                committed = time.GetTimestamp();
                return commit == Commit.Done;
            }

            // A conflict beyond the entries is about the other write, which is asked again.
            var index = lease.ConflictIndex;
            if (index < 0 || index >= writes.Count)
            {
                throw new StorageException($"The ledger refused a batch of {lease.Part} without naming a row of it.");
            }

            if (entries.FindIndex(entry => (index -= entry.Writes.Count) < 0) is >= 0 and var conflict)
            {
                dropped(entries[conflict].Item);
                entries.RemoveAt(conflict);
            }
        }
    }
}
