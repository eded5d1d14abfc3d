namespace DailyDigest.Storage;

/// <summary>
/// Reads the store's own clock: writes a row and reads its timestamp. Ages of rows are never measured with the clocks of two machines.
/// </summary>
internal static class StoreClock
{
    private const string Key = "$clock";

    /// <summary>The instant by the clock that timestamps the rows of the ledger's partition.</summary>
    public static Task<DateTimeOffset> NowAsync(ITableStore tables, string partition, CancellationToken cancellationToken) =>
        NowAsync(tables, Tables.Ledger, partition, cancellationToken);

    /// <summary>The instant by the clock that timestamps the rows of the partition.</summary>
    public static async Task<DateTimeOffset> NowAsync(
        ITableStore tables, string table, string partition, CancellationToken cancellationToken)
    {
        await tables.WriteAsync(table, partition, TableWrite.Upsert(new TableRow(Key)), cancellationToken);
        var row = await tables.GetAsync(table, partition, Key, cancellationToken);
        return row?.Timestamp ?? throw new StorageException("A row that was just written has no timestamp.");
    }
}
