namespace DailyDigest.Selection;

/// <summary>The parameters of selection; docs/ranking.md explains them. Section <c>Selection</c>.</summary>
public sealed class SelectionOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Selection";

    /// <summary>The same parameters, but a digest may have any number of stories.</summary>
    internal SelectionOptions WithoutLimits()
    {
        var copy = (SelectionOptions)MemberwiseClone();
        (copy.MaxArticles, copy.MaxBlogPosts) = (int.MaxValue, int.MaxValue);
        (copy.MinArticles, copy.MinBlogPosts, copy.MinStories) = (0, 0, 0);
        return copy;
    }

    /// <summary>Maximum number of articles in a digest.</summary>
    public int MaxArticles { get; set; } = 10;

    /// <summary>Minimum number of articles; with fewer there is no digest.</summary>
    public int MinArticles { get; set; } = 3;

    /// <summary>Maximum number of blog posts in a digest.</summary>
    public int MaxBlogPosts { get; set; } = 4;

    /// <summary>Minimum number of blog posts; with fewer there is no digest.</summary>
    public int MinBlogPosts { get; set; }

    /// <summary>Minimum number of items; with fewer there is no digest.</summary>
    public int MinStories { get; set; } = 3;

    /// <summary>Maximum number of items of one section in a block; 0 for no limit.</summary>
    public int MaxPerSection { get; set; }

    /// <summary>Maximum number of items of one source in a block; 0 for no limit.</summary>
    public int MaxPerSource { get; set; }

    /// <summary>
    /// The weight of variety against the score, from 0 (the best scores, however alike) to 1 (the least alike, whatever their score).
    /// </summary>
    public double Variety { get; set; } = 0.3;

    /// <summary>
    /// True to choose from the stories of all languages for every reader; false to choose only from those in the languages of the reader.
    /// </summary>
    public bool MixLanguages { get; set; }

    /// <summary>Hours after which a story counts half in a daily digest; proportionally more for a longer window.</summary>
    public double HalfLifeHours { get; set; } = 24;

    /// <summary>Hours before the window within which a story still counts if it was first seen in the window.</summary>
    public double LateHours { get; set; } = 24;

    /// <summary>Hours after publication within which a pinned story counts, independent of the window.</summary>
    public double PinnedHours { get; set; } = 168;

    /// <summary>Points for each doubling of views over the average.</summary>
    public double ViewsWeight { get; set; } = 0.2;

    /// <summary>Points for each doubling of votes over the average.</summary>
    public double VotesWeight { get; set; } = 0.35;

    /// <summary>Points for each doubling of comments over the average.</summary>
    public double CommentsWeight { get; set; } = 0.25;

    /// <summary>Points for each doubling of clicks over the average.</summary>
    public double ClicksWeight { get; set; } = 0.3;

    /// <summary>Points for the first position in a feed ordered by importance, if no other signal is known.</summary>
    public double PositionWeight { get; set; } = 1;

    /// <summary>One line per fault, each naming its setting.</summary>
    public IEnumerable<string> Validate()
    {
        foreach (var (name, value, min, max) in new[]
        {
            (nameof(MaxArticles), MaxArticles, 0, 100), (nameof(MinArticles), MinArticles, 0, 100),
            (nameof(MaxBlogPosts), MaxBlogPosts, 0, 100), (nameof(MinBlogPosts), MinBlogPosts, 0, 100),
            (nameof(MinStories), MinStories, 1, 200),
            (nameof(MaxPerSection), MaxPerSection, 0, 100), (nameof(MaxPerSource), MaxPerSource, 0, 100),
        })
        {
            if (value < min || value > max)
            {
                yield return $"Selection__{name}: a whole number from {min} to {max}.";
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
            yield return "Selection__MinStories: not above Selection__MaxArticles and Selection__MaxBlogPosts together, "
                + "or no digest could ever go out.";
        }

        // Written as "not (a and b)", so that NaN is a fault too.
        foreach (var (name, value, min, max) in new[]
        {
            (nameof(HalfLifeHours), HalfLifeHours, 1.0, 720.0), (nameof(LateHours), LateHours, 0.0, 168.0),
            (nameof(PinnedHours), PinnedHours, 0.0, 720.0),
        })
        {
            if (!(value >= min && value <= max))
            {
                yield return $"Selection__{name}: hours, from {min:0} to {max:0}.";
            }
        }

        if (!(Variety >= 0 && Variety <= 1))
        {
            yield return "Selection__Variety: from 0 (scores only) to 1.";
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
