using DailyDigest.Calendar;

namespace DailyDigest.Figures;

/// <summary>
/// The counts of the last dates as text, a line for each date: for a row that holds them beside what they count. Dates are dropped when
/// they are older than those that are added up.
/// </summary>
public static class FigureDays
{
    /// <summary>Dates before today that are added up.</summary>
    public const int Summed = 7;

    // Longer, so that a sum never lacks a part.
    private const int Kept = 20;

    /// <summary>Reads the text; what cannot be read is left out.</summary>
    public static IReadOnlyDictionary<DateOnly, FigureCounts> Parse(string? text)
    {
        var days = new SortedDictionary<DateOnly, FigureCounts>();
        foreach (var line in (text ?? "").Split('\n'))
        {
            if (line.Length > 10 && LocalDates.TryParse(line[..10], out var date))
            {
                days[date] = FigureCounts.Parse(line[10..]);
            }
        }

        return days;
    }

    /// <summary>The days as text; null if there are none.</summary>
    public static string? Text(IReadOnlyDictionary<DateOnly, FigureCounts> days) =>
        days.Count == 0 ? null : string.Join('\n', days.Select(pair => $"{pair.Key.Text()} {pair.Value}"));

    /// <summary>The days with more counts on one of them, without those that are too old.</summary>
    public static IReadOnlyDictionary<DateOnly, FigureCounts> Add(
        IReadOnlyDictionary<DateOnly, FigureCounts> days, DateOnly today, FigureCounts counts)
    {
        var next = new SortedDictionary<DateOnly, FigureCounts>();
        foreach (var (date, before) in days.Where(pair => pair.Key > today.AddDays(-Kept)))
        {
            next[date] = before;
        }

        if (!counts.IsEmpty)
        {
            next[today] = next.TryGetValue(today, out var sum) ? sum.Copy() : new FigureCounts();
            next[today].Add(counts);
        }

        return next;
    }

    /// <summary>True for a date whose counts are still added up.</summary>
    public static bool IsSummed(DateOnly date, DateOnly today) => date > today.AddDays(-Summed);
}
