namespace DailyDigest.Storage;

/// <summary>
/// All state of the product: rows in partitions, as Azure Table storage has them. Adapters: SQLite, Azure, and memory in the tests;
/// one contract suite holds them to this text. An adapter checks every call with <see cref="TableRules"/>, so that
/// Azure's limits bind everywhere. Adapters do not retry what a caller can decide; an outage is a <see cref="StorageException"/>.
/// Cancelled, a batch is done whole or not at all. Where there is a network, a reply can be lost: after a StorageException or a
/// cancellation a write may stand, and one that stands may be reported as Exists, Changed or Missing. Who must know reads again.
/// </summary>
public interface ITableStore
{
    /// <summary>Creates what is missing (file, schema, the tables of <see cref="Tables.All"/>). Safe to call by several processes at once.</summary>
    /// <exception cref="StorageException">The store is damaged, newer than this program, or not to be reached.</exception>
    Task PrepareAsync(CancellationToken cancellationToken);

    /// <summary>Returns the row, or null if it does not exist.</summary>
    /// <exception cref="ArgumentException">No row can have such a key: <see cref="TableRules.IsKey"/>.</exception>
    Task<TableRow?> GetAsync(string table, string partition, string row, CancellationToken cancellationToken);

    /// <summary>
    /// Returns at most <paramref name="take"/> (1 to 1,000) rows of the range, ordered by row key, ordinal.
    /// Fewer than <paramref name="take"/> means that the range is exhausted. To page on, call again with
    /// <c>range with { After = lastKey }</c>; <see cref="TableStoreExtensions.ScanAsync"/> does so.
    /// </summary>
    Task<IReadOnlyList<TableRow>> QueryAsync(string table, string partition, RowRange range, int take, CancellationToken cancellationToken);

    /// <summary>
    /// Carries out 1 to 100 writes of one partition, all or none. A row may stand once. When one is refused, nothing is written and
    /// the result names the first refused write. One write alone is one plain operation.
    /// </summary>
    /// <exception cref="ArgumentException">A limit of <see cref="TableRules"/> is broken; nothing is written.</exception>
    Task<WriteResult> WriteAsync(string table, string partition, IReadOnlyList<TableWrite> writes, CancellationToken cancellationToken);
}

/// <summary>
/// A range of row keys in ordinal order. Null bounds are open. (Adapters may differ in whether a character beyond U+FFFF stands before
/// or after U+E000 to U+FFFF; each is consistent in itself.)
/// </summary>
/// <param name="From">First key, inclusive.</param>
/// <param name="After">Lower bound, exclusive. Together with <paramref name="From"/> the higher one counts.</param>
/// <param name="Before">Upper bound, exclusive.</param>
public readonly record struct RowRange(string? From = null, string? After = null, string? Before = null)
{
    /// <summary>Every row of the partition.</summary>
    public static RowRange All => default;

    /// <summary>Every key that begins with <paramref name="prefix"/> (ASCII, not empty).</summary>
    public static RowRange Prefix(string prefix) => new(From: prefix, Before: prefix[..^1] + (char)(prefix[^1] + 1));
}

/// <summary>Whether a write was carried out, or what it met.</summary>
public enum WriteOutcome
{
    /// <summary>Written.</summary>
    Done,

    /// <summary>An insert met an existing row.</summary>
    Exists,

    /// <summary>The row has another ETag than the write named.</summary>
    Changed,

    /// <summary>An update or delete met no row.</summary>
    Missing,
}

/// <summary>The outcome of <see cref="ITableStore.WriteAsync"/>.</summary>
/// <param name="Outcome">Done, or what the refused write met.</param>
/// <param name="FailedIndex">Index of the refused write; -1 when done.</param>
/// <param name="ETags">When done, the new ETag per write in order (empty for a delete); otherwise empty.</param>
public sealed record WriteResult(WriteOutcome Outcome, int FailedIndex, IReadOnlyList<string> ETags)
{
    /// <summary>True when all writes were carried out.</summary>
    public bool IsDone => Outcome == WriteOutcome.Done;

    /// <summary>All writes were carried out.</summary>
    public static WriteResult Done(IReadOnlyList<string> etags) => new(WriteOutcome.Done, -1, etags);

    /// <summary>The write at <paramref name="index"/> was refused and nothing was written.</summary>
    public static WriteResult Refused(WriteOutcome outcome, int index) => new(outcome, index, []);
}

/// <summary>The store could not do what was asked for a reason that no caller can decide about: out of reach, full, damaged, newer.</summary>
public sealed class StorageException : Exception
{
    /// <summary>Creates the exception with a message that tells an operator what to do.</summary>
    public StorageException(string message, Exception? inner = null) : base(message, inner) { }

    /// <summary>Creates the exception.</summary>
    public StorageException() { }

    /// <summary>Creates the exception.</summary>
    public StorageException(string message) : base(message) { }
}
