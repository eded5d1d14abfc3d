using DailyDigest.Storage;

namespace DailyDigest.Sqlite;

/// <summary>The journal of the embedded store: a file beside the database, or where <see cref="SqliteOptions.Journal"/> says.</summary>
public sealed class SqliteStoreJournal(SqliteDatabase database) : IStoreJournal
{
    /// <inheritdoc/>
    public string? Fault => database.Journal.Fault;

    /// <inheritdoc/>
    public bool WasMissing => database.JournalWasMissing;

    /// <inheritdoc/>
    public async Task<StoreGap?> FindGapAsync(CancellationToken cancellationToken)
    {
        await Task.Run(database.Open, cancellationToken);
        return database.Gap;
    }

    /// <inheritdoc/>
    public Task AppendAsync(IReadOnlyList<JournalEntry> entries, CancellationToken cancellationToken) => database.WriteAsync(
        session =>
        {
            // Until a gap is closed, the store counts less than the journal.
            database.Journal.Append(entries, Math.Max(SqliteStore.Read(session).Sequence, database.Journal.Sequence) + 1);
            return (true, true);
        }, cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<JournalEntry>> ReadAsync(long after, CancellationToken cancellationToken)
    {
        await Task.Run(database.Open, cancellationToken);
        return database.Journal.Read(after);
    }

    /// <inheritdoc/>
    public Task CloseGapAsync(StoreGap gap, CancellationToken cancellationToken) => database.WriteAsync(
        session =>
        {
            SqliteStore.CountFrom(session, gap.JournalSequence);
            database.CloseGap();
            return (true, true);
        }, cancellationToken);
}
