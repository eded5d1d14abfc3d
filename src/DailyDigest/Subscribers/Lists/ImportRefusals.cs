using System.Globalization;
using DailyDigest.Calendar;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>
/// The lines that an import refused, so that a repeated import reports them again. Table Facts, a partition per file, a row per line.
/// Holds line numbers and reasons, no addresses.
/// </summary>
internal sealed class ImportRefusals(ITableStore tables, string file)
{
    /// <summary>Lines that are kept per file. A person does not correct more by hand.</summary>
    public const int MaxLines = 10_000;

    private string Partition => "import~" + file;

    /// <summary>The lines that earlier imports of the file refused, in order.</summary>
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

    /// <summary>
    /// Stores the lines, up to <see cref="MaxLines"/> together with the <paramref name="before"/> earlier ones. Repeatable.
    /// </summary>
    public async Task KeepAsync(IReadOnlyList<RefusedRow> refused, int before, CancellationToken cancellationToken)
    {
        foreach (var batch in refused.DistinctBy(row => row.Line).Take(Math.Max(0, MaxLines - before)).Chunk(TableRules.MaxBatch))
        {
            await tables.WriteAsync(
                Tables.Facts, Partition,
                [.. batch.Select(row =>
                    TableWrite.Upsert(new TableRow(row.Line.ToString("d10", CultureInfo.InvariantCulture)) { { "reason", row.Reason } }))],
                cancellationToken);
        }
    }
}
