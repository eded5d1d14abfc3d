namespace DailyDigest.Storage;

/// <summary>
/// All state of the product: rows in partitions, as in Azure Table storage. Adapters: SQLite, Azure, and memory in the tests. One contract
/// suite tests them against this text. An adapter checks every call with <see cref="TableRules"/>, so that the limits of Azure apply to
/// all.
/// Adapters do not retry if the caller can decide; an outage is a <see cref="StorageException"/>. A cancelled batch is applied completely
/// or not at all. A reply can be lost in the network: after a StorageException or a cancellation a write may be stored, and a stored write
/// may be reported as Exists, Changed or Missing. A caller who must know reads again.
/// </summary>
public interface ITableStore
{
    /// <summary>Creates what is missing: file, schema, the tables of <see cref="Tables.All"/>. Safe for concurrent processes.</summary>
    /// <exception cref="StorageException">The store is damaged, from a newer version, or cannot be reached.</exception>
    Task PrepareAsync(CancellationToken cancellationToken);

    /// <summary>Returns the row, or null if it does not exist.</summary>
    /// <exception cref="ArgumentException">The key is invalid: <see cref="TableRules.IsKey"/>.</exception>
    Task<TableRow?> GetAsync(string table, string partition, string row, CancellationToken cancellationToken);

    /// <summary>
    /// Returns at most <paramref name="take"/> (1 to 1,000) rows of the range, in ordinal order of the row keys. Fewer rows mean that the
    /// range is exhausted. For the next page call again with <c>range with { After = lastKey }</c>, as
    /// <see cref="TableStoreExtensions.ScanAsync"/> does.
    /// </summary>
    Task<IReadOnlyList<TableRow>> QueryAsync(string table, string partition, RowRange range, int take, CancellationToken cancellationToken);

    /// <summary>
    /// Applies 1 to 100 writes of one partition, all or none. A row may occur once. If a write is refused, nothing is written and the
    /// result names the first refused write. A single write is one plain operation.
    /// </summary>
    /// <exception cref="ArgumentException">A limit of <see cref="TableRules"/> is exceeded; nothing is written.</exception>
    Task<WriteResult> WriteAsync(string table, string partition, IReadOnlyList<TableWrite> writes, CancellationToken cancellationToken);
}

/// <summary>
/// A range of row keys in ordinal order. Null bounds are open. Adapters may order characters beyond U+FFFF before or after U+E000 to
/// U+FFFF, each consistently.
/// </summary>
/// <param name="From">First key, inclusive.</param>
/// <param name="After">Lower bound, exclusive. The higher one of this and <paramref name="From"/> applies.</param>
/// <param name="Before">Upper bound, exclusive.</param>
public readonly record struct RowRange(string? From = null, string? After = null, string? Before = null)
{
    /// <summary>Every row of the partition.</summary>
    public static RowRange All => default;

    /// <summary>Every key that begins with <paramref name="prefix"/> (ASCII, not empty).</summary>
    public static RowRange Prefix(string prefix) => new(From: prefix, Before: prefix[..^1] + (char)(prefix[^1] + 1));
}

/// <summary>The outcome of a write.</summary>
public enum WriteOutcome
{
    /// <summary>Written.</summary>
    Done,

    /// <summary>The row to insert exists.</summary>
    Exists,

    /// <summary>The row has another ETag.</summary>
    Changed,

    /// <summary>The row to update or delete does not exist.</summary>
    Missing,
}

/// <summary>The result of <see cref="ITableStore.WriteAsync"/>.</summary>
/// <param name="Outcome">Done, or the outcome of the refused write.</param>
/// <param name="FailedIndex">Index of the refused write; -1 if done.</param>
/// <param name="ETags">If done, the new ETag of each write in order (empty for a delete); otherwise empty.</param>
public sealed record WriteResult(WriteOutcome Outcome, int FailedIndex, IReadOnlyList<string> ETags)
{
    /// <summary>True if all writes were applied.</summary>
    public bool IsDone => Outcome == WriteOutcome.Done;

    /// <summary>All writes were applied.</summary>
    public static WriteResult Done(IReadOnlyList<string> etags) => new(WriteOutcome.Done, -1, etags);

    /// <summary>The write at <paramref name="index"/> was refused and nothing was written.</summary>
    public static WriteResult Refused(WriteOutcome outcome, int index) => new(outcome, index, []);
}

/// <summary>The store failed for a reason that no caller can handle: unreachable, full, damaged, or from a newer version.</summary>
public sealed class StorageException : Exception
{
    /// <summary>
    /// True if trying again does not help: the store is not for this program, because it was moved, or is from a newer version or another
    /// program.
    /// </summary>
    public bool IsRefusal { get; init; }

    /// <summary>Creates the exception with a message that tells an operator what to do.</summary>
    public StorageException(string message, Exception? inner = null) : base(message, inner) { }

    /// <summary>Creates the exception.</summary>
    public StorageException() { }

    /// <summary>Creates the exception.</summary>
    public StorageException(string message) : base(message) { }
}
