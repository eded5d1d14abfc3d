using DailyDigest.Storage;

namespace DailyDigest.Testing.Storage;

/// <summary>The journal in memory. A test says what the store lacks.</summary>
public sealed class MemoryStoreJournal : IStoreJournal
{
    private readonly Lock gate = new();
    private readonly List<(long Sequence, JournalEntry Entry)> entries = [];
    private StoreGap? gap;
    private long sequence;

    /// <inheritdoc/>
    public string? Fault => null;

    /// <inheritdoc/>
    public bool WasMissing => false;

    /// <summary>From now on the store lacks everything that was appended after this many calls.</summary>
    public void PutBack(DateTimeOffset from, DateTimeOffset until, long storeSequence)
    {
        lock (gate)
        {
            gap = new StoreGap(from, until, storeSequence, ++sequence);
        }
    }

    /// <inheritdoc/>
    public Task<StoreGap?> FindGapAsync(CancellationToken cancellationToken)
    {
        lock (gate)
        {
            return Task.FromResult(gap);
        }
    }

    /// <inheritdoc/>
    public Task AppendAsync(IReadOnlyList<JournalEntry> entries, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            sequence++;
            this.entries.AddRange(entries.Select(entry => (sequence, entry)));
            return Task.CompletedTask;
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<JournalEntry>> ReadAsync(long after, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            return Task.FromResult<IReadOnlyList<JournalEntry>>([.. entries.Where(one => one.Sequence > after).Select(one => one.Entry)]);
        }
    }

    /// <inheritdoc/>
    public Task CloseGapAsync(StoreGap gap, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            this.gap = null;
            return Task.CompletedTask;
        }
    }
}
