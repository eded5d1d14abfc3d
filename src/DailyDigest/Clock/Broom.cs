using DailyDigest.Calendar;
using DailyDigest.Storage;

namespace DailyDigest.Clock;

/// <summary>Deletes rows in batches, as many as one beat may; every answer of false or null means that it is worn and the rest is left to the next.</summary>
internal sealed class Broom(ITableStore tables, int calls, int batches)
{
    /// <summary>Rows of a page of those that may have a megabyte each.</summary>
    public const int FewRows = 10;

    private int calls = calls;
    private int batches = batches;

    /// <summary>Takes storage calls off what is left.</summary>
    public bool Take(int calls) => (this.calls -= calls) >= 0;

    /// <summary>Sees to every row of the partition in turn, a page at a time, as long as <paramref name="see"/> answers true.</summary>
    public async Task<bool> EachAsync(string table, string partition, int page, Func<TableRow, Task<bool>> see, CancellationToken cancellationToken)
    {
        for (var after = (string?)null; ;)
        {
            if (await QueryAsync(table, partition, new RowRange(After: after), page, cancellationToken) is not { } rows)
            {
                return false;
            }

            foreach (var row in rows)
            {
                if (!await see(row))
                {
                    return false;
                }
            }

            if (rows.Count < page)
            {
                return true;
            }

            after = rows[^1].Key;
        }
    }

    /// <summary>Deletes every row of the partition.</summary>
    public async Task<bool> ClearAsync(string table, string partition, CancellationToken cancellationToken)
    {
        var page = table is Tables.Variants ? FewRows : TableRules.MaxPage;
        while (true)
        {
            if (await QueryAsync(table, partition, RowRange.All, page, cancellationToken) is not { } rows)
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

    /// <summary>Deletes the rows; one that is gone already is as good as deleted, and one that has another ETag than the one named stays.</summary>
    public async Task<bool> DeleteAsync(
        string table, string partition, IReadOnlyList<string> keys, CancellationToken cancellationToken, string? etag = null)
    {
        for (var left = keys.ToList(); left.Count > 0;)
        {
            if (batches-- <= 0 || !Take(1))
            {
                return false;
            }

            var result = await tables.WriteAsync(table, partition, [.. left.Select(key => TableWrite.Delete(key, etag))], cancellationToken);
            if (result.IsDone)
            {
                break;
            }

            // Another machine sweeps here as well.
            left.RemoveAt(result.FailedIndex);
        }

        return true;
    }

    private async Task<IReadOnlyList<TableRow>?> QueryAsync(string table, string partition, RowRange range, int take, CancellationToken cancellationToken) =>
        Take(1) ? await tables.QueryAsync(table, partition, range, take, cancellationToken) : null;
}

/// <summary>Where the purge stands: a row in table Facts.</summary>
/// <param name="Pass">The UTC day of the pass that is under way or was done last.</param>
/// <param name="Done">True when it is done.</param>
/// <param name="Ledger">The first local date whose ledger is still kept.</param>
/// <param name="Archive">The first local date whose archived digest is still kept.</param>
/// <param name="Notices">The first day whose service mails are still kept.</param>
/// <param name="Checks">The first day whose human checks are still kept.</param>
/// <param name="Shard">The next of the 256 partitions of subscribers and of stories that this pass looks through.</param>
/// <param name="ETag">The row's version; null for a row that does not stand yet.</param>
internal sealed record PurgeProgress(
    DateOnly Pass, bool Done, DateOnly Ledger, DateOnly Archive, DateOnly Notices, DateOnly Checks, int Shard, string? ETag)
{
    private const string Partition = "purge";
    private const string Row = "progress";

    /// <summary>The progress of a store in which nothing is older than the date.</summary>
    public static PurgeProgress Begin(DateOnly pass, DateOnly first) => new(pass, true, first, first, first, first, 0, null);

    /// <summary>Null if there is none, or it cannot be read.</summary>
    public static async Task<PurgeProgress?> ReadAsync(ITableStore tables, CancellationToken cancellationToken) =>
        await tables.GetAsync(Tables.Facts, Partition, Row, cancellationToken) is { } row
        && row.Date("pass") is { } pass && row.Date("ledger") is { } ledger && row.Date("archive") is { } archive
        && row.Date("notices") is { } notices && row.Date("checks") is { } checks
            ? new PurgeProgress(pass, row.Flag("done"), ledger, archive, notices, checks, Math.Max(0, row.Count("shard")), row.ETag)
            : null;

    /// <summary>Writes the first one; one that could not be read is replaced.</summary>
    public Task InsertAsync(ITableStore tables, CancellationToken cancellationToken) =>
        tables.WriteAsync(Tables.Facts, Partition, TableWrite.Upsert(ToRow()), cancellationToken);

    /// <summary>Writes how far it is. False if another machine was first: then its word stands, and what was done twice was done.</summary>
    public async Task<bool> ChangeAsync(ITableStore tables, CancellationToken cancellationToken) =>
        (await tables.WriteAsync(Tables.Facts, Partition, TableWrite.Update(ToRow(), ETag!), cancellationToken)).IsDone;

    private TableRow ToRow() => new(Row)
    {
        { "pass", Pass.Text() },
        { "done", Done },
        { "ledger", Ledger.Text() },
        { "archive", Archive.Text() },
        { "notices", Notices.Text() },
        { "checks", Checks.Text() },
        { "shard", Shard },
    };
}
