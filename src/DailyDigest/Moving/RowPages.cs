using System.Runtime.CompilerServices;
using DailyDigest.Storage;

namespace DailyDigest.Moving;

/// <summary>Reads a partition in pages of about 4 MiB: a row may have a hundred bytes or a megabyte.</summary>
internal sealed class RowPages(StoreSide side, string table, string partition)
{
    private const int FirstPage = 50;
    private const int PageBytes = 4 << 20;

    /// <summary>The pages.</summary>
    public async IAsyncEnumerable<IReadOnlyList<TableRow>> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var (page, _) in ReadWithTakeAsync(cancellationToken))
        {
            yield return page;
        }
    }

    /// <summary>The pages, each with the number of rows that was asked for; the last has fewer, and may be empty.</summary>
    public async IAsyncEnumerable<(IReadOnlyList<TableRow> Page, int Take)> ReadWithTakeAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (take, after) = (FirstPage, (string?)null);
        while (true)
        {
            var page = await QueryAsync(side, table, partition, new RowRange(After: after), take, cancellationToken);
            yield return (page, take);
            if (page.Count < take)
            {
                yield break;
            }

            after = page[^1].Key;
            var bytes = Math.Max(1, page.Sum(Bytes) / page.Count);
            take = (int)Math.Clamp(PageBytes / bytes, 1, TableRules.MaxPage);
        }
    }

    /// <summary>One page.</summary>
    /// <exception cref="StorageException">The store failed, or holds a partition that no store may have.</exception>
    public static async Task<IReadOnlyList<TableRow>> QueryAsync(
        StoreSide side, string table, string partition, RowRange range, int take, CancellationToken cancellationToken)
    {
        try
        {
            return await side.Tables.QueryAsync(table, partition, range, take, cancellationToken);
        }
        catch (ArgumentException exception)
        {
            throw new StorageException(
                $"Table {table} in {side.Name} has a partition that cannot be read ({exception.Message.Split(" (Parameter", 2)[0]}). "
                + "Somebody wrote it by hand: correct or delete it there.", exception);
        }
    }

    private static long Bytes(TableRow row) => row.Properties.Sum(
        property => property.Key.Length + property.Value switch { string text => text.Length, byte[] data => data.Length, _ => 8L });
}
