using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using DailyDigest.Content;
using DailyDigest.Selection;

namespace DailyDigest.Tests.Selection;

/// <summary>docs/ranking.md says what the program does: its tables are read and recomputed.</summary>
public sealed class RankingDocumentTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Root(), "docs", "ranking.md"));

    private static readonly List<(string[] Cells, Story Story)> Example = [.. Table("| story |").Select(cells => (cells, StoryOf(cells)))];

    [Fact]
    public void The_worked_example_is_what_the_program_computes()
    {
        var scoring = new Scoring([.. Example.Select(row => row.Story)], new SelectionOptions(), StorySamples.Since, StorySamples.Now);

        Assert.Equal(8, Example.Count);
        Assert.All(Example, row =>
        {
            var score = scoring.Score(row.Story);
            Assert.Equal(
                $"{row.Cells[0]}: {row.Cells[8]} {row.Cells[9]} {row.Cells[10]} {row.Cells[11]}",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{row.Cells[0]}: {score.Engagement:+0.00;-0.00;0.00} {score.Position:+0.00;-0.00;0.00} {score.Freshness:0.00} "
                        + $"{score.Value:0.00}"));
        });
    }

    [Fact]
    public void The_worked_example_stands_in_the_order_of_the_mail()
    {
        var selected = StorySamples.Select([.. Example.Select(row => row.Story).Reverse()], options: new SelectionOptions());

        Assert.Equal(Example.Select(row => row.Cells[0]), selected.Items.Select(item => item.Story.Title));
    }

    [Fact]
    public void The_usual_rates_that_the_page_names_are_what_the_program_finds()
    {
        var scoring = new Scoring([.. Example.Select(row => row.Story)], new SelectionOptions(), StorySamples.Since, StorySamples.Now);

        Assert.All(ReaderSignal.All, signal => Assert.Contains(
            FormattableString.Invariant($"{scoring.UsualPerHour(StoryKind.Article, signal):0.##} {signal.Many}"),
            Page.Split('\n').Single(line => line.StartsWith("Usual per hour", StringComparison.Ordinal)), StringComparison.Ordinal));
        Assert.All(ReaderSignal.All, signal => Assert.Contains(
            FormattableString.Invariant($"{signal.PriorPerHour} {(signal.PriorPerHour == 1 ? signal.One : signal.Many)}"),
            Page.Split('\n').Single(line => line.StartsWith("The imaginary story", StringComparison.Ordinal)), StringComparison.Ordinal));
    }

    [Fact]
    public void Few_sources_and_sections_do_not_shorten_a_digest()
    {
        var rows = Table("| the ten articles |").ToList();
        Assert.Equal(6, rows.Count);
        Assert.All(rows, row =>
        {
            var counts = Regex.Matches(row[0].Split(", 10 of")[0], "([0-9]+) of (one|another|none)")
                .Select(match => int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)).ToList();
            var stories = StorySamples.Filler(10).Select((story, index) => row[0] switch
            {
                _ when index < counts[0] => Of(story, "one"),
                _ when row[0].EndsWith("of none", StringComparison.Ordinal) => story with { Source = "only" },
                _ => Of(story, "another"),
            }).ToList();
            Assert.Equal(10, counts.Sum());
            Assert.Equal(
                row[1], StorySamples.Select(stories, options: new SelectionOptions()).Items.Count.ToString(CultureInfo.InvariantCulture));

            Story Of(Story story, string name) => row[0].Contains("source", StringComparison.Ordinal)
                ? story with { Source = name } : story with { Source = "only", Section = name };
        });
    }

    [Fact]
    public void Variety_shares_the_places_as_the_page_says()
    {
        var rows = Table("| the twenty articles |").ToList();
        Assert.Equal(3, rows.Count);
        Assert.All(rows, row =>
        {
            var first = int.Parse(Regex.Match(row[0], "[0-9]+").ValueSpan, CultureInfo.InvariantCulture);
            var isSource = row[0].Contains("source", StringComparison.Ordinal);
            var stories = StorySamples.Filler(20).Select((story, index) => isSource
                ? story with { Source = index < first ? "one" : "other" }
                : story with { Source = "only", Section = index < first ? "one" : "other" }).ToList();

            var items = StorySamples.Select(stories, options: new SelectionOptions()).Items;
            var ofFirst = items.Count(item => (isSource ? item.Story.Source : item.Story.Section) == "one");
            Assert.Equal((row[0], row[1], row[2]), (row[0], $"{ofFirst}", $"{items.Count - ofFirst}"));
        });
    }

    [Fact]
    public void The_likeness_of_the_page_is_that_of_the_program()
    {
        Assert.Equal(
            [Variety.Section, Variety.Source, Variety.Words],
            Table("| likeness of two stories |")
                .Select(row => double.Parse(Regex.Match(row[1], "[0-9.]+").ValueSpan, CultureInfo.InvariantCulture)));
    }

    [Fact]
    public void The_numbers_of_the_page_are_the_defaults()
    {
        var options = new SelectionOptions();
        var page = Table("| number |").Where(cells => cells[0].StartsWith('`'))
            .ToDictionary(cells => cells[0].Trim('`'), cells => cells[1]);

        Assert.Equal(6, page.Count);
        Assert.All(page, row => Assert.Equal(
            row.Value, Convert.ToString(typeof(SelectionOptions).GetProperty(row.Key)!.GetValue(options), CultureInfo.InvariantCulture)));
    }

    [Fact]
    public void The_titles_of_the_page_are_the_same_news_as_it_says()
    {
        var rows = Table("| titles |").ToList();
        Assert.Equal(8, rows.Count);
        Assert.All(rows, row =>
        {
            var titles = Regex.Matches(row[0], "\"([^\"]+)\"").Select(match => match.Groups[1].Value).ToList();
            Assert.Equal((2, row[1]), (titles.Count, Same(titles[0], titles[1]) ? "yes" : "no"));
        });
    }

    private static bool Same(string one, string other) =>
        TitleFingerprint.Of(one, "", "a").IsSameNewsAs(TitleFingerprint.Of(other, "", "b"));

    private static Story StoryOf(string[] cells)
    {
        long? Count(int cell) => cells[cell].Length == 0
            ? null : long.Parse(cells[cell], NumberStyles.AllowThousands, CultureInfo.InvariantCulture);
        return StorySamples.Story(cells[0], double.Parse(cells[1], CultureInfo.InvariantCulture)) with
        {
            Title = cells[0],
            Signals = new Signals(Count(5), Count(2), Count(3), Count(4), (int?)Count(6)),
            Desk = new Desk(Boost: cells[7].Length == 0 ? 1 : double.Parse(cells[7], CultureInfo.InvariantCulture)),
        };
    }

    private static IEnumerable<string[]> Table(string head) =>
        Page.Split('\n').SkipWhile(line => !line.StartsWith(head, StringComparison.Ordinal)).Skip(2).TakeWhile(line => line.StartsWith('|'))
            .Select(line => Regex.Split(line.Trim('|', ' '), @"\s*\|\s?").Select(cell => cell.Trim()).ToArray());

    private static string Root([CallerFilePath] string here = "")
    {
        // Not the path of the source: that is /_/ in a deterministic build on CI.
        var folder = new DirectoryInfo(File.Exists(here) ? Path.GetDirectoryName(here)! : AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "DailyDigest.sln")))
        {
            folder = folder.Parent
                ?? throw new InvalidOperationException("DailyDigest.sln stands above neither the tests' sources nor their output.");
        }

        return folder.FullName;
    }
}
