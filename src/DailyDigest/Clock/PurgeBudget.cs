using DailyDigest.Calendar;
using DailyDigest.Storage;

namespace DailyDigest.Clock;

/// <summary>
/// Deletes rows in batches within the budget of one tick. A result of false or null means that the budget is used up, and the rest is left
/// to the next tick.
/// </summary>
internal sealed class PurgeBudget(ITableStore tables, int calls, int batches)
{
    /// <summary>Rows in a page of a table whose rows may have a megabyte each.</summary>
    public const int SmallPage = 10;

    private int calls = calls;
    private int batches = batches;

    /// <summary>Rows that were deleted.</summary>
    public int Deleted { get; private set; }

    /// <summary>Takes storage calls from the budget.</summary>
    public bool Take(int calls) => (this.calls -= calls) >= 0;

    /// <summary>
    /// Calls <paramref name="handle"/> for every row of the partition, or of a range, a page at a time, until it returns false.
    /// </summary>
    public async Task<bool> EachAsync(
        string table, string partition, int page, Func<TableRow, Task<bool>> handle, CancellationToken cancellationToken,
        RowRange range = default)
    {
        while (true)
        {
            if (await QueryAsync(table, partition, range, page, cancellationToken) is not { } rows)
            {
                return false;
            }

            foreach (var row in rows)
            {
                if (!await handle(row))
                {
                    return false;
                }
            }

            if (rows.Count < page)
            {
                return true;
            }

            range = range with { After = rows[^1].Key };
        }
    }

    /// <summary>Deletes every row of the partition, or those from a key on, or before one.</summary>
    public async Task<bool> ClearAsync(
        string table, string partition, CancellationToken cancellationToken, string? before = null, string? from = null)
    {
        var page = table is Tables.Variants or Tables.Pictures ? SmallPage : TableRules.MaxPage;
        while (true)
        {
            if (await QueryAsync(table, partition, new RowRange(From: from, Before: before), page, cancellationToken) is not { } rows)
            {
                return false;
            }

            foreach (var batch in rows.Select(row => row.Key).Chunk(TableRules.MaxBatch))
            {
                if (!await DeleteAsync(table, partition, batch, cancellationToken))
                {
                    return false;
                }
            }

            if (rows.Count < page)
            {
                return true;
            }
        }
    }

    /// <summary>Deletes the rows. A row that is missing counts as deleted; a row with another ETag than the given one stays.</summary>
    public async Task<bool> DeleteAsync(
        string table, string partition, IReadOnlyList<string> keys, CancellationToken cancellationToken, string? etag = null)
    {
        for (var left = keys.ToList(); left.Count > 0;)
        {
            if (batches-- <= 0 || !Take(1))
            {
                return false;
            }

            var result = await tables.WriteAsync(
                table, partition, [.. left.Select(key => TableWrite.Delete(key, etag))], cancellationToken);
            if (result.IsDone)
            {
                Deleted += left.Count;
                break;
            }

            // Another machine deletes here as well.
            left.RemoveAt(result.FailedIndex);
        }

        return true;
    }

    private async Task<IReadOnlyList<TableRow>?> QueryAsync(
        string table, string partition, RowRange range, int take, CancellationToken cancellationToken) =>
        Take(1) ? await tables.QueryAsync(table, partition, range, take, cancellationToken) : null;
}
