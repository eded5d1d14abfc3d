using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>An import of a list, by the desk or the command line.</summary>
/// <param name="File">SHA-256 of the file, 64 lower-case hex digits.</param>
/// <param name="Source">The place where these people consented.</param>
/// <param name="At">Its last progress.</param>
/// <param name="Report">The counts so far.</param>
public sealed record PastImport(string File, string Source, DateTimeOffset At, ImportReport Report)
{
    /// <summary>True if the text has the form of <see cref="File"/>.</summary>
    public static bool IsFile(string? text) => text is { Length: 64 } && text.All(char.IsAsciiHexDigitLower);

    internal static PastImport? Read(TableRow? row) => row is null || ImportSubscribers.Read(row) is not { } report ? null
        : new PastImport(row.Key, row.Text("source") ?? "", row.Instant("at") ?? default, report);
}

/// <summary>Lists the imports that were done or begun.</summary>
public sealed class ListImports(ITableStore tables)
{
    /// <summary>At most so many, newest first.</summary>
    public async Task<IReadOnlyList<PastImport>> ExecuteAsync(int take, CancellationToken cancellationToken) =>
        [.. (await tables.QueryAsync(Tables.Facts, ImportSubscribers.Partition, RowRange.All, TableRules.MaxPage, cancellationToken))
            .Select(PastImport.Read).OfType<PastImport>().OrderByDescending(import => import.At).Take(take)];
}
