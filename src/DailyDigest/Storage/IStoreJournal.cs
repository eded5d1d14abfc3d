namespace DailyDigest.Storage;

/// <summary>
/// The journal beside the database: how far the store was written, and what must not be forgotten if an older copy of the store is put
/// back. Entries are on the disk before the call returns. Only an embedded store has one; Azure Storage has none.
/// </summary>
public interface IStoreJournal
{
    /// <summary>Why the journal cannot be written, with advice for an operator; null if it can.</summary>
    string? Fault { get; }

    /// <summary>
    /// True if the journal of a store that was in use had gone, and a new one was begun. Known after <see cref="FindGapAsync"/>.
    /// </summary>
    bool WasMissing { get; }

    /// <summary>Returns what the store lacks according to the journal; null if it lacks nothing.</summary>
    Task<StoreGap?> FindGapAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Appends entries. If the disk of the journal fails, they are kept in memory and appended later, and <see cref="Fault"/> says why: the
    /// store itself has the truth, and a reader must be able to leave.
    /// </summary>
    Task AppendAsync(IReadOnlyList<JournalEntry> entries, CancellationToken cancellationToken);

    /// <summary>The entries that were appended after the store's write of this number, in order.</summary>
    Task<IReadOnlyList<JournalEntry>> ReadAsync(long after, CancellationToken cancellationToken);

    /// <summary>Records that the gap was dealt with. A later start does not find it again.</summary>
    Task CloseGapAsync(StoreGap gap, CancellationToken cancellationToken);
}

/// <summary>Writes that the journal has seen and the store does not have.</summary>
/// <param name="From">The last write that the store has; null if unknown.</param>
/// <param name="Until">The last write that the journal has seen.</param>
/// <param name="StoreSequence">Number of the last write that the store has.</param>
/// <param name="JournalSequence">Number of the last write that the journal has seen.</param>
public sealed record StoreGap(DateTimeOffset? From, DateTimeOffset Until, long StoreSequence, long JournalSequence);

/// <summary>One entry. It holds keyed hashes only, no address.</summary>
/// <param name="Kind">A word without spaces.</param>
/// <param name="At">When it happened.</param>
/// <param name="AddressHash">The keyed hash of the address; null if unknown.</param>
/// <param name="SubscriberHash">The keyed hash of the subscriber's id; null if there is none.</param>
/// <param name="Change">The change that it belongs to, a word without spaces; null if there is none.</param>
public sealed record JournalEntry(
    string Kind, DateTimeOffset At, string? AddressHash, string? SubscriberHash, string? Change = null);
