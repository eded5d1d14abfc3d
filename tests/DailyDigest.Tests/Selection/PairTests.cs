using DailyDigest.Selection;

namespace DailyDigest.Tests.Selection;

/// <summary>
/// Pairs of titles that a person has judged. The words and rules were chosen with tuning.tsv. unseen.tsv was written by somebody who knew
/// neither, third.tsv by somebody who knew the rules and not the words, fourth.tsv by somebody who knew docs/ranking.md only, fifth.tsv by
/// the author of the rules. docs/ranking.md shows the figures.
/// </summary>
public sealed class PairTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("tuning", 99, 95)]
    [InlineData("unseen", 99, 92)]
    [InlineData("third", 99, 95)]
    [InlineData("fourth", 99, 95)]
    [InlineData("fifth", 99, 90)]
    public void Titles_are_folded_as_a_person_would(string name, double precision, double recall)
    {
        var (right, wrong, missed) = (0, 0, 0);
        foreach (var line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Selection", "Pairs", name + ".tsv")))
        {
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            var pair = Pair.Of(line);
            var folded = pair.First.IsSameNewsAs(pair.Second);
            Assert.Equal(folded, pair.Second.IsSameNewsAs(pair.First));
            right += folded && pair.IsSame ? 1 : 0;
            wrong += folded && !pair.IsSame ? 1 : 0;
            missed += !folded && pair.IsSame ? 1 : 0;
            if (folded != pair.IsSame)
            {
                output.WriteLine($"{(folded ? "folded" : "not folded")}: {line}");
            }
        }

        var figures = $"{name}: precision {100.0 * right / (right + wrong):0.0} %, recall {100.0 * right / (right + missed):0.0} %";
        output.WriteLine(figures);
        Assert.True(100.0 * right >= precision * (right + wrong), figures);
        Assert.True(100.0 * right >= recall * (right + missed), figures);
    }

    private sealed record Pair(bool IsSame, TitleFingerprint First, TitleFingerprint Second)
    {
        /// <summary>Reads a line: same or different, language, kind, two titles, two summaries, and the source if it is one.</summary>
        public static Pair Of(string line)
        {
            var cells = line.Split('\t');
            return new Pair(
                cells[0] == "same",
                TitleFingerprint.Of(cells[3], Cell(5), Cell(7) is { Length: > 0 } one ? one : "one"),
                TitleFingerprint.Of(cells[4], Cell(6), Cell(7) is { Length: > 0 } source ? source : "two"));

            string Cell(int number) => number < cells.Length ? cells[number].Trim() : "";
        }
    }
}
