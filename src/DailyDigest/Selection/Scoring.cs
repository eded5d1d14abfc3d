using DailyDigest.Content;

namespace DailyDigest.Selection;

/// <summary>The terms of a story's score. docs/ranking.md explains the formula and its numbers.</summary>
/// <param name="Engagement">
/// Points from views, votes, comments and clicks; 0 if none is known or all are average. A point doubles the score.
/// </param>
/// <param name="Position">Points from the position in a feed ordered by importance; 0 or more.</param>
/// <param name="Freshness">Factor above 0, at most 1: halves with every half-life.</param>
/// <param name="Boost">The desk's factor; 1 changes nothing.</param>
internal readonly record struct StoryScore(double Engagement, double Position, double Freshness, double Boost)
{
    /// <summary>The rank value. Rounded, so that differences in floating-point arithmetic between platforms do not matter.</summary>
    public double Value => Math.Round(Math.Pow(2, Engagement + Position) * Freshness * Boost, 6);
}

/// <summary>Scores stories relative to the average of the candidates of their kind.</summary>
internal sealed class Scoring
{
    // docs/ranking.md explains these numbers. A test compares that page with them.
    internal const double PriorHours = 6;
    internal const double MinExposureHours = 1;
    internal const double MaxExposureHours = 24;
    internal const double FullDoublings = 6;
    internal const double ShareBeyond = 1.0 / 32;
    internal const int PriorStories = 1;
    internal const double MinBoost = 0.01;
    internal const double MaxBoost = 100;
    internal const double DayHours = 24;
    internal const double LongestWindowHours = 168;

    private readonly SelectionOptions options;
    private readonly DateTimeOffset now;
    private readonly double halfLife;
    private readonly Dictionary<(StoryKind, string), double> usual = [];

    /// <summary>Computes the averages from the candidates of the window [since, now].</summary>
    public Scoring(IReadOnlyCollection<Story> candidates, SelectionOptions options, DateTimeOffset since, DateTimeOffset now)
    {
        this.options = options;
        this.now = now;
        // The oldest story of a window counts half, for a day and for a week. Otherwise a weekly digest would prefer the last day.
        halfLife = options.HalfLifeHours * Math.Clamp((now - since).TotalHours, DayHours, LongestWindowHours) / DayHours;
        foreach (var kind in candidates.GroupBy(story => story.Kind))
        {
            foreach (var signal in ReaderSignal.All)
            {
                usual[(kind.Key, signal.Many)] = Usual(kind, signal);
            }
        }
    }

    /// <summary>The story's score. Negative counts and positions count as unknown; no value causes an error.</summary>
    public StoryScore Score(Story story)
    {
        var (engagement, unknown) = (0.0, 0);
        foreach (var signal in ReaderSignal.All)
        {
            if (signal.Count(story.Signals) is { } count)
            {
                engagement += signal.Weight(options) * Doublings(count, UsualPerHour(story.Kind, signal), Exposure(story));
            }
            else
            {
                unknown++;
            }
        }

        return new StoryScore(
            engagement, Position(story.Signals.FeedPosition, unknown), Math.Pow(2, -AgeHours(story) / halfLife), Boost(story.Desk.Boost));
    }

    /// <summary>The count per hour of an average story of the kind.</summary>
    public double UsualPerHour(StoryKind kind, ReaderSignal signal) => usual.GetValueOrDefault((kind, signal.Many), signal.PriorPerHour);

    internal double AgeHours(Story story) => Math.Max(0, (now - story.Published).TotalHours);

    // A young story has had little exposure, and after a day the attention ends.
    private double Exposure(Story story) => Math.Clamp(AgeHours(story), MinExposureHours, MaxExposureHours);

    // The median, so that one outlier (or one false count) does not lower all others; with a prior story, so that a single story is not its
    // own average.
    private double Usual(IEnumerable<Story> stories, ReaderSignal signal)
    {
        var rates = stories.Select(story => signal.Count(story.Signals) / Exposure(story)).OfType<double>()
            .Concat(Enumerable.Repeat(signal.PriorPerHour, PriorStories)).Order().ToList();
        return rates[(rates.Count - 1) / 2];
    }

    // Both sides start with the same prior count, so that small numbers have little effect (a log-ratio with a Gamma prior).
    private static double Doublings(double count, double perHour, double hours)
    {
        var start = 1 + (PriorHours * perHour);
        var doublings = Math.Log2((count + start) / ((perHour * hours) + start));
        // An extreme count still ranks above a smaller one, but does not outweigh the other signals.
        return doublings <= FullDoublings ? doublings : FullDoublings + ((doublings - FullDoublings) * ShareBeyond);
    }

    // The editors' order replaces unknown signals: a quarter for each.
    private double Position(int? place, int unknown) =>
        place is > 0 ? options.PositionWeight / Math.Log2(1.0 + place.Value) * unknown / ReaderSignal.All.Count : 0;

    private static double Boost(double boost) => boost > 0 ? Math.Clamp(boost, MinBoost, MaxBoost) : 1;
}

/// <summary>One of the four counts of reactions.</summary>
internal sealed class ReaderSignal
{
    private readonly Func<Signals, long?> count;
    private readonly Func<SelectionOptions, double> weight;

    private ReaderSignal(string one, string many, double priorPerHour, Func<Signals, long?> count, Func<SelectionOptions, double> weight)
    {
        (One, Many, PriorPerHour) = (one, many, priorPerHour);
        (this.count, this.weight) = (count, weight);
    }

    /// <summary>All four, in the order in which reasons name them.</summary>
    public static IReadOnlyList<ReaderSignal> All { get; } =
    [
        new("vote", "votes", 1, signals => signals.Votes, options => options.VotesWeight),
        new("comment", "comments", 0.5, signals => signals.Comments, options => options.CommentsWeight),
        new("click", "clicks", 2, signals => signals.Clicks, options => options.ClicksWeight),
        new("view", "views", 20, signals => signals.Views, options => options.ViewsWeight),
    ];

    /// <summary>The singular.</summary>
    public string One { get; }

    /// <summary>The plural.</summary>
    public string Many { get; }

    /// <summary>The count per hour of the prior story.</summary>
    public double PriorPerHour { get; }

    /// <summary>The count; null if unknown or negative.</summary>
    public long? Count(Signals signals) => count(signals) is >= 0 and var known ? known : null;

    /// <summary>Points for each doubling over the average.</summary>
    public double Weight(SelectionOptions options) => weight(options);
}
