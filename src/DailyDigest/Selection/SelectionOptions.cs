namespace DailyDigest.Selection;

/// <summary>How the day's best are chosen; what each number does is said in docs/ranking.md. Section <c>Selection</c>.</summary>
public sealed class SelectionOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Selection";

    /// <summary>Articles in a digest at most.</summary>
    public int MaxArticles { get; set; } = 10;

    /// <summary>Fewer articles than this: no digest.</summary>
    public int MinArticles { get; set; } = 3;

    /// <summary>Blog posts in a digest at most.</summary>
    public int MaxBlogPosts { get; set; } = 4;

    /// <summary>Fewer blog posts than this: no digest.</summary>
    public int MinBlogPosts { get; set; }

    /// <summary>Fewer items in all than this: no digest.</summary>
    public int MinStories { get; set; } = 3;

    /// <summary>Items of one section in a block at most; 0 for no cap.</summary>
    public int MaxPerSection { get; set; } = 4;

    /// <summary>Items of one source in a block at most; 0 for no cap.</summary>
    public int MaxPerSource { get; set; } = 6;

    /// <summary>Hours after which a story counts half in a daily digest; stretched in proportion for a longer window.</summary>
    public double HalfLifeHours { get; set; } = 24;

    /// <summary>Hours by which a story may have been published before the window and still count, if it was first seen inside it.</summary>
    public double LateHours { get; set; } = 24;

    /// <summary>Hours after publication during which a pin brings a story in, however long ago the window began.</summary>
    public double PinnedHours { get; set; } = 168;

    /// <summary>Points for each doubling of views over the usual.</summary>
    public double ViewsWeight { get; set; } = 0.2;

    /// <summary>Points for each doubling of votes over the usual.</summary>
    public double VotesWeight { get; set; } = 0.35;

    /// <summary>Points for each doubling of comments over the usual.</summary>
    public double CommentsWeight { get; set; } = 0.25;

    /// <summary>Points for each doubling of clicks over the usual.</summary>
    public double ClicksWeight { get; set; } = 0.3;

    /// <summary>Points for the first place in a feed that is ordered by importance, if no other signal is known.</summary>
    public double PositionWeight { get; set; } = 1;

    /// <summary>One line per fault, each naming its setting.</summary>
    public IEnumerable<string> Validate()
    {
        foreach (var (name, value, least, most) in new[]
        {
            (nameof(MaxArticles), MaxArticles, 0, 100), (nameof(MinArticles), MinArticles, 0, 100),
            (nameof(MaxBlogPosts), MaxBlogPosts, 0, 100), (nameof(MinBlogPosts), MinBlogPosts, 0, 100),
            (nameof(MinStories), MinStories, 1, 200),
            (nameof(MaxPerSection), MaxPerSection, 0, 100), (nameof(MaxPerSource), MaxPerSource, 0, 100),
        })
        {
            if (value < least || value > most)
            {
                yield return $"Selection__{name}: a whole number from {least} to {most}.";
            }
        }

        if (MinArticles > MaxArticles)
        {
            yield return "Selection__MinArticles: not above Selection__MaxArticles, or no digest could ever go out.";
        }

        if (MinBlogPosts > MaxBlogPosts)
        {
            yield return "Selection__MinBlogPosts: not above Selection__MaxBlogPosts, or no digest could ever go out.";
        }

        if (MinStories > MaxArticles + MaxBlogPosts)
        {
            yield return "Selection__MinStories: not above Selection__MaxArticles and Selection__MaxBlogPosts together, or no digest could ever go out.";
        }

        // "not (a and b)" so that NaN is a fault as well.
        foreach (var (name, value, least, most) in new[]
        {
            (nameof(HalfLifeHours), HalfLifeHours, 1.0, 720.0), (nameof(LateHours), LateHours, 0.0, 168.0),
            (nameof(PinnedHours), PinnedHours, 0.0, 720.0),
        })
        {
            if (!(value >= least && value <= most))
            {
                yield return $"Selection__{name}: hours, from {least:0} to {most:0}.";
            }
        }

        foreach (var (name, value) in new[]
        {
            (nameof(ViewsWeight), ViewsWeight), (nameof(VotesWeight), VotesWeight), (nameof(CommentsWeight), CommentsWeight),
            (nameof(ClicksWeight), ClicksWeight), (nameof(PositionWeight), PositionWeight),
        })
        {
            if (!(value >= 0 && value <= 10))
            {
                yield return $"Selection__{name}: from 0 (the signal does not count) to 10.";
            }
        }
    }
}
