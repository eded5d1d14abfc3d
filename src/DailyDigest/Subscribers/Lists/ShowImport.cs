using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>Shows one import with the lines that it refused.</summary>
public sealed class ShowImport(ITableStore tables)
{
    /// <summary>Returns the import of the file and its refused lines, in order; null if there was none.</summary>
    public async Task<(PastImport Import, IReadOnlyList<RefusedRow> Refused)?> ExecuteAsync(
        string file, CancellationToken cancellationToken) =>
        PastImport.IsFile(file)
            && PastImport.Read(await tables.GetAsync(Tables.Facts, ImportSubscribers.Partition, file, cancellationToken)) is { } import
            ? (import, await new ImportRefusals(tables, file).ListAsync(cancellationToken)) : null;
}
