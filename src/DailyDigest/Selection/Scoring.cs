using DailyDigest.Content;

namespace DailyDigest.Selection;

/// <summary>The terms of a story's score. The formula and the reason of each number stand in docs/ranking.md.</summary>
/// <param name="Engagement">Points from views, votes, comments and clicks; 0 when none is known or all are as usual. A point doubles the score.</param>
/// <param name="Position">Points from the place in a feed that is ordered by importance; 0 or more.</param>
/// <param name="Freshness">Factor above 0, at most 1: halves with every half-life.</param>
/// <param name="Boost">The desk's factor; 1 changes nothing.</param>
internal readonly record struct StoryScore(double Engagement, double Position, double Freshness, double Boost)
{
    /// <summary>What stories are ranked by. Rounded, so that the last bit of a platform's arithmetic decides nothing.</summary>
    public double Value => Math.Round(Math.Pow(2, Engagement + Position) * Freshness * Boost, 6);
}

/// <summary>Scores stories against what is usual among the day's candidates of their kind.</summary>
internal sealed class Scoring
{
    // Why each of these numbers: docs/ranking.md. A test reads that page and compares.
    internal const double PriorHours = 6;
    internal const double LeastExposureHours = 1;
    internal const double MostExposureHours = 24;
    internal const double FullDoublings = 6;
    internal const double ShareBeyond = 1.0 / 32;
    internal const int ImaginaryStories = 1;
    internal const double LeastBoost = 0.01;
    internal const double MostBoost = 100;
    internal const double DayHours = 24;
    internal const double LongestWindowHours = 168;

    private readonly SelectionOptions options;
    private readonly DateTimeOffset now;
    private readonly double halfLife;
    private readonly Dictionary<(StoryKind, string), double> usual = [];

    /// <summary>Learns what is usual from the candidates of the window [since, now].</summary>
    public Scoring(IReadOnlyCollection<Story> candidates, SelectionOptions options, DateTimeOffset since, DateTimeOffset now)
    {
        this.options = options;
        this.now = now;
        // The oldest story of a window counts half, be it a day's or a week's: otherwise a weekly digest would be Sunday's.
        halfLife = options.HalfLifeHours * Math.Clamp((now - since).TotalHours, DayHours, LongestWindowHours) / DayHours;
        foreach (var kind in candidates.GroupBy(story => story.Kind))
        {
            foreach (var signal in ReaderSignal.All)
            {
                usual[(kind.Key, signal.Many)] = Usual(kind, signal);
            }
        }
    }

    /// <summary>The story's score. Negative counts and places count as not told; no number makes it fail.</summary>
    public StoryScore Score(Story story)
    {
        var (engagement, untold) = (0.0, 0);
        foreach (var signal in ReaderSignal.All)
        {
            if (signal.Count(story.Signals) is { } count)
            {
                engagement += signal.Weight(options) * Doublings(count, UsualPerHour(story.Kind, signal), Exposure(story));
            }
            else
            {
                untold++;
            }
        }

        return new StoryScore(
            engagement, Position(story.Signals.FeedPosition, untold), Math.Pow(2, -AgeHours(story) / halfLife), Boost(story.Desk.Boost));
    }

    /// <summary>What a usual story of the kind gets in an hour.</summary>
    public double UsualPerHour(StoryKind kind, ReaderSignal signal) => usual.GetValueOrDefault((kind, signal.Many), signal.PriorPerHour);

    internal double AgeHours(Story story) => Math.Max(0, (now - story.Published).TotalHours);

    // A young story has not had its chance, and after a day attention has moved on.
    private double Exposure(Story story) => Math.Clamp(AgeHours(story), LeastExposureHours, MostExposureHours);

    // The median, because one hit (or one liar) must not make all others look poor; an imaginary story, so that one alone is not its own usual.
    private double Usual(IEnumerable<Story> stories, ReaderSignal signal)
    {
        var rates = stories.Select(story => signal.Count(story.Signals) / Exposure(story)).OfType<double>()
            .Concat(Enumerable.Repeat(signal.PriorPerHour, ImaginaryStories)).Order().ToList();
        return rates[(rates.Count - 1) / 2];
    }

    // Both sides are given the same start, one and some usual hours: small numbers then say little (a log-ratio under a Gamma prior).
    private static double Doublings(double count, double perHour, double hours)
    {
        var start = 1 + (PriorHours * perHour);
        var doublings = Math.Log2((count + start) / ((perHour * hours) + start));
        // A number that is out of all measure still goes before a smaller one, but cannot drown what the other signals say.
        return doublings <= FullDoublings ? doublings : FullDoublings + ((doublings - FullDoublings) * ShareBeyond);
    }

    // The editors' order stands in for what readers have not said: a quarter for each signal that is missing.
    private double Position(int? place, int untold) =>
        place is > 0 ? options.PositionWeight / Math.Log2(1.0 + place.Value) * untold / ReaderSignal.All.Count : 0;

    private static double Boost(double boost) => boost > 0 ? Math.Clamp(boost, LeastBoost, MostBoost) : 1;
}

/// <summary>One of the four counts by which readers show that they take to a story.</summary>
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

    /// <summary>The word for one.</summary>
    public string One { get; }

    /// <summary>The word for several.</summary>
    public string Many { get; }

    /// <summary>What an imaginary usual story gets in an hour.</summary>
    public double PriorPerHour { get; }

    /// <summary>The count; null if nobody told, or told a negative number.</summary>
    public long? Count(Signals signals) => count(signals) is >= 0 and var told ? told : null;

    /// <summary>Points for each doubling over the usual.</summary>
    public double Weight(SelectionOptions options) => weight(options);
}
