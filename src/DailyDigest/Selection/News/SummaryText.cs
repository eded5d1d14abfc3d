using System.Text.RegularExpressions;

namespace DailyDigest.Selection;

/// <summary>A summary for comparison, without the sentences that a source adds to each.</summary>
internal sealed partial class SummaryText(string text, string title)
{
    // Limits the work that a hostile feed can cause.
    private const int MaxWords = 120;

    private ulong[]? features;

    // Computed on first use, because most titles resemble no other. Two threads may compute the same value twice.
    private ulong[] Features => features ??= Read();

    /// <summary>The share of words in common; null if one of the two has too few words.</summary>
    public double? SimilarityTo(SummaryText other)
    {
        var (mine, theirs) = (Features, other.Features);
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

    private bool HasMoreOf(ReadOnlySpan<HeadlineWord> words, SummaryText than)
    {
        foreach (var word in words)
        {
            if (Array.BinarySearch(Features, word.Hash) >= 0 && Array.BinarySearch(than.Features, word.Hash) < 0)
            {
                return true;
            }
        }

        return false;
    }

    private ulong[] Read()
    {
        var own = Sentence().Matches(text).Select(match => Forms(match.Value)).Where(forms => !IsBoilerplate(forms));
        ulong[] hashes = [.. own.SelectMany(forms => forms).Take(MaxWords).Select(TitleFingerprint.Hash).Distinct().Order()];
        // A summary that only repeats the title tells nothing more.
        return hashes.Except(Forms(title).Select(TitleFingerprint.Hash)).Any() ? hashes : [];
    }

    private static List<string> Forms(string sentence) => [.. TitleWords.Of(sentence, MaxWords).Select(WordForms.Of)];

    private static bool IsBoilerplate(List<string> forms)
    {
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
}
