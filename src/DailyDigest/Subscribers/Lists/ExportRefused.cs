using CsvHelper;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>Writes the lines that an import refused as CSV: line and reason. It has no address.</summary>
public sealed class ExportRefused(ITableStore tables)
{
    /// <summary>Writes the lines of the file with this hash.</summary>
    /// <param name="csv">Takes UTF-8.</param>
    /// <param name="file">The hash, <see cref="PastImport.File"/>.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task ExecuteAsync(Stream csv, string file, CancellationToken cancellationToken)
    {
        await using var writer = CsvWriter.Create(csv, SubscriberCsv.Writing, leaveOpen: true);
        writer.WriteField("line");
        writer.WriteField("reason");
        await writer.EndRecordAsync(cancellationToken);
        foreach (var row in await new ImportRefusals(tables, file).ListAsync(cancellationToken))
        {
            writer.WriteField(row.Line);
            writer.WriteField(row.Reason);
            await writer.EndRecordAsync(cancellationToken);
        }
    }
}
