using CsvHelper;

namespace DailyDigest.Subscribers;

/// <summary>
/// Writes the suppression list as CSV that an import can read: hash, reason, date and source. A keyed hash of ours means nothing elsewhere,
/// so an entry whose address is not stored has neither. A cell that a spreadsheet would run as a formula gets a leading apostrophe.
/// </summary>
public sealed class ExportSuppressions(ListSuppressions list)
{
    private const int Page = 1_000;

    /// <summary>Writes the list as UTF-8. Returns the number of entries.</summary>
    /// <param name="csv">Takes the file.</param>
    /// <param name="withAddresses">True to write the addresses that are stored.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<int> ExecuteAsync(Stream csv, bool withAddresses, CancellationToken cancellationToken)
    {
        await using var writer = CsvWriter.Create(csv, SubscriberCsv.Writing, leaveOpen: true);
        foreach (var column in SuppressionCsv.Columns)
        {
            writer.WriteField(column);
        }

        await writer.EndRecordAsync(cancellationToken);
        var (count, after) = (0, (string?)null);
        for (var more = true; more;)
        {
            var page = await list.ExecuteAsync(after, Page, cancellationToken);
            foreach (var one in page)
            {
                writer.WriteField(withAddresses ? one.Person?.Address : null);
                writer.WriteField(one.Digest is { Kind: AddressDigest.Sha256 } sha256 ? sha256.Hex : null);
                writer.WriteField(one.Digest is { Kind: AddressDigest.Md5 } md5 ? md5.Hex : null);
                writer.WriteField(one.Entry.Reason.ToString().ToLowerInvariant());
                writer.WriteField(SubscriberCsv.Text(one.Entry.Since));
                writer.WriteField(one.Entry.Source);
                await writer.EndRecordAsync(cancellationToken);
                count++;
            }

            more = page.Count == Page;
            after = more ? page[^1].Entry.Key : null;
        }

        return count;
    }
}
