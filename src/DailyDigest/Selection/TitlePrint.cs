using DailyDigest.Content;

namespace DailyDigest.Selection;

/// <summary>
/// A title (and its summary) made comparable: the hashed words and pairs of neighbouring words. Two titles' likeness is the share of
/// these that they have in common (Jaccard). The rules and thresholds stand in docs/ranking.md.
/// </summary>
internal sealed class TitlePrint
{
    /// <summary>From here on titles alone are enough.</summary>
    internal const double Alike = 0.65;

    /// <summary>From here on, if one title holds all of the other: " - The Daily Star" was added to it.</summary>
    internal const double Contained = 0.5;

    /// <summary>From here on, if the summaries agree as well. Nothing below is ever the same news; <see cref="PrintIndex"/> builds on it.</summary>
    internal const double Similar = 0.4;

    /// <summary>Likeness from which summaries agree.</summary>
    internal const double SummariesAgree = 0.6;

    /// <summary>Likeness below which summaries tell of different things.</summary>
    internal const double SummariesDiffer = 0.3;

    /// <summary>A title of fewer words says too little.</summary>
    internal const int FewWords = 4;

    /// <summary>A summary of fewer words is no evidence.</summary>
    internal const int SummaryWords = 5;

    // Bounds the work that a hostile feed can cause. A title has 300 characters at most, so that few words are cut.
    private const int MostTitleWords = 64;
    private const int MostSummaryWords = 120;

    private readonly string summary;
    private readonly string source;
    private readonly ulong[] numbers;
    private readonly int words;
    private ulong[]? summaryFeatures;

    private TitlePrint(string title, string summary, string source)
    {
        (Title, this.summary, this.source) = (title, summary, source);
        var list = TitleWords.Of(title, MostTitleWords);
        words = list.Count;
        numbers = Sorted(list.Where(word => word.All(char.IsAsciiDigit)).Select(Hash));
        Features = Sorted([.. list.Select(Hash), .. list.Zip(list.Skip(1), (first, second) => Hash(first + " " + second))]);
    }

    /// <summary>The title as it was.</summary>
    public string Title { get; }

    /// <summary>Sorted, distinct.</summary>
    internal ulong[] Features { get; }

    /// <summary>The print of a story's words.</summary>
    public static TitlePrint Of(string title, string summary, string source) => new(title, summary, source);

    /// <summary>The print of a story.</summary>
    public static TitlePrint Of(Story story) => new(story.Title, story.Summary, story.Source);

    /// <summary>True if both tell one piece of news. Symmetric, not transitive.</summary>
    public bool IsSameNewsAs(TitlePrint other)
    {
        var common = Common(Features, other.Features);
        var likeness = Jaccard(common, Features.Length, other.Features.Length);
        if (likeness < Similar)
        {
            return false;
        }

        if (Math.Min(words, other.words) < FewWords)
        {
            return likeness == 1 && SummaryLikeness(other) is null or >= SummariesDiffer;
        }

        var contained = likeness >= Contained && common == Math.Min(Features.Length, other.Features.Length);
        return ((likeness >= Alike || contained) && !DiffersInNumbers(other)) || SummaryLikeness(other) >= SummariesAgree;
    }

    /// <summary>
    /// True if this tells what was sent as <paramref name="sent"/>. A column that keeps its title ("The best pictures of the day") comes
    /// from the same source with another summary: that is a new edition, not a repeat.
    /// </summary>
    public bool IsRepeatOf(TitlePrint sent) =>
        IsSameNewsAs(sent) && !(source == sent.source && SummaryLikeness(sent) is < SummariesDiffer);

    // "Week 12 in pictures" and "Week 13 in pictures"; but "UPDATE 1 -" before an otherwise equal title is no difference.
    private bool DiffersInNumbers(TitlePrint other)
    {
        var common = Common(numbers, other.numbers);
        return common < numbers.Length && common < other.numbers.Length;
    }

    // Null: one of the two has none to speak of.
    private double? SummaryLikeness(TitlePrint other)
    {
        var (mine, theirs) = (SummaryFeatures(), other.SummaryFeatures());
        return mine.Length < SummaryWords || theirs.Length < SummaryWords
            ? null
            : Jaccard(Common(mine, theirs), mine.Length, theirs.Length);
    }

    // Made when first asked for: most titles resemble no other. Two threads at worst make the same twice.
    private ulong[] SummaryFeatures() => summaryFeatures ??= Sorted(TitleWords.Of(summary, MostSummaryWords).Select(Hash));

    private static double Jaccard(int common, int first, int second) => common == 0 ? 0 : (double)common / (first + second - common);

    private static int Common(ulong[] first, ulong[] second)
    {
        var (i, j, common) = (0, 0, 0);
        while (i < first.Length && j < second.Length)
        {
            if (first[i] == second[j])
            {
                (i, j, common) = (i + 1, j + 1, common + 1);
            }
            else if (first[i] < second[j])
            {
                i++;
            }
            else
            {
                j++;
            }
        }

        return common;
    }

    private static ulong[] Sorted(IEnumerable<ulong> hashes) => [.. hashes.Distinct().Order()];

    // FNV-1a: the same on every machine and in every process, which string.GetHashCode is not.
    private static ulong Hash(string text)
    {
        var hash = 14695981039346656037UL;
        foreach (var letter in text)
        {
            hash = (hash ^ letter) * 1099511628211UL;
        }

        return hash;
    }
}
