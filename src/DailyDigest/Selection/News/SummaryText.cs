using System.Text.RegularExpressions;

namespace DailyDigest.Selection;

/// <summary>A summary for comparison, without the sentences that a source adds to each.</summary>
internal sealed partial class SummaryText(string text, string title)
{
    // Limits the work that a hostile feed can cause.
    private const int MaxWords = 120;

    private SummaryWords? words;

    // Computed on first use, because most titles resemble no other. Two threads may compute the same value twice.
    private SummaryWords Words => words ??= Read();

    /// <summary>The share of words in common; null if one of the two has too few words.</summary>
    public double? SimilarityTo(SummaryText other)
    {
        var (mine, theirs) = (Words.All, other.Words.All);
        if (mine.Length < TitleFingerprint.SummaryWords || theirs.Length < TitleFingerprint.SummaryWords)
        {
            return null;
        }

        var common = TitleFingerprint.Common(mine, theirs);
        return (double)common / (mine.Length + theirs.Length - common);
    }

    /// <summary>
    /// True if each summary has the words in which its title differs, and lacks those of the other: the same sentences about two places.
    /// </summary>
    public bool TellsOtherThan(SummaryText other, HeadlineDifference difference) =>
        HasMoreOf(difference.Mine, other) && other.HasMoreOf(difference.Theirs, this);

    /// <summary>True if they have a telling word in common that is in neither title.</summary>
    public bool SharesWordsWith(SummaryText other, Headline mine, Headline theirs)
    {
        foreach (var hash in Words.Telling)
        {
            if (Array.BinarySearch(other.Words.Telling, hash) >= 0 && Array.BinarySearch(mine.Features, hash) < 0
                && Array.BinarySearch(theirs.Features, hash) < 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>True if the summary has all of these words.</summary>
    public bool HasAllOf(ReadOnlySpan<HeadlineWord> words)
    {
        foreach (var word in words)
        {
            if (Array.BinarySearch(Words.All, word.Hash) < 0)
            {
                return false;
            }
        }

        return true;
    }

    private bool HasMoreOf(ReadOnlySpan<HeadlineWord> words, SummaryText than)
    {
        foreach (var word in words)
        {
            if (Array.BinarySearch(Words.All, word.Hash) >= 0 && Array.BinarySearch(than.Words.All, word.Hash) < 0)
            {
                return true;
            }
        }

        return false;
    }

    private SummaryWords Read()
    {
        var own = Sentence().Matches(GermanVerbs.Joined(text)).Select(match => TitleWords.Of(match.Value, MaxWords))
            .Where(words => !IsBoilerplate(words)).SelectMany(words => words).Take(MaxWords).ToList();
        var all = Hashes(own);
        // A summary that only repeats the title tells nothing more.
        return all.Except(Hashes(TitleWords.Of(GermanVerbs.Joined(title), MaxWords))).Any()
            ? new SummaryWords(all, Hashes(own.Where(word => !NewsWords.Is(word, WordClass.Stop)))) : new SummaryWords([], []);
    }

    // As the words of titles, so that both can be compared.
    private static ulong[] Hashes(IEnumerable<string> words) =>
        [.. words.Select(NewsWords.Text).Select(TitleFingerprint.Hash).Distinct().Order()];

    private static bool IsBoilerplate(List<string> words)
    {
        List<string> forms = [.. words.Select(WordForms.Of)];
        for (var i = 0; i < forms.Count; i++)
        {
            for (var length = Math.Min(NewsWords.MaxWords, forms.Count - i); length > 0; length--)
            {
                if (NewsWords.Get(forms.Skip(i).Take(length))?.Is(WordClass.Boilerplate) == true)
                {
                    return true;
                }
            }
        }

        return false;
    }

    [GeneratedRegex(@"[^.!?؟。！？]+[.!?؟。！？]*", RegexOptions.NonBacktracking)]
    private static partial Regex Sentence();

    /// <summary>The words of a summary as hashes, sorted and distinct.</summary>
    /// <param name="All">All words.</param>
    /// <param name="Telling">Those that are not words such as "the".</param>
    private sealed record SummaryWords(ulong[] All, ulong[] Telling);
}
