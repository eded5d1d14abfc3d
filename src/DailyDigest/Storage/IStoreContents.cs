namespace DailyDigest.Storage;

/// <summary>
/// The contents of a store, for a program that reads all of it: <see cref="ITableStore"/> reads a partition only if its key is known.
/// Adapters: SQLite, Azure, and memory in the tests.
/// </summary>
public interface IStoreContents
{
    /// <summary>
    /// The tables that have rows, or may have, in no particular order. A name that is not in <see cref="Tables.All"/> was written by a
    /// newer version, or, in an account without a prefix, by another program.
    /// </summary>
    /// <exception cref="StorageException">The store cannot be read.</exception>
    Task<IReadOnlyList<string>> ListTablesAsync(CancellationToken cancellationToken);

    /// <summary>
    /// The first partition of the table after this one, in the adapter's own order; null if none follows. Null asks for the first.
    /// </summary>
    /// <exception cref="StorageException">The store cannot be read.</exception>
    Task<string?> NextPartitionAsync(string table, string? after, CancellationToken cancellationToken);
}
