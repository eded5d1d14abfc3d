using System.Security.Cryptography;
using System.Text;
using DailyDigest.Storage;

namespace DailyDigest.Returns;

/// <summary>
/// The messages that were left for a person, for a mailbox whose server cannot mark them. Table Facts, partition <c>left-</c> and mailbox,
/// one row per message.
/// </summary>
public sealed class LeftReturns(ITableStore tables)
{
    private const int BatchSize = 100;

    /// <summary>Which of the messages in the mailbox were left. Rows of messages that are not there any more are deleted.</summary>
    /// <exception cref="StorageException">The store failed.</exception>
    public async Task<IReadOnlySet<string>> ListAsync(string mailbox, IEnumerable<string> messages, CancellationToken cancellationToken)
    {
        var rows = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var row in tables.ScanAsync(Tables.Facts, Partition(mailbox), RowRange.All, cancellationToken))
        {
            rows.Add(row.Key);
        }

        var left = rows.Count == 0 ? [] : messages.Where(message => rows.Remove(Key(message))).ToHashSet(StringComparer.Ordinal);
        foreach (var gone in rows)
        {
            // Another reader may have deleted it.
            await tables.WriteAsync(Tables.Facts, Partition(mailbox), TableWrite.Delete(gone), cancellationToken);
        }

        return left;
    }

    /// <summary>Leaves the messages.</summary>
    /// <exception cref="StorageException">The store failed.</exception>
    public async Task AddAsync(string mailbox, IReadOnlyList<string> messages, CancellationToken cancellationToken)
    {
        foreach (var batch in messages.Select(Key).Distinct().Chunk(BatchSize))
        {
            await tables.WriteAsync(
                Tables.Facts, Partition(mailbox), [.. batch.Select(key => TableWrite.Upsert(new TableRow(key)))], cancellationToken);
        }
    }

    private static string Partition(string mailbox) => "left-" + mailbox;

    private static string Key(string message) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(message)).AsSpan(0, 16));
}
