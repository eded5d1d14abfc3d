using DailyDigest.Content;
using DailyDigest.Selection;

namespace DailyDigest.Tests.Selection;

public sealed class ExtremesTests
{
    private static readonly long?[] Counts = [null, long.MinValue, -1, 0, 1, long.MaxValue];
    private static readonly int?[] Places = [null, int.MinValue, -1, 0, 1, int.MaxValue];
    private static readonly double[] Boosts =
        [double.NaN, double.PositiveInfinity, double.NegativeInfinity, -1, 0, double.Epsilon, 1, double.MaxValue];
    private static readonly DateTimeOffset[] Instants =
        [DateTimeOffset.MinValue, StorySamples.Since, StorySamples.Now, DateTimeOffset.MaxValue];

    [Fact]
    public void No_number_makes_a_score_that_is_not_finite_and_above_nought()
    {
        var stories = new List<Story>();
        foreach (var count in Counts)
        {
            foreach (var place in Places)
            {
                foreach (var boost in Boosts)
                {
                    var story = StorySamples.Story(
                        $"extreme {stories.Count}", 5, new Signals(count, count, count, count, place), new Desk(Boost: boost));
                    stories.Add(story with { FirstSeen = Instants[stories.Count % 4], Updated = Instants[stories.Count % 3] });
                }
            }
        }

        var selected = StorySamples.Select(stories, options: new SelectionOptions { MaxArticles = 100 });

        Assert.Equal(100, selected.Items.Count);
        Assert.All(selected.Items, item => Assert.InRange(item.Score, 0.000001, 1e6));
        Assert.All(selected.PassedOver, passed => Assert.InRange(passed.Score, 0.000001, 1e6));
    }

    [Fact]
    public void One_liar_does_not_make_the_others_look_poor()
    {
        var honest = Enumerable.Range(1, 9).Select(number => StorySamples.Story($"honest {number}", 5, new Signals(Comments: number * 10)))
            .ToList();
        var liar = StorySamples.Story("liar", 5, new Signals(Comments: long.MaxValue));

        double Best(IReadOnlyList<Story> stories) => StorySamples.Select(stories).Items.Single(item => item.Story.Id == honest[8].Id).Score;

        Assert.InRange(Best([.. honest, liar]) / Best(honest), 0.8, 1);
        // Its score stays within reach of an honest story with votes, clicks and views.
        Assert.True(StorySamples.Select([.. honest, liar]).Items[0].Score < 4 * Best(honest));
    }

    [Fact]
    public void A_negative_count_is_as_good_as_none()
    {
        var (negative, silent) = (StorySamples.Story("negative", 5, new Signals(-5, -5, -5, -5, -5)), StorySamples.Story("silent", 5));

        var selected = StorySamples.Select([negative, silent]);

        Assert.Equal(selected.Items[0].Score, selected.Items[1].Score);
        Assert.Equal(selected.Items[0].Reasons, selected.Items[1].Reasons);
    }

    [Fact]
    public void The_ends_of_time_are_instants_like_others()
    {
        var ever = StorySamples.Story("ever") with { Published = DateTimeOffset.MinValue, FirstSeen = DateTimeOffset.MinValue };
        var never = StorySamples.Story("never") with { Published = DateTimeOffset.MaxValue };
        var pinned =
            ever with
            {
                Id = StorySamples.Id("pinned"),
                Url = "https://news.example/pinned",
                Title = "A pin from the beginning of time",
                Desk = new Desk(Pinned: true)
            };

        var first = SelectStories.Select(
            [ever, never, pinned, .. StorySamples.Filler(3)], SentHistory.Empty, new SelectionOptions(), DateTimeOffset.MinValue,
            StorySamples.Now);
        var backwards = SelectStories.Select(
            [ever, never], SentHistory.Empty, new SelectionOptions(), DateTimeOffset.MaxValue, DateTimeOffset.MinValue);

        Assert.Equal(5, first.Items.Count);
        Assert.StartsWith("held back until 9999-12-31", first.ReasonAgainst(never), StringComparison.Ordinal);
        Assert.NotNull(backwards.TooFew);
    }

    [Fact]
    public void Faulty_options_are_named_one_line_each()
    {
        Assert.Empty(new SelectionOptions().Validate());
        Assert.Equal(
            ["Selection__MinArticles", "Selection__HalfLifeHours", "Selection__VotesWeight"],
            new SelectionOptions { MinArticles = 11, HalfLifeHours = double.NaN, VotesWeight = -1 }.Validate()
                .Select(line => line.Split(':')[0]));
        Assert.Equal(
            ["Selection__MaxArticles", "Selection__MinArticles", "Selection__MinStories"],
            new SelectionOptions { MaxArticles = -1, MaxBlogPosts = 0 }.Validate().Select(line => line.Split(':')[0]));
    }
}
