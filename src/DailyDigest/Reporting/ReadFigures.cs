using DailyDigest.Calendar;
using DailyDigest.Figures;
using DailyDigest.Settings;
using DailyDigest.Subscribers;

namespace DailyDigest.Reporting;

/// <summary>A day of the figures. Everything that did not happen is 0.</summary>
/// <param name="Date">The date of the publication's home zone; for deliveries that of the cohort.</param>
/// <param name="Readers">Sign-ups, confirmations, departures and changes.</param>
/// <param name="Deliveries">Deliveries by outcome, runs, and the seconds from a cohort's hour to its last message.</param>
/// <param name="Stories">Stories of all feeds.</param>
/// <param name="Domains">Deliveries, complaints and bounces by receiving domain.</param>
public sealed record FigurePoint(
    DateOnly Date, FigureCounts Readers, FigureCounts Deliveries, FigureCounts Stories, FigureLabels Domains)
{
    /// <summary>Subscribers at the end of the day; null for a day before they were counted.</summary>
    public long? Subscribers { get; init; }

    /// <summary>Readers who called a mail spam, also those who had left before.</summary>
    public long Complaints => Domains.Total()["complaints"];

    /// <summary>Readers whose subscription ended because their mailbox does not exist.</summary>
    public long Bounces => Domains.Total()["bounces"];

    /// <summary>How many subscriptions ended.</summary>
    public long Departures => ReadFigures.Departures.Sum(name => Readers[name]);

    /// <summary>How many became subscribers: by confirming, by an import, or by coming back.</summary>
    public long Arrivals => ReadFigures.Arrivals.Sum(name => Readers[name]);
}

/// <summary>The figures of the last days.</summary>
/// <param name="Days">A point for each day, in order; the last is today.</param>
/// <param name="Now">Subscribers by status now.</param>
/// <param name="IsCounting">
/// True while the subscribers of a store from before there were figures are being counted: <paramref name="Now"/> is then too low.
/// </param>
/// <param name="CountedPercent">How far that is.</param>
public sealed record FiguresReport(IReadOnlyList<FigurePoint> Days, FigureCounts Now, bool IsCounting, int CountedPercent)
{
    /// <summary>By receiving domain over all days, the largest first.</summary>
    public IReadOnlyList<(string Label, FigureCounts Counts)> Domains { get; init; } = [];

    /// <summary>By feed over all days, the largest first.</summary>
    public IReadOnlyList<(string Label, FigureCounts Counts)> Feeds { get; init; } = [];

    /// <summary>Subscribers seven days ago; null if that is not known.</summary>
    public long? WeekAgo { get; init; }
}

/// <summary>
/// Reads the figures of the last days: five requests to the table store for up to 400 days, however many subscribers and runs there are.
/// </summary>
public sealed class ReadFigures(FigureStore figures, SumReaders readers, Publication publication, TimeProvider time)
{
    /// <summary>Days of a report at most.</summary>
    public const int MaxDays = 400;

    /// <summary>The counts that end a subscription.</summary>
    public static readonly IReadOnlyList<string> Departures = ["left", "bounced", "complained", "erased"];

    /// <summary>The counts that begin a subscription.</summary>
    public static readonly IReadOnlyList<string> Arrivals = ["confirmed", "imported", "returned"];

    private const int Week = 7;

    /// <summary>The figures of the last days, today included.</summary>
    /// <param name="days">1 to <see cref="MaxDays"/>.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public async Task<FiguresReport> ExecuteAsync(int days, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(days);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(days, MaxDays);
        var today = Zones.LocalDate(publication.TimeZone, time.GetUtcNow());
        var first = today.AddDays(1 - Math.Max(days, Week + 1));
        var total = readers.TotalAsync(cancellationToken);
        var people = readers.DaysAsync(first, today, cancellationToken);
        var deliveries = figures.RangeAsync(FigureKinds.Deliveries, first, today, cancellationToken);
        var domains = figures.RangeAsync(FigureKinds.Domains, first, today, cancellationToken);
        var stories = figures.RangeAsync(FigureKinds.Stories, first, today, cancellationToken);
        await Task.WhenAll(total, people, deliveries, domains, stories);

        var now = (await total).On(today);
        var (byDay, sent, received, read) = (
            (await people).ToDictionary(day => day.Date), (await deliveries).ToDictionary(day => day.Date),
            (await domains).ToDictionary(day => day.Date), (await stories).ToDictionary(day => day.Date));
        var points = new List<FigurePoint>();
        for (var date = first; date <= today; date = date.AddDays(1))
        {
            points.Add(new FigurePoint(
                date,
                byDay.GetValueOrDefault(date)?.Events ?? new FigureCounts(),
                sent.GetValueOrDefault(date)?.Counts ?? new FigureCounts(),
                read.GetValueOrDefault(date)?.Counts ?? new FigureCounts(),
                Together(received.GetValueOrDefault(date)?.Labels, byDay.GetValueOrDefault(date)?.Domains)));
        }

        var known = await total is { IsComplete: true, Since: { } since } ? since : (DateOnly?)null;
        points = WithSubscribers(points, byDay, known, now["active"]);
        var shown = points.TakeLast(days).ToList();
        return new FiguresReport(shown, now, known is null, (int)((await total).Counted * 100L / 256))
        {
            Domains = Sum(shown.Select(day => day.Domains)),
            Feeds = Sum(shown.Select(day => read.GetValueOrDefault(day.Date)?.Labels ?? new FigureLabels())),
            WeekAgo = points[^(Week + 1)].Subscribers,
        };
    }

    /// <summary>
    /// From today back: a day without a number of its own has that of the day after, less what happened then. Nothing is known of the days
    /// before the first count.
    /// </summary>
    private static List<FigurePoint> WithSubscribers(
        List<FigurePoint> points, Dictionary<DateOnly, ReaderFigures> days, DateOnly? since, long now)
    {
        var level = now;
        for (var index = points.Count - 1; index >= 0 && points[index].Date >= since; index--)
        {
            var own = index < points.Count - 1 ? days.GetValueOrDefault(points[index].Date)?.Level?["active"] : null;
            points[index] = points[index] with { Subscribers = own ?? level };
            level = (own ?? level) - points[index].Arrivals + points[index].Departures;
        }

        return points;
    }

    private static FigureLabels Together(FigureLabels? deliveries, FigureLabels? endings)
    {
        var sum = new FigureLabels();
        sum.Add(deliveries ?? new FigureLabels());
        sum.Add(endings ?? new FigureLabels());
        return sum;
    }

    private static IReadOnlyList<(string, FigureCounts)> Sum(IEnumerable<FigureLabels> days)
    {
        var sum = new FigureLabels();
        foreach (var day in days)
        {
            sum.Add(day);
        }

        return sum.List();
    }
}
