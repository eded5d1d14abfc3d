using DailyDigest.Figures;
using DailyDigest.Reporting;

namespace DailyDigest.Web;

/// <summary>The figures as the page shows them: by day, and by week for a year.</summary>
/// <param name="report">The figures.</param>
/// <param name="days">The days that were asked for.</param>
public sealed class FigurePage(FiguresReport report, int days)
{
    private const int MaxBars = 60;
    private const int Week = 7;

    private readonly List<FigurePoint[]> groups =
        [.. Known(report).Reverse().Chunk(report.Days.Count > MaxBars ? Week : 1).Select(group => group.Reverse().ToArray()).Reverse()];

    // The plots of a new publication begin with its first day, and have a week at least.
    private static IEnumerable<FigurePoint> Known(FiguresReport report) => report.Days.Skip(
        Math.Min(report.Days.TakeWhile(IsEmpty).Count(), Math.Max(0, report.Days.Count - Week)));

    private static bool IsEmpty(FigurePoint day) =>
        day.Subscribers is null && day.Readers.IsEmpty && day.Deliveries.IsEmpty && day.Stories.IsEmpty;

    /// <summary>The periods to choose from.</summary>
    public static readonly IReadOnlyList<int> Periods = [7, 30, 365];

    /// <summary>The figures.</summary>
    public FiguresReport Report => report;

    /// <summary>The days that were asked for.</summary>
    public int Days => days;

    /// <summary>The dates of the bars.</summary>
    public IReadOnlyList<PlotSpan> Spans => [.. groups.Select(group => new PlotSpan(group[0].Date, group[^1].Date))];

    /// <summary>Active subscribers now.</summary>
    public long Active => report.Now["active"];

    /// <summary>How many more than a week ago; null if that is not known.</summary>
    public long? Difference => Active - report.WeekAgo;

    /// <summary>The number of subscribers at the end of each bar's dates.</summary>
    public IReadOnlyList<long?> Levels => [.. groups.Select(group => group[^1].Subscribers)];

    /// <summary>Sums of a bar's dates.</summary>
    public IReadOnlyList<long?> Sums(Func<FigurePoint, long> count) => [.. groups.Select(group => (long?)group.Sum(count))];

    /// <summary>The slowest of a bar's dates in seconds; null without deliveries.</summary>
    public IReadOnlyList<long?> Slowest =>
        [.. groups.Select(group => group.Any(IsTimed) ? (long?)group.Where(IsTimed).Max(day => day.Deliveries["slowest-seconds"]) : null)];

    /// <summary>The sum of all days.</summary>
    public long Total(Func<FigurePoint, long> count) => report.Days.Sum(count);

    /// <summary>The day in the middle, by the seconds that its slowest cohort took; null without deliveries.</summary>
    public long? UsualSeconds => report.Days.Where(IsTimed).Select(day => day.Deliveries["slowest-seconds"]).Order().ToList()
        is { Count: > 0 } all ? all[(all.Count - 1) / 2] : null;

    /// <summary>The slowest day; null without deliveries.</summary>
    public FigurePoint? SlowestDay => report.Days.Where(IsTimed).MaxBy(day => day.Deliveries["slowest-seconds"]);

    /// <summary>Deliveries that were not sent, of those that were begun.</summary>
    public static long NotSent(FigurePoint day) => day.Deliveries["rejected"] + day.Deliveries["expired"] + day.Deliveries["held"];

    /// <summary>The answers to the question why a person left, the most frequent first.</summary>
    public IReadOnlyList<(string Reason, long Count)> Reasons
    {
        get
        {
            var all = new FigureCounts();
            foreach (var day in report.Days)
            {
                all.Add(day.Readers.Where(name => name.StartsWith("why-", StringComparison.Ordinal)));
            }

            return [.. all.OrderByDescending(pair => pair.Value).Select(pair => (pair.Key["why-".Length..], pair.Value))];
        }
    }

    private static bool IsTimed(FigurePoint day) => day.Deliveries["sent"] > 0;
}
