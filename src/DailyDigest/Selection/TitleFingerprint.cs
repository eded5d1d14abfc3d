using DailyDigest.Content;

namespace DailyDigest.Selection;

/// <summary>
/// A title with its summary, for comparison. Titles are compared by the words that tell their news. The similarity of two titles is the
/// share of these words in common (Jaccard). docs/ranking.md explains rules and thresholds.
/// </summary>
internal sealed class TitleFingerprint
{
    /// <summary>
    /// Similarity below which two titles are never the same news. <see cref="FingerprintIndex"/> relies on it, and needs it in tenths.
    /// </summary>
    internal const double Similar = 0.3;

    /// <summary>Similarity from which a title that contains the other is the same, such as with the place added.</summary>
    internal const double Contained = 0.5;

    /// <summary>Words that a title and a longer one must have in common.</summary>
    internal const int ContainedWords = 3;

    /// <summary>Similarity from which summaries agree.</summary>
    internal const double SummariesAgree = 0.5;

    /// <summary>Similarity below which summaries differ.</summary>
    internal const double SummariesDiffer = 0.3;

    /// <summary>A title with fewer words is the same only as an equal one.</summary>
    internal const int FewWords = 4;

    /// <summary>The number of added words up to which a title says the same with a detail.</summary>
    internal const int FewAdded = 3;

    /// <summary>A summary with fewer words is ignored.</summary>
    internal const int SummaryWords = 5;

    private readonly Headline headline;
    private readonly SummaryText summary;
    private readonly string source;

    private TitleFingerprint(string title, string summary, string source)
    {
        (Title, this.source) = (title, source);
        headline = Headline.Of(title);
        this.summary = new SummaryText(summary, title);
    }

    /// <summary>The original title.</summary>
    public string Title { get; }

    /// <summary>The hashes of the words, sorted and distinct. A live page has those of its topic.</summary>
    internal ulong[] Features => headline.Features;

    /// <summary>The hashes of all words of a live page, which are compared with other pages; null for another page.</summary>
    internal ulong[]? FullFeatures => headline.Full?.Features;

    public static TitleFingerprint Of(string title, string summary, string source) => new(title, summary, source);

    public static TitleFingerprint Of(Story story) => new(story.Title, story.Summary, story.Source);

    /// <summary>True if both report the same news. Symmetric, not transitive.</summary>
    public bool IsSameNewsAs(TitleFingerprint other) => Compare(other, isLater: false);

    /// <summary>
    /// True if this repeats <paramref name="sent"/>. A title that adds a fact to what was sent is news, and so is the next edition of a
    /// column that keeps its title.
    /// </summary>
    public bool IsRepeatOf(TitleFingerprint sent) => Compare(sent, isLater: true);

    // FNV-1a is equal on every machine and in every process, in contrast to string.GetHashCode.
    internal static ulong Hash(string text)
    {
        var hash = 14695981039346656037UL;
        foreach (var letter in text)
        {
            hash = (hash ^ letter) * 1099511628211UL;
        }

        return hash;
    }

    private bool Compare(TitleFingerprint other, bool isLater)
    {
        var (mine, theirs) = (headline, other.headline);
        if (mine.HasTopic != theirs.HasTopic)
        {
            (mine, theirs) = (mine.Full ?? mine, theirs.Full ?? theirs);
        }

        var common = Common(mine.Features, theirs.Features);
        var all = mine.Features.Length + theirs.Features.Length - common;
        if (common == 0 || 10 * common < 3 * all)
        {
            return false;
        }

        var difference = new HeadlineDifference(mine, theirs, new HeadlineWord[all]);
        if (difference.TellsTwoEvents())
        {
            return false;
        }

        if (mine.HasTopic && theirs.HasTopic)
        {
            // The page of yesterday has the facts of yesterday.
            return difference.Mine.Length + difference.Theirs.Length == 0 && !isLater
                && (common > 1 || source == other.source || summary.SimilarityTo(other.summary) >= SummariesAgree);
        }

        var summaries = summary.SimilarityTo(other.summary);
        var (added, lost) = (difference.Mine.Length, difference.Theirs.Length);
        if (added + lost == 0)
        {
            // Two sources tell one event in their own words. One source that repeats its title has a new edition of a column.
            var isFew = Math.Min(mine.Count, theirs.Count) < FewWords;
            return source == other.source ? summaries is null or >= SummariesAgree : summaries is null or >= SummariesDiffer || !isFew;
        }

        // A few added words say where or who; more may be another fact.
        var isSmall = Math.Min(added, lost) == 0 && Math.Max(added, lost) <= FewAdded;
        if (Math.Min(mine.Count, theirs.Count) < FewWords
            || (summaries is < SummariesDiffer && !(isSmall && summary.SharesWordsWith(other.summary, mine, theirs))))
        {
            return false;
        }

        // Another order with one other word: two editors told one event.
        if (added == 1 && lost == 1 && summaries is null && 10 * difference.Common >= 7 * all && !difference.IsOnePlace()
            && !difference.HasName())
        {
            return !isLater;
        }

        var agree = summaries >= SummariesAgree && !(source == other.source && summaries == 1);
        if (added > 0 && lost > 0)
        {
            return agree && !difference.NamesDiffer() && !summary.TellsOtherThan(other.summary, difference)
                && (!difference.IsOnePlace() || summary.HasAllOf(difference.Theirs) || other.summary.HasAllOf(difference.Mine));
        }

        var isContained = difference.Common >= ContainedWords && difference.Common >= Contained * all;
        return agree || (isContained && !(isLater && added > 0));
    }

    /// <summary>The number of hashes in common of two lists that are sorted and distinct.</summary>
    internal static int Common(ulong[] first, ulong[] second)
    {
        var (i, j, common) = (0, 0, 0);
        while (i < first.Length && j < second.Length)
        {
            (i, j, common) = first[i] == second[j] ? (i + 1, j + 1, common + 1)
                : first[i] < second[j] ? (i + 1, j, common) : (i, j + 1, common);
        }

        return common;
    }
}
