using System.Globalization;
using DailyDigest.Calendar;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>
/// What imports refused, so that whoever starts one again hears it again: table Facts, a partition per file, a row per line. Lines and reasons only; whose
/// address it was stands in the file alone.
/// </summary>
internal sealed class ImportRefusals(ITableStore tables, string file)
{
    /// <summary>More than anybody corrects by hand.</summary>
    public const int Most = 10_000;

    private string Partition => "import~" + file;

    /// <summary>What earlier tries of the file refused, by line.</summary>
    public async Task<IReadOnlyList<RefusedRow>> ListAsync(CancellationToken cancellationToken)
    {
        var rows = new List<RefusedRow>();
        await foreach (var row in tables.ScanAsync(Tables.Facts, Partition, RowRange.All, cancellationToken))
        {
            if (int.TryParse(row.Key, NumberStyles.None, CultureInfo.InvariantCulture, out var line) && row.Text("reason") is { } reason)
            {
                rows.Add(new RefusedRow(line, reason) { Earlier = true });
            }
        }

        return rows;
    }

    /// <summary>Keeps them as far as there is room beside those that were <paramref name="before"/> them. Repeatable.</summary>
    public async Task KeepAsync(IReadOnlyList<RefusedRow> refused, int before, CancellationToken cancellationToken)
    {
        foreach (var batch in refused.DistinctBy(row => row.Line).Take(Math.Max(0, Most - before)).Chunk(TableRules.MaxBatch))
        {
            await tables.WriteAsync(
                Tables.Facts, Partition,
                [.. batch.Select(row => TableWrite.Upsert(new TableRow(row.Line.ToString("d10", CultureInfo.InvariantCulture)) { { "reason", row.Reason } }))],
                cancellationToken);
        }
    }
}
