using DailyDigest.Content;

namespace DailyDigest.Selection;

/// <summary>
/// A title (with its summary) for comparison: the hashes of its words and of pairs of neighbouring words. The similarity of two titles is
/// the share of hashes in common (Jaccard). docs/ranking.md explains rules and thresholds.
/// </summary>
internal sealed class TitleFingerprint
{
    /// <summary>Similarity from which titles alone decide.</summary>
    internal const double Alike = 0.65;

    /// <summary>Similarity from which a title that contains the other is the same, such as with an added " - The Daily Star".</summary>
    internal const double Contained = 0.5;

    /// <summary>
    /// Similarity from which titles with agreeing summaries are the same. Lower ones never are; <see cref="FingerprintIndex"/> relies on
    /// it.
    /// </summary>
    internal const double Similar = 0.4;

    /// <summary>Similarity from which summaries agree.</summary>
    internal const double SummariesAgree = 0.6;

    /// <summary>Similarity below which summaries differ.</summary>
    internal const double SummariesDiffer = 0.3;

    /// <summary>A title with fewer words is not compared alone.</summary>
    internal const int FewWords = 4;

    /// <summary>A summary with fewer words is ignored.</summary>
    internal const int SummaryWords = 5;

    // Limit the work that a hostile feed can cause. A title has at most 300 characters, so few words are cut.
    private const int MaxTitleWords = 64;
    private const int MaxSummaryWords = 120;

    private readonly string summary;
    private readonly string source;
    private readonly ulong[] numbers;
    private readonly int words;
    private ulong[]? summaryFeatures;

    private TitleFingerprint(string title, string summary, string source)
    {
        (Title, this.summary, this.source) = (title, summary, source);
        var list = TitleWords.Of(title, MaxTitleWords);
        words = list.Count;
        numbers = Sorted(list.Where(word => word.All(char.IsAsciiDigit)).Select(Hash));
        Features = Sorted([.. list.Select(Hash), .. list.Zip(list.Skip(1), (first, second) => Hash(first + " " + second))]);
    }

    /// <summary>The original title.</summary>
    public string Title { get; }

    /// <summary>The hashes, sorted and distinct.</summary>
    internal ulong[] Features { get; }

    public static TitleFingerprint Of(string title, string summary, string source) => new(title, summary, source);

    public static TitleFingerprint Of(Story story) => new(story.Title, story.Summary, story.Source);

    /// <summary>True if both report the same news. Symmetric, not transitive.</summary>
    public bool IsSameNewsAs(TitleFingerprint other)
    {
        var common = Common(Features, other.Features);
        var similarity = Jaccard(common, Features.Length, other.Features.Length);
        if (similarity < Similar)
        {
            return false;
        }

        if (Math.Min(words, other.words) < FewWords)
        {
            return similarity == 1 && SummarySimilarity(other) is null or >= SummariesDiffer;
        }

        var contained = similarity >= Contained && common == Math.Min(Features.Length, other.Features.Length);
        return ((similarity >= Alike || contained) && !DiffersInNumbers(other)) || SummarySimilarity(other) >= SummariesAgree;
    }

    /// <summary>
    /// True if this repeats <paramref name="sent"/>. A regular column with the same title ("The best pictures of the day"), the same source
    /// and another summary is a new edition, not a repeat.
    /// </summary>
    public bool IsRepeatOf(TitleFingerprint sent) =>
        IsSameNewsAs(sent) && !(source == sent.source && SummarySimilarity(sent) is < SummariesDiffer);

    // "Week 12 in pictures" differs from "Week 13 in pictures", but an added "UPDATE 1 -" is no difference.
    private bool DiffersInNumbers(TitleFingerprint other)
    {
        var common = Common(numbers, other.numbers);
        return common < numbers.Length && common < other.numbers.Length;
    }

    // Null if one of the two has too few words.
    private double? SummarySimilarity(TitleFingerprint other)
    {
        var (mine, theirs) = (SummaryFeatures(), other.SummaryFeatures());
        return mine.Length < SummaryWords || theirs.Length < SummaryWords
            ? null
            : Jaccard(Common(mine, theirs), mine.Length, theirs.Length);
    }

    // Computed on first use, because most titles resemble no other. Two threads may compute the same value twice.
    private ulong[] SummaryFeatures() => summaryFeatures ??= Sorted(TitleWords.Of(summary, MaxSummaryWords).Select(Hash));

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

    // FNV-1a is equal on every machine and in every process, in contrast to string.GetHashCode.
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
