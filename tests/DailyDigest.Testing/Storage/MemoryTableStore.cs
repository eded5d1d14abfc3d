using System.Text;
using DailyDigest.Storage;

namespace DailyDigest.Testing.Storage;

/// <summary>The tables in memory, for tests of other things. It keeps the same contract, on the test's clock.</summary>
public sealed class MemoryTableStore(TimeProvider time) : ITableStore, IStoreContents
{
    private readonly Lock gate = new();
    private readonly Dictionary<(string Table, string Partition), SortedDictionary<string, TableRow>> partitions = [];
    private long lastETag;

    /// <summary>All rows with their table and partition, in no particular order.</summary>
    public IReadOnlyList<(string Table, string Partition, TableRow Row)> Everything
    {
        get
        {
            lock (gate)
            {
                return [.. partitions.SelectMany(pair => pair.Value.Values.Select(row => (pair.Key.Table, pair.Key.Partition, Copy(row))))];
            }
        }
    }

    /// <inheritdoc/>
    public Task PrepareAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<TableRow?> GetAsync(string table, string partition, string row, CancellationToken cancellationToken)
    {
        TableRules.Check(table, partition, row);
        await Task.CompletedTask;
        cancellationToken.ThrowIfCancellationRequested();
        lock (gate)
        {
            return partitions.TryGetValue((table, partition), out var rows) && rows.TryGetValue(row, out var found) ? Copy(found) : null;
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<TableRow>> QueryAsync(
        string table, string partition, RowRange range, int take, CancellationToken cancellationToken)
    {
        TableRules.Check(table, partition, take);
        await Task.CompletedTask;
        cancellationToken.ThrowIfCancellationRequested();
        lock (gate)
        {
            return partitions.TryGetValue((table, partition), out var rows)
                ? [.. rows.Values.Where(row => IsIn(range, row.Key)).Take(take).Select(Copy)]
                : [];
        }
    }

    /// <inheritdoc/>
    public async Task<WriteResult> WriteAsync(
        string table, string partition, IReadOnlyList<TableWrite> writes, CancellationToken cancellationToken)
    {
        TableRules.Check(table, partition, writes);
        await Task.CompletedTask;
        cancellationToken.ThrowIfCancellationRequested();
        lock (gate)
        {
            if (!partitions.TryGetValue((table, partition), out var rows))
            {
                partitions.Add((table, partition), rows = new SortedDictionary<string, TableRow>(StringComparer.Ordinal));
            }

            for (var i = 0; i < writes.Count; i++)
            {
                var outcome = Meets(rows.TryGetValue(writes[i].Row.Key, out var row) ? row : null, writes[i]);
                if (outcome != WriteOutcome.Done)
                {
                    return WriteResult.Refused(outcome, i);
                }
            }

            return WriteResult.Done([.. writes.Select(write => Apply(rows, write))]);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> ListTablesAsync(CancellationToken cancellationToken)
    {
        lock (gate)
        {
            return Task.FromResult<IReadOnlyList<string>>(
                [.. partitions.Where(pair => pair.Value.Count > 0).Select(pair => pair.Key.Table).Distinct()]);
        }
    }

    /// <inheritdoc/>
    public Task<string?> NextPartitionAsync(string table, string? after, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            return Task.FromResult(partitions
                .Where(pair => pair.Key.Table == table && pair.Value.Count > 0 && string.CompareOrdinal(pair.Key.Partition, after) > 0)
                .Select(pair => pair.Key.Partition).Order(StringComparer.Ordinal).FirstOrDefault());
        }
    }

    private static bool IsIn(RowRange range, string key) =>
        (range.From is null || string.CompareOrdinal(key, range.From) >= 0)
        && (range.After is null || string.CompareOrdinal(key, range.After) > 0)
        && (range.Before is null || string.CompareOrdinal(key, range.Before) < 0);

    private static WriteOutcome Meets(TableRow? row, TableWrite write) => (write.Kind, row) switch
    {
        (WriteKind.Upsert, _) or (WriteKind.Insert, null) => WriteOutcome.Done,
        (WriteKind.Insert, _) => WriteOutcome.Exists,
        (_, null) => WriteOutcome.Missing,
        _ => write.ETag is null || write.ETag == row.ETag ? WriteOutcome.Done : WriteOutcome.Changed,
    };

    private string Apply(SortedDictionary<string, TableRow> rows, TableWrite write)
    {
        if (write.Kind == WriteKind.Delete)
        {
            rows.Remove(write.Row.Key);
            return "";
        }

        var etag = $"m{++lastETag}";
        rows[write.Row.Key] = Copy(write.Row, etag, time.GetUtcNow());
        return etag;
    }

    private static TableRow Copy(TableRow row) => Copy(row, row.ETag, row.Timestamp);

    /// <summary>A deep copy, with text as it is after encoding to UTF-8 and back.</summary>
    private static TableRow Copy(TableRow row, string? etag, DateTimeOffset? timestamp)
    {
        var copy = new TableRow(row.Key) { ETag = etag, Timestamp = timestamp };
        foreach (var (name, value) in row)
        {
            copy.Add(name, value switch
            {
                byte[] bytes => bytes.ToArray(),
                string text => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)),
                _ => value,
            });
        }

        return copy;
    }
}
