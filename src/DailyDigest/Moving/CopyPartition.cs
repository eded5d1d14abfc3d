using DailyDigest.Storage;

namespace DailyDigest.Moving;

/// <summary>A partition that is the same on both sides.</summary>
/// <param name="Sum">Rows and hash.</param>
/// <param name="Written">Rows that were written or deleted to make it so.</param>
internal readonly record struct CopiedPartition(ContentSum Sum, long Written);

/// <summary>
/// Makes a partition of the destination the same as that of the source, and verifies it. Only rows that differ are written, so it can be
/// repeated. Pages are compared side by side; at most two are in memory.
/// </summary>
internal sealed class CopyPartition(StoreSide source, StoreSide destination, Func<long, Task> beat)
{
    private const int MaxTries = 3;

    // A larger row is written alone: a batch of few large rows gains nothing.
    private const int MaxShared = 512 * 1024;

    /// <summary>Copies it.</summary>
    /// <exception cref="StorageException">A store failed, or a row cannot be stored at the destination.</exception>
    public async Task<CopiedPartition> ExecuteAsync(string table, string partition, CancellationToken cancellationToken)
    {
        var written = 0L;
        for (var attempt = 1; ; attempt++)
        {
            var (sum, wrote, same) = await WriteAsync(table, partition, cancellationToken);
            written += wrote;
            if (same)
            {
                return new CopiedPartition(sum, written);
            }

            var stored = await SumAsync(destination, table, partition, cancellationToken);
            if (stored == sum)
            {
                return new CopiedPartition(sum, written);
            }

            var deleted = await DeleteSurplusAsync(table, partition, cancellationToken);
            written += deleted;
            if (attempt == MaxTries)
            {
                throw new StorageException(
                    $"Table {table}, partition {partition}: the source has {sum.Rows} rows ({sum.Digits}) and the destination "
                    + $"{stored.Rows} ({stored.Digits}), although it was copied {MaxTries} times: somebody writes to one. Stop "
                    + "that program.");
            }
        }
    }

    /// <summary>The sum of a partition as it is stored.</summary>
    public async Task<ContentSum> SumAsync(StoreSide side, string table, string partition, CancellationToken cancellationToken)
    {
        var sum = default(ContentSum);
        await foreach (var page in new RowPages(side, table, partition).ReadAsync(cancellationToken))
        {
            sum = page.Aggregate(sum, (total, row) => total + ContentSum.Of(table, partition, row));
            await beat(page.Count);
        }

        return sum;
    }

    /// <summary>
    /// Writes the rows that the destination lacks or has otherwise. Same is true if every page was the same, also the last: then the
    /// destination has no other row, and nothing was written.
    /// </summary>
    private async Task<(ContentSum Sum, long Written, bool Same)> WriteAsync(
        string table, string partition, CancellationToken cancellationToken)
    {
        var (sum, written, same, ended) = (default(ContentSum), 0L, true, false);
        string? after = null;
        await foreach (var (page, take) in new RowPages(source, table, partition).ReadWithTakeAsync(cancellationToken))
        {
            IReadOnlyList<TableRow> there = ended ? []
                : await RowPages.QueryAsync(destination, table, partition, new RowRange(After: after), take, cancellationToken);
            ended |= there.Count < take;
            var known = there.ToDictionary(row => row.Key, row => ContentSum.Of(table, partition, row), StringComparer.Ordinal);
            var wanted = new List<TableRow>();
            foreach (var row in page)
            {
                var one = ContentSum.Of(table, partition, row);
                sum += one;
                if (!known.TryGetValue(row.Key, out var present) || present != one)
                {
                    wanted.Add(row);
                }
            }

            same &= wanted.Count == 0 && there.Count == page.Count;
            await StoreAsync(table, partition, wanted, cancellationToken);
            written += wanted.Count;
            after = page.Count > 0 ? page[^1].Key : after;
            await beat(page.Count);
        }

        return (sum, written, same && ended);
    }

    private async Task StoreAsync(string table, string partition, List<TableRow> rows, CancellationToken cancellationToken)
    {
        var batch = new List<TableWrite>();
        var bytes = 0;
        foreach (var row in rows)
        {
            var size = Size(table, partition, row);
            if (batch.Count == TableRules.MaxBatch || (batch.Count > 0 && bytes + size > TableRules.MaxBatchBytes))
            {
                await destination.Tables.WriteAsync(table, partition, batch, cancellationToken);
                batch.Clear();
                bytes = 0;
            }

            batch.Add(TableWrite.Upsert(Plain(row)));
            bytes += size;
        }

        if (batch.Count > 0)
        {
            await destination.Tables.WriteAsync(table, partition, batch, cancellationToken);
        }
    }

    /// <summary>The row's bytes in a batch; a whole batch for a row that is written alone.</summary>
    private int Size(string table, string partition, TableRow row)
    {
        try
        {
            var size = TableRules.IsKey(row.Key) ? TableRules.CheckProperties(row) : throw new ArgumentException("Its key is not valid.");
            return size > MaxShared ? TableRules.MaxBatchBytes : size;
        }
        catch (ArgumentException exception)
        {
            throw new StorageException(
                $"A row of table {table}, partition {partition} in {source.Name} cannot be stored in {destination.Name}: "
                + $"{exception.Message.Split(" (Parameter", 2)[0]} Somebody wrote it by hand: correct or delete it there.", exception);
        }
    }

    /// <summary>Without version and instant, which are the other store's.</summary>
    private static TableRow Plain(TableRow row)
    {
        var plain = new TableRow(row.Key);
        foreach (var (name, value) in row.Properties)
        {
            plain.Add(name, value);
        }

        return plain;
    }

    /// <summary>
    /// Deletes what the source does not have (any more). The source is asked for each row: adapters may order some keys otherwise.
    /// </summary>
    private async Task<long> DeleteSurplusAsync(string table, string partition, CancellationToken cancellationToken)
    {
        var deleted = 0L;
        string? after = null;
        await foreach (var (page, take) in new RowPages(destination, table, partition).ReadWithTakeAsync(cancellationToken))
        {
            var likely = (await RowPages.QueryAsync(source, table, partition, new RowRange(After: after), take, cancellationToken))
                .Select(row => row.Key).ToHashSet(StringComparer.Ordinal);
            foreach (var row in page.Where(row => !likely.Contains(row.Key)))
            {
                if (await source.Tables.GetAsync(table, partition, row.Key, cancellationToken) is null)
                {
                    await destination.Tables.WriteAsync(table, partition, TableWrite.Delete(row.Key), cancellationToken);
                    deleted++;
                }
            }

            after = page.Count > 0 ? page[^1].Key : after;
            await beat(page.Count);
        }

        return deleted;
    }
}
