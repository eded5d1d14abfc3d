using DailyDigest.Calendar;
using DailyDigest.Storage;

namespace DailyDigest.Figures;

/// <summary>
/// The figures of each date. Table Figures, partition = kind, row = local date. A row is never incremented: it is overwritten with the sum
/// of counts that stand in rows beside what they count (docs/decisions/0036).
/// </summary>
public sealed class FigureStore(ITableStore tables)
{
    /// <summary>Days for which figures are kept: three years, so that a year can be compared with the one before.</summary>
    public const int KeptDays = 1_100;

    /// <summary>The days that have figures, in order. One request for up to 1,000 days.</summary>
    public async Task<IReadOnlyList<FigureDay>> RangeAsync(
        string kind, DateOnly first, DateOnly last, CancellationToken cancellationToken)
    {
        var days = new List<FigureDay>();
        var range = new RowRange(From: first.Text(), Before: last.AddDays(1).Text());
        await foreach (var row in tables.ScanAsync(Tables.Figures, kind, range, cancellationToken))
        {
            if (LocalDates.TryParse(row.Key, out var date))
            {
                days.Add(new FigureDay(date, FigureCounts.Parse(row.Text("counts"))) { Labels = FigureLabels.Parse(row.Text("labels")) });
            }
        }

        return days;
    }

    /// <summary>Writes the days. Repeatable.</summary>
    public async Task WriteAsync(string kind, IEnumerable<FigureDay> days, CancellationToken cancellationToken)
    {
        foreach (var some in days.Chunk(TableRules.MaxBatch))
        {
            await tables.WriteAsync(Tables.Figures, kind, [.. some.Select(day => TableWrite.Upsert(ToRow(day)))], cancellationToken);
        }
    }

    /// <summary>The day as a row.</summary>
    internal static TableRow ToRow(FigureDay day) => new(day.Date.Text())
    {
        { "counts", day.Counts.ToString() },
        { "labels", day.Labels.IsEmpty ? null : day.Labels.ToString() },
    };
}
