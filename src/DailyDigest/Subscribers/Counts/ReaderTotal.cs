using DailyDigest.Calendar;
using DailyDigest.Figures;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>How many subscribers there are: a row of table Figures.</summary>
public sealed record ReaderTotal
{
    /// <summary>The prefix of the copies of the partitions' counts. They sort after the dates.</summary>
    internal const string Prefix = "~";

    /// <summary>The row's key, among the copies.</summary>
    internal const string Key = Prefix + "total";

    // Right after the row of its date.
    private const string LevelSuffix = "~now";

    private FigureCounts Now { get; init; } = new();

    /// <summary>Partitions of 256 that are counted.</summary>
    public int Counted { get; private init; }

    /// <summary>The first date for which the number of subscribers is known; null while they are counted.</summary>
    public DateOnly? Since { get; private init; }

    internal string? ETag { get; private init; }

    /// <summary>False while the subscribers of a store from before there were figures are being counted.</summary>
    public bool IsComplete => Counted >= ReaderPartitions.Count;

    /// <summary>Subscribers by status; active ones who pause or rest on the date also as <c>paused</c> or <c>resting</c>.</summary>
    public FigureCounts On(DateOnly today) => On(Now, today);

    /// <summary>The number of subscribers at the end of a day, from its row; null for another row.</summary>
    internal static (DateOnly Date, FigureCounts Level)? ReadLevel(TableRow row) =>
        row.Key.EndsWith(LevelSuffix, StringComparison.Ordinal) && LocalDates.TryParse(row.Key[..^LevelSuffix.Length], out var date)
            ? (date, FigureCounts.Parse(row.Text("counts"))) : null;

    internal static ReaderTotal Of(IEnumerable<TableRow> rows) => Of(rows.FirstOrDefault(row => row.Key == Key));

    internal static ReaderTotal Of(TableRow? row) => row is null ? new ReaderTotal() : new ReaderTotal
    {
        Now = FigureCounts.Parse(row.Text("now")),
        Counted = Math.Clamp(row.Count("counted"), 0, ReaderPartitions.Count),
        Since = row.Date("since"),
        ETag = row.ETag,
    };

    /// <summary>The row after everything was added up.</summary>
    internal ReaderTotal Next(FigureCounts now, int? counted, DateOnly today)
    {
        var next = this with { Now = now, Counted = Math.Max(Counted, counted ?? 0) };
        return next with { Since = next.Since ?? (next.IsComplete ? today : null) };
    }

    /// <summary>The row of a store without subscribers.</summary>
    internal static ReaderTotal New(DateOnly today) => new() { Counted = ReaderPartitions.Count, Since = today };

    internal TableRow ToRow() => new(Key)
    {
        { "now", Now.ToString() },
        { "counted", Counted },
        { "since", Since?.Text() },
    };

    internal TableRow ToLevelRow(DateOnly today) => new(today.Text() + LevelSuffix) { { "counts", On(Now, today).ToString() } };

    private static FigureCounts On(FigureCounts now, DateOnly today)
    {
        var level = now.Where(name => !name.Contains(':', StringComparison.Ordinal));
        level.Add("paused", Until(ReaderChange.PausedUntil));
        level.Add("resting", Until(ReaderChange.RestingUntil));
        return level;

        long Until(string prefix) => now.Where(
            name => name.StartsWith(prefix, StringComparison.Ordinal) && !ReaderCountRow.IsOver(name, today)).Sum;
    }
}

/// <summary>The sums of the partitions' counts.</summary>
internal sealed class ReaderSums
{
    private const int MaxDomains = 40;

    private readonly SortedDictionary<DateOnly, FigureCounts> days = [];

    public ReaderSums(IReadOnlyList<ReaderCountRow> all, DateOnly today)
    {
        foreach (var one in all)
        {
            Now.Add(one.Counted ? one.Now : new FigureCounts());
            foreach (var (date, counts) in one.Days.Where(pair => FigureDays.IsSummed(pair.Key, today)))
            {
                days[date] = days.TryGetValue(date, out var sum) ? sum : new FigureCounts();
                days[date].Add(counts);
            }
        }
    }

    /// <summary>Subscribers by status, and active ones by the date until which they pause or rest.</summary>
    public FigureCounts Now { get; } = new();

    /// <summary>The days whose sums differ from those before.</summary>
    public IEnumerable<FigureDay> Changes(ReaderSums before) => days
        .Where(pair => before.days.GetValueOrDefault(pair.Key)?.ToString() != pair.Value.ToString())
        .Select(pair => new FigureDay(pair.Key, pair.Value.Where(name => !name.Contains(ReaderChange.OfDomain)))
        {
            Labels = Domains(pair.Value),
        });

    private static FigureLabels Domains(FigureCounts counts)
    {
        var labels = new FigureLabels();
        foreach (var (name, count) in counts)
        {
            if (name.Split(ReaderChange.OfDomain) is [var what, var domain])
            {
                labels.Add(domain, what, count, MaxDomains);
            }
        }

        return labels;
    }
}
