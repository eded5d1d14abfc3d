using System.Text.Json;
using DailyDigest.Content;
using DailyDigest.Selection;

namespace DailyDigest.Tests.Selection;

public sealed class DeterminismTests
{
    private static readonly string[] Words =
        ["storm", "Ada", "three", "dead", "in", "Brest", "floods", "after", "mayor", "says", "12", "13", "موازنة", "البرلمان"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void The_order_of_the_input_makes_no_difference(int seed)
    {
        var random = new Random(seed);
        var stories = Enumerable.Range(0, 150).Select(number => Any(random, number)).ToArray();
        // Two records of one story that differ only in fields that do not affect the ranking.
        stories[7] = stories[8] with { Byline = "somebody else" };
        var sent = Enumerable.Range(0, 20).Select(number => SentStory.Of(Any(random, 100 + number), "c" + number)).ToArray();
        var expected = Text(StorySamples.Select(stories, SentHistory.From(sent)));

        for (var turn = 0; turn < 20; turn++)
        {
            random.Shuffle(stories);
            random.Shuffle(sent);
            Assert.Equal(expected, Text(StorySamples.Select(stories, SentHistory.From(sent))));
        }
    }

    [Fact]
    public void Two_thousand_candidates_are_selected_from()
    {
        var random = new Random(7);
        var stories = Enumerable.Range(0, 2_000).Select(number => Any(random, number) with
        {
            Title = number % 10 == 0
                ? "Live: build-up, goals and updates from round twelve of the cup"
                : $"subject{random.Next(400)} meets object{random.Next(400)} near place{random.Next(400)} on day{random.Next(400)}",
            Desk = Desk.Nothing,
            Published = StorySamples.Now.AddHours(-random.NextDouble() * 23),
        }).ToList();

        var selected = StorySamples.Select(stories);

        Assert.Equal(14, selected.Items.Count);
        Assert.Equal(SelectionResult.MaxPassedOver, selected.PassedOver.Count);
    }

    [Fact]
    public void Two_thousand_titles_of_one_pattern_are_selected_from()
    {
        var stories = Enumerable.Range(0, 2_000)
            .Select(
                number =>
                    StorySamples.Titled($"Live: club{number} against rival{number} in round twelve of the cup", $"match {number}",
                        hoursAgo: number / 100.0)).ToList();

        Assert.Equal(10, StorySamples.Select(stories).Items.Count);
    }

    private static Story Any(Random random, int number)
    {
        long? Maybe(int most) => random.Next(3) == 0 ? null : random.Next(most);
        return StorySamples.Story($"any {number}", Math.Round((random.NextDouble() * 30) - 2)) with
        {
            Kind = random.Next(3) == 0 ? StoryKind.BlogPost : StoryKind.Article,
            Title = string.Join(' ', Enumerable.Range(0, random.Next(1, 8)).Select(_ => Words[random.Next(Words.Length)])),
            Source = "source " + random.Next(5),
            Section = random.Next(4) == 0 ? null : "section " + random.Next(4),
            Signals = new Signals(Maybe(9_000), Maybe(300), Maybe(90), Maybe(500), random.Next(2) == 0 ? null : random.Next(1, 40)),
            Desk = new Desk(random.Next(40) == 0, random.Next(20) == 0, random.Next(10) == 0 ? random.NextDouble() * 3 : 1),
        };
    }

    private static string Text(SelectionResult selected) => JsonSerializer.Serialize(selected);
}
