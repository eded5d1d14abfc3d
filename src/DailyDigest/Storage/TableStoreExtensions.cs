using System.Runtime.CompilerServices;

namespace DailyDigest.Storage;

/// <summary>Operations composed of the four methods of the port.</summary>
public static class TableStoreExtensions
{
    /// <summary>Applies one write.</summary>
    public static Task<WriteResult> WriteAsync(
        this ITableStore store, string table, string partition, TableWrite write, CancellationToken cancellationToken) =>
        store.WriteAsync(table, partition, [write], cancellationToken);

    /// <summary>All rows of the range in order, read in pages of <paramref name="page"/> rows.</summary>
    public static async IAsyncEnumerable<TableRow> ScanAsync(
        this ITableStore store, string table, string partition, RowRange range,
        [EnumeratorCancellation] CancellationToken cancellationToken, int page = TableRules.MaxPage)
    {
        while (true)
        {
            var rows = await store.QueryAsync(table, partition, range, page, cancellationToken);
            foreach (var row in rows)
            {
                yield return row;
            }

            if (rows.Count < page)
            {
                yield break;
            }

            range = range with { After = rows[^1].Key };
        }
    }
}
