using DailyDigest.Content;
using DailyDigest.Selection;

namespace DailyDigest.Tests.Selection;

public sealed class RankingTests
{
    public static TheoryData<string, Signals> EachSignal => new()
    {
        { "views", new Signals(Views: 90_000) },
        { "votes", new Signals(Votes: 500) },
        { "comments", new Signals(Comments: 300) },
        { "clicks", new Signals(Clicks: 900) },
        { "position", new Signals(FeedPosition: 1) },
    };

    [Theory]
    [MemberData(nameof(EachSignal))]
    public void Each_signal_changes_the_order(string name, Signals signals)
    {
        var (older, newer) = (StorySamples.Story("older", 5), StorySamples.Story("newer", 3));
        Assert.Equal([newer.Id, older.Id], StorySamples.Order(StorySamples.Select([older, newer])));

        var selected = StorySamples.Select([older with { Signals = signals }, newer]);

        Assert.Equal([older.Id, newer.Id], StorySamples.Order(selected));
        Assert.Contains(
            selected.Items[0].Reasons, reason => reason.Contains(name == "position" ? "first in" : name, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(EachSignal))]
    public void The_better_of_two_stories_with_a_signal_comes_first(string name, Signals better)
    {
        var poorer = name switch
        {
            "views" => new Signals(Views: 30_000),
            "votes" => new Signals(Votes: 100),
            "comments" => new Signals(Comments: 60),
            "clicks" => new Signals(Clicks: 200),
            _ => new Signals(FeedPosition: 9),
        };
        var (one, two) = (StorySamples.Story("one", 5, poorer), StorySamples.Story("two", 5.5, better));

        Assert.Equal([two.Id, one.Id], StorySamples.Order(StorySamples.Select([one, two])));
    }

    [Fact]
    public void A_signal_whose_weight_is_nought_changes_nothing()
    {
        var (older, newer) = (StorySamples.Story("older", 5, new Signals(Votes: 500)), StorySamples.Story("newer", 3));

        var selected =
            StorySamples.Select([older, newer], options: new SelectionOptions { MinArticles = 0, MinStories = 1, VotesWeight = 0 });

        Assert.Equal([newer.Id, older.Id], StorySamples.Order(selected));
    }

    [Fact]
    public void Few_votes_on_a_young_story_say_less_than_many_on_an_older_one()
    {
        var young = StorySamples.Story("young", 1, new Signals(Votes: 3));
        var proven = StorySamples.Story("proven", 4, new Signals(Votes: 400));

        Assert.Equal([proven.Id, young.Id], StorySamples.Order(StorySamples.Select([young, proven])));
    }

    [Fact]
    public void The_same_votes_in_less_time_are_worth_more()
    {
        var field = Enumerable.Range(0, 9).Select(number => StorySamples.Story($"usual {number}", 12, new Signals(Votes: 120))).ToList();
        var scoring = new Scoring(field, new SelectionOptions(), StorySamples.Since, StorySamples.Now);

        var (slow, fast) =
            (StorySamples.Story("slow", 20, new Signals(Votes: 150)), StorySamples.Story("fast", 4, new Signals(Votes: 150)));

        Assert.True(scoring.Score(fast).Engagement > scoring.Score(slow).Engagement);
    }

    [Fact]
    public void A_story_that_is_exactly_usual_gets_no_points_for_it()
    {
        var field = Enumerable.Range(0, 9).Select(number => StorySamples.Story($"usual {number}", 10, new Signals(Votes: 120))).ToList();
        var scoring = new Scoring(field, new SelectionOptions(), StorySamples.Since, StorySamples.Now);

        Assert.Equal(0, scoring.Score(field[0]).Engagement, 12);
        Assert.Equal(0, scoring.Score(StorySamples.Story("silent", 10)).Engagement);
    }

    [Fact]
    public void Blog_posts_are_measured_against_blog_posts()
    {
        var articles = Enumerable.Range(0, 9).Select(number => StorySamples.Story($"article {number}", 10, new Signals(Votes: 1_000)))
            .ToList();
        var posts = Enumerable.Range(0, 9)
            .Select(number => StorySamples.Story($"post {number}", 10, new Signals(Votes: 10), kind: StoryKind.BlogPost)).ToList();
        var scoring = new Scoring([.. articles, .. posts], new SelectionOptions(), StorySamples.Since, StorySamples.Now);

        Assert.Equal(0, scoring.Score(posts[0]).Engagement, 12);
        Assert.True(scoring.Score(articles[0] with { Signals = new Signals(Votes: 10) }).Engagement < -0.4);
    }

    [Fact]
    public void The_place_in_a_feed_counts_by_a_quarter_for_each_signal_that_is_missing()
    {
        var scoring = new Scoring([], new SelectionOptions(), StorySamples.Since, StorySamples.Now);

        double Position(Signals signals) => scoring.Score(StorySamples.Story("placed", 5, signals)).Position;

        Assert.Equal(1, Position(new Signals(FeedPosition: 1)), 12);
        Assert.Equal(0.75, Position(new Signals(FeedPosition: 1, Comments: 4)), 12);
        Assert.Equal(0, Position(new Signals(1, 1, 1, 1, 1)));
        Assert.Equal(0.63, Position(new Signals(FeedPosition: 2)), 2);
    }

    [Fact]
    public void Age_halves_a_score_with_each_half_life()
    {
        var scoring = new Scoring([], new SelectionOptions { HalfLifeHours = 6 }, StorySamples.Since, StorySamples.Now);

        Assert.Equal(1, scoring.Score(StorySamples.Story("now", 0)).Value);
        Assert.Equal(0.5, scoring.Score(StorySamples.Story("six", 6)).Value);
        Assert.Equal(0.25, scoring.Score(StorySamples.Story("twelve", 12)).Value);
    }

    [Fact]
    public void In_a_weekly_digest_the_first_day_still_counts_half()
    {
        var scoring = new Scoring([], new SelectionOptions(), StorySamples.Now.AddDays(-7), StorySamples.Now);

        Assert.Equal(0.5, scoring.Score(StorySamples.Story("monday", 7 * 24)).Freshness, 12);
    }

    [Fact]
    public void Equal_scores_go_by_time_and_then_by_id()
    {
        var same = new[] { StorySamples.Story("a"), StorySamples.Story("b"), StorySamples.Story("c") };

        Assert.Equal(same.Select(story => story.Id).Order(StringComparer.Ordinal), StorySamples.Order(StorySamples.Select(same)));
        Assert.Equal(
            ["late", "early"],
            StorySamples.Select(
                [StorySamples.Story("early", 5) with { Byline = "early" }, StorySamples.Story("late", 4) with { Byline = "late" }],
                options: new SelectionOptions { MinArticles = 0, MinStories = 1, HalfLifeHours = 1e12 }).Items.Select(
                    item => item.Story.Byline!));
    }

    [Fact]
    public void A_pin_goes_to_the_top_of_its_block_and_a_boost_lifts()
    {
        var stories = StorySamples.Filler(4, 1);
        var pinned = StorySamples.Story("pinned", 20, desk: new Desk(Pinned: true));
        var boosted = StorySamples.Story("boosted", 10, desk: new Desk(Boost: 2));
        var post = StorySamples.Story("post", 0, new Signals(Votes: 5_000), kind: StoryKind.BlogPost);

        var selected = StorySamples.Select([.. stories, post, boosted, pinned]);

        Assert.Equal([pinned.Id, boosted.Id], StorySamples.Order(selected).Take(2));
        Assert.Equal(post.Id, StorySamples.Order(selected)[^1]);
        Assert.Equal("pinned by the desk", selected.Items[0].Reasons[0]);
        Assert.Equal("boosted by the desk (x2.00)", selected.Items[1].Reasons[^1]);
    }

    [Fact]
    public void Each_term_is_told_in_words_with_its_number()
    {
        var story = StorySamples.Story("told", 3, new Signals(Votes: 412, Comments: 38, FeedPosition: 2), new Desk(Boost: 0.5));
        var other = StorySamples.Story("untold", 0.5, new Signals(FeedPosition: 22));

        var selected = StorySamples.Select([story, other]);

        Assert.Equal(
            [
                "412 votes and 38 comments: well above usual (+2.6)", "second in the top-stories feed (+0.3)",
                "published 3 hours ago (x0.92)", "toned down by the desk (x0.50)",
            ],
            selected.Items.Single(item => item.Story.Id == story.Id).Reasons);
        Assert.Equal(
            ["nothing known of its readers: taken as usual (+0.0)", "22nd in the top-stories feed (+0.2)",
                "published 30 minutes ago (x0.99)"],
            selected.Items.Single(item => item.Story.Id == other.Id).Reasons);
    }
}
